-- What acknowledged commands left behind. Rows are of the present enrollment: a purge takes them away.
create table device_outcomes (
  id             bigint generated always as identity primary key,
  device_id      integer not null references devices on delete cascade,
  -- Set for what a user channel did.
  device_user_id integer references device_users on delete cascade,
  name           text not null,
  detail         jsonb not null,
  command_uuid   uuid not null,
  at             timestamptz not null,
  constraint device_outcomes_unique unique nulls not distinct (device_id, device_user_id, name)
);
create index device_outcomes_device_user_id on device_outcomes (device_user_id) where device_user_id is not null;

-- The last result of each item of Settings; `identifier` is of items for one application.
create table device_settings (
  id           bigint generated always as identity primary key,
  device_id    integer not null references devices on delete cascade,
  item         text not null,
  identifier   text not null,
  status       text not null,
  error_chain  jsonb,
  command_uuid uuid not null,
  at           timestamptz not null,
  constraint device_settings_unique unique (device_id, item, identifier)
);

-- Accounts on a Mac or Shared iPad, as UserList reports them: not the user channels of `device_users`.
create table device_accounts (
  id               bigint generated always as identity primary key,
  device_id        integer not null references devices on delete cascade,
  user_name        text not null,
  full_name        text not null,
  user_guid        text not null,
  is_logged_in     boolean,
  has_secure_token boolean,
  attributes       jsonb not null,
  reported_at      timestamptz not null,
  constraint device_accounts_unique unique (device_id, user_name)
);

create table device_managed_applications (
  id                          bigint generated always as identity primary key,
  device_id                   integer not null references devices on delete cascade,
  identifier                  text not null,
  status                      text not null,
  management_flags            integer,
  has_configuration           boolean,
  has_feedback                boolean,
  is_validated                boolean,
  external_version_identifier bigint,
  reported_at                 timestamptz not null,
  constraint device_managed_applications_unique unique (device_id, identifier)
);

create table device_provisioning_profiles (
  id           bigint generated always as identity primary key,
  device_id    integer not null references devices on delete cascade,
  uuid         text not null,
  name         text not null,
  expires_at   timestamptz,
  -- The command that installed it, when we did; reported lists keep it.
  installed_by uuid,
  installed_at timestamptz,
  constraint device_provisioning_profiles_unique unique (device_id, uuid)
);

alter table devices
  -- Where a lost device was last, with the time: of persons, so sealed like a secret.
  add column location_sealed bytea,
  -- Opens the Activation Lock of a device after it was erased, so no purge takes it away.
  add column activation_lock_bypass_code_sealed bytea;
