create table enrollment_secrets (
  id                    integer generated always as identity primary key,
  purpose               text not null check (purpose in (
    'dep_enrollment', 'dep_enrollment_session', 'ota_enrollment', 'ota_enrollment_session',
    'user_enrollment', 'user_enrollment_session', 're_enrollment_session')),
  secret_hash           bytea not null constraint enrollment_secrets_hash_unique unique,
  secret_sealed         bytea not null,
  meta_business_unit_id integer not null references meta_business_units,
  serial_numbers        text[],
  udids                 text[],
  quota                 integer,
  request_count         integer not null default 0,
  revoked_at            timestamptz,
  expires_at            timestamptz,
  created_at            timestamptz not null
);

create table enrollment_secret_tags (
  enrollment_secret_id integer not null references enrollment_secrets on delete cascade,
  tag_id               integer not null references tags on delete cascade,
  primary key (enrollment_secret_id, tag_id)
);

create table enrollment_secret_requests (
  id                   bigint generated always as identity primary key,
  enrollment_secret_id integer not null references enrollment_secrets on delete cascade,
  user_agent           text,
  ip                   text,
  serial_number        text,
  udid                 text,
  created_at           timestamptz not null
);
create index enrollment_secret_requests_secret on enrollment_secret_requests (enrollment_secret_id, created_at);

create table ota_enrollments (
  id                   integer generated always as identity primary key,
  name                 text not null constraint ota_enrollments_name_unique unique,
  display_name         text not null,
  push_certificate_id  integer not null references push_certificates,
  scep_issuer_id       uuid not null references scep_issuers,
  acme_issuer_id       uuid,
  blueprint_id         integer,
  realm_id             uuid,
  enrollment_secret_id integer not null unique references enrollment_secrets,
  created_at           timestamptz not null,
  updated_at           timestamptz not null
);

-- One enrollment attempt and lifetime of one device, of any kind.
create table enrollment_sessions (
  id                   integer generated always as identity primary key,
  kind                 text not null check (kind in ('dep', 'ota', 'user', 're')),
  status               text not null check (status in (
    'PHASE_1', 'PHASE_2', 'PHASE_3', 'STARTED', 'ACCOUNT_DRIVEN_START', 'ACCOUNT_DRIVEN_AUTHENTICATED',
    'AUTHENTICATED', 'COMPLETED')),
  ota_enrollment_id    integer references ota_enrollments,
  enrollment_secret_id integer not null unique references enrollment_secrets,
  device_id            integer,
  realm_user_id        uuid,
  -- Sessions of kind 're': the session they renew, and when the device enrolled for the first time.
  renews_session_id    integer references enrollment_sessions,
  first_enrolled_at    timestamptz,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  constraint enrollment_sessions_one_enrollment check (num_nonnulls(ota_enrollment_id) = 1),
  constraint enrollment_sessions_renewal check ((kind = 're') = (renews_session_id is not null))
);
create index enrollment_sessions_ota on enrollment_sessions (ota_enrollment_id);
create index enrollment_sessions_device on enrollment_sessions (device_id, created_at);
-- Sessions that no device has authenticated with: what a device that begins anew is looked for in, a few of very many.
create index enrollment_sessions_unused on enrollment_sessions (ota_enrollment_id) where device_id is null;
