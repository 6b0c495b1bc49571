-- An enrolled device: one row a UDID (or EnrollmentID), kept across re-enrollments.
create table devices (
  id                            integer generated always as identity primary key,
  udid                          text not null constraint devices_udid_unique unique,
  enrollment_id                 text,
  serial_number                 text not null,
  name                          text,
  model                         text,
  platform                      text not null check (platform in ('iOS', 'iPadOS', 'macOS', 'tvOS')),
  os_version                    text not null default '',
  os_version_extra              text not null default '',
  build_version                 text not null default '',
  build_version_extra           text not null default '',
  apple_silicon                 boolean,
  -- Enrollment
  session_id                    integer references enrollment_sessions,
  push_certificate_id           integer not null references push_certificates,
  blueprint_id                  integer,
  dep_enrollment                boolean,
  user_enrollment               boolean,
  user_approved_enrollment      boolean,
  supervised                    boolean,
  awaiting_configuration        boolean,
  -- The last Authenticate: what was reported or refused before it belongs to an earlier life of the device.
  authenticated_at              timestamptz,
  checkout_at                   timestamptz,
  blocked_at                    timestamptz,
  -- Push
  token                         bytea,
  push_magic                    text,
  -- Digests of tokens this enrollment had before: an old TokenUpdate sent again does not bring one back.
  superseded_tokens             bytea[] not null default '{}',
  token_rejected_at             timestamptz,
  token_rejected_reason         text,
  -- Identity certificate
  cert_fingerprint              bytea,
  cert_not_valid_after          timestamptz,
  cert_att_serial_number        text,
  cert_att_udid                 text,
  -- Sealed secrets
  unlock_token_sealed           bytea,
  bootstrap_token_sealed        bytea,
  device_lock_pin_sealed        bytea,
  -- Declarative management
  declarative_management        boolean not null default false,
  -- Reported state
  device_information            jsonb,
  device_information_updated_at timestamptz,
  security_info                 jsonb,
  security_info_updated_at      timestamptz,
  applications_updated_at       timestamptz,
  profiles_updated_at           timestamptz,
  certificates_updated_at       timestamptz,
  filevault_enabled             boolean,
  activation_lock_manageable    boolean,
  bootstrap_token_allowed_for_authentication boolean,
  bootstrap_token_required_for_software_update boolean,
  bootstrap_token_required_for_kext_approval boolean,
  -- What first commands left behind
  lock_message_result           text,
  locked_at                     timestamptz,
  erased_at                     timestamptz,
  restarted_at                  timestamptz,
  created_at                    timestamptz not null,
  updated_at                    timestamptz not null
);
create index devices_serial_number on devices (serial_number);
create index devices_created_at on devices (created_at, id);

alter table enrollment_sessions
  add constraint enrollment_sessions_device_id_fkey foreign key (device_id) references devices;

-- What every connect changes, kept narrow so that the update stays inside its page and touches no index.
create table device_activity (
  device_id        integer primary key references devices on delete cascade,
  last_ip          text,
  last_seen_at     timestamptz,
  last_notified_at timestamptz
) with (fillfactor = 60);

-- The certificates a device proved itself with. One is pinned; a renewed one replaces it exactly once.
create table device_identities (
  fingerprint           bytea primary key,
  device_id             integer not null references devices on delete cascade,
  enrollment_session_id integer not null references enrollment_sessions,
  state                 text not null check (state in ('pinned', 'replaced')),
  not_after             timestamptz,
  pinned_at             timestamptz not null,
  replaced_at           timestamptz
);
create unique index device_identities_one_pinned on device_identities (device_id) where state = 'pinned';

-- A user channel of a device.
create table device_users (
  id                     integer generated always as identity primary key,
  device_id              integer not null references devices on delete cascade,
  user_id                text not null constraint device_users_user_id_unique unique,
  enrollment_id          text,
  long_name              text not null,
  short_name             text not null,
  token                  bytea,
  token_rejected_at      timestamptz,
  token_rejected_reason  text,
  declarative_management boolean not null default false,
  last_ip                text,
  last_seen_at           timestamptz,
  last_notified_at       timestamptz,
  created_at             timestamptz not null,
  updated_at             timestamptz not null
);
create index device_users_device_id on device_users (device_id);
create index device_users_short_name on device_users (short_name);

-- What devices reported to be installed.
create table device_applications (
  id            bigint generated always as identity primary key,
  device_id     integer not null references devices on delete cascade,
  identifier    text not null,
  name          text not null,
  short_version text not null,
  version       text not null,
  bundle_size   bigint,
  attributes    jsonb not null,
  constraint device_applications_unique unique (device_id, identifier, short_version, version, name)
);

create table device_profiles (
  id              bigint generated always as identity primary key,
  device_id       integer not null references devices on delete cascade,
  identifier      text not null,
  uuid            text not null,
  display_name    text not null,
  organization    text not null,
  is_managed      boolean,
  is_encrypted    boolean,
  removal_disallowed boolean,
  payloads        jsonb not null,
  -- The command that installed it, when we did; reported lists keep it.
  installed_by    uuid,
  installed_at    timestamptz,
  constraint device_profiles_unique unique (device_id, identifier)
);

create table device_certificates (
  id            bigint generated always as identity primary key,
  device_id     integer not null references devices on delete cascade,
  fingerprint   bytea not null,
  common_name   text not null,
  is_identity   boolean not null,
  subject       text not null,
  issuer        text not null,
  serial_number text not null,
  not_before    timestamptz,
  not_after     timestamptz,
  data          bytea not null,
  constraint device_certificates_unique unique (device_id, fingerprint)
);
