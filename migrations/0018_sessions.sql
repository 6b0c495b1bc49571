-- Console sessions, what else people prove themselves with, and attempts to guess it.
create table sessions (
  id                   uuid primary key,
  hashed_key           text not null constraint sessions_hashed_key_unique unique check (length(hashed_key) = 64),
  account_id           integer not null references accounts on delete cascade,
  -- Waits for the second factor until it is open.
  is_open              boolean not null,
  is_mfa_authenticated boolean not null,
  ip                   text,
  user_agent           text,
  -- Of a passkey that is asked for or made; used once.
  challenge            text,
  challenge_ends_at    timestamptz,
  created_at           timestamptz not null,
  last_seen_at         timestamptz not null,
  ends_at              timestamptz not null
);
create index sessions_account_id on sessions (account_id);
create index sessions_ends_at on sessions (ends_at);

create table verification_devices (
  id             uuid primary key,
  account_id     integer not null references accounts on delete cascade,
  kind           text not null check (kind in ('totp', 'webauthn')),
  name           text not null,
  -- One-time codes: the sealed secret, and the step of the last code taken, which no code may repeat.
  sealed_secret  bytea,
  last_step      bigint,
  -- Passkeys.
  credential_id  text constraint verification_devices_credential_id_unique unique,
  public_key     bytea,
  sign_count     bigint,
  transports     text[],
  created_at     timestamptz not null,
  -- Null until a first code has shown that it works.
  confirmed_at   timestamptz,
  last_used_at   timestamptz,
  constraint verification_devices_kinds check (
    case kind when 'totp' then sealed_secret is not null and last_step is not null
              else credential_id is not null and public_key is not null and sign_count is not null end)
);
create index verification_devices_account_id on verification_devices (account_id);

-- Wrong passwords and codes since the last right one; keys are hashes of what was tried to get into.
create table login_attempts (
  key           text primary key,
  failures      integer not null,
  last_at       timestamptz not null,
  blocked_until timestamptz
);
create index login_attempts_last_at on login_attempts (last_at);

-- Made at first start and kept up with what the API offers; people copy them instead of changing them.
alter table roles add column built_in text constraint roles_built_in_unique unique;
