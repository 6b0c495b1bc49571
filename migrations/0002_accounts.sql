-- People and service accounts, what they may do, and their API tokens.
create table accounts (
  id                   integer generated always as identity primary key,
  username             text not null,
  email                text not null,
  is_service_account   boolean not null,
  is_superuser         boolean not null,
  is_active            boolean not null default true,
  password_hash        text,
  must_change_password boolean not null default false,
  last_login_at        timestamptz,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  constraint accounts_username_unique unique (username),
  constraint accounts_email_unique unique (email),
  constraint accounts_service_account_plain
    check (not is_service_account or (not is_superuser and password_hash is null))
);

create table roles (
  id          integer generated always as identity primary key,
  name        text not null constraint roles_name_unique unique,
  permissions text[] not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null
);

create table account_roles (
  account_id integer not null references accounts on delete cascade,
  role_id    integer not null references roles on delete cascade,
  primary key (account_id, role_id)
);

create table api_tokens (
  id         uuid primary key,
  account_id integer not null references accounts on delete cascade,
  hashed_key text not null constraint api_tokens_hashed_key_unique unique check (length(hashed_key) = 64),
  name       text not null,
  expiry     timestamptz,
  created_at timestamptz not null
);
create index api_tokens_account_id on api_tokens (account_id);
