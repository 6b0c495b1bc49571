-- How far a target (a device, or a user of it) is from what it should have.

-- The artifact versions a target was given, and how that went.
create table target_artifacts (
  id                         bigint generated always as identity primary key,
  device_id                  integer not null references devices on delete cascade,
  device_user_id             integer references device_users on delete cascade,
  artifact_version_id        uuid not null references artifact_versions,
  status                     text not null check (status in (
    'Acknowledged', 'AwaitingConfirmation', 'Installed', 'Uninstalled', 'Failed', 'RemovalFailed', 'ForceReinstall')),
  extra_info                 jsonb not null,
  installed_at               timestamptz,
  os_version_at_install_time text,
  unique_install_identifier  text not null,
  install_count              integer not null,
  retry_count                integer not null,
  max_retry_count            integer not null,
  -- Not tried again before this time: an error never makes the same command go out again at once.
  retry_at                   timestamptz,
  created_at                 timestamptz not null,
  updated_at                 timestamptz not null,
  constraint target_artifacts_unique unique nulls not distinct (device_id, device_user_id, artifact_version_id)
);
create index target_artifacts_artifact_version_id on target_artifacts (artifact_version_id);

-- What a target was last planned against. Narrow: each connect reads it.
create table target_plans (
  id                   bigint generated always as identity primary key,
  device_id            integer not null references devices on delete cascade,
  device_user_id       integer references device_users on delete cascade,
  -- Digest of all that the last plan that left nothing to do was made for; null or different: the target is planned at
  -- its next connect.
  plan_key             text,
  -- Blueprint and revision of that plan, for those who count how far a change has come.
  blueprint_id         integer,
  revision             bigint,
  -- The next time that passing time alone makes something due.
  due_at               timestamptz,
  -- Digest of what is in scope, to tell whom a change concerns.
  desired_digest       bytea,
  -- The token of the manifest the target was last given.
  declarations_token   text not null default '',
  -- The token of the manifest it was last shown, when that is another one: it asks for what it was shown.
  offered_token        text not null default '',
  -- No DeclarativeManagement command before this time: the last one failed.
  sync_retry_at        timestamptz,
  client_capabilities  jsonb,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  constraint target_plans_unique unique nulls not distinct (device_id, device_user_id)
);
create index target_plans_blueprint_id on target_plans (blueprint_id, device_id);
create index target_plans_declarations_token on target_plans (declarations_token);
create index target_plans_offered_token on target_plans (offered_token) where offered_token <> '';

-- Manifests that were advertised, shared by all targets with the same one: what was promised stays fetchable.
create table declaration_manifests (
  declarations_token text primary key,
  blueprint_id       integer not null,
  -- identifier → {section, serverToken, versionId, declaration}
  items              jsonb not null,
  created_at         timestamptz not null,
  advertised_at      timestamptz not null
);
create index declaration_manifests_advertised_at on declaration_manifests (advertised_at);

-- Status reports as they came, the last few of a target, and what all of them together say.
create table status_reports (
  id             bigint generated always as identity primary key,
  device_id      integer not null references devices on delete cascade,
  device_user_id integer references device_users on delete cascade,
  report         jsonb not null,
  received_at    timestamptz not null
);
create index status_reports_target on status_reports (device_id, device_user_id, id);

create table status_items (
  device_id      integer not null references devices on delete cascade,
  device_user_id integer references device_users on delete cascade,
  -- Dotted, as Apple writes it: device.operating-system.version
  name           text not null,
  -- Of items that are lists, the identifier of the element; empty otherwise.
  identifier     text not null,
  value          jsonb not null,
  reported_at    timestamptz not null,
  constraint status_items_unique unique nulls not distinct (device_id, device_user_id, name, identifier)
);
