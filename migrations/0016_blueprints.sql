-- What a group of devices should have.
create table filevault_configs (
  id                           integer generated always as identity primary key,
  name                         text not null constraint filevault_configs_name_unique unique,
  escrow_location_display_name text not null,
  at_login_only                boolean not null,
  bypass_attempts              integer not null check (bypass_attempts between -1 and 9999),
  show_recovery_key            boolean not null,
  destroy_key_on_standby       boolean not null,
  prk_rotation_interval_days   integer not null check (prk_rotation_interval_days between 0 and 366),
  prk_reveal_rotation_delay    integer not null check (prk_reveal_rotation_delay between 0 and 1440),
  created_at                   timestamptz not null,
  updated_at                   timestamptz not null
);

create table recovery_password_configs (
  id                       integer generated always as identity primary key,
  name                     text not null constraint recovery_password_configs_name_unique unique,
  dynamic_password         boolean not null,
  static_password_sealed   bytea,
  rotation_interval_days   integer not null check (rotation_interval_days between 0 and 366),
  reveal_rotation_delay    integer not null check (reveal_rotation_delay between 0 and 1440),
  rotate_firmware_password boolean not null,
  created_at               timestamptz not null,
  updated_at               timestamptz not null,
  constraint recovery_password_configs_one check (dynamic_password = (static_password_sealed is null))
);

create table software_update_enforcements (
  id             integer generated always as identity primary key,
  name           text not null constraint software_update_enforcements_name_unique unique,
  details_url    text not null,
  platforms      text[] not null,
  os_version     text not null,
  build_version  text not null,
  -- Without a zone: the wall clock of the device.
  local_datetime timestamp,
  max_os_version text not null,
  delay_days     integer check (delay_days between 0 and 120),
  local_time     time,
  created_at     timestamptz not null,
  updated_at     timestamptz not null,
  constraint software_update_enforcements_one_mode check ((os_version = '') <> (max_os_version = ''))
);

create table software_update_enforcement_tags (
  software_update_enforcement_id integer not null references software_update_enforcements on delete cascade,
  tag_id                         integer not null references tags on delete cascade,
  primary key (software_update_enforcement_id, tag_id)
);
create index software_update_enforcement_tags_tag_id on software_update_enforcement_tags (tag_id);

create table blueprints (
  id                          integer generated always as identity primary key,
  name                        text not null constraint blueprints_name_unique unique,
  -- Seconds.
  inventory_interval          integer not null check (inventory_interval between 14400 and 604800),
  -- 0 no, 1 managed only, 2 all.
  collect_apps                integer not null check (collect_apps between 0 and 2),
  collect_certificates        integer not null check (collect_certificates between 0 and 2),
  collect_profiles            integer not null check (collect_profiles between 0 and 2),
  legacy_profiles_via_ddm     boolean not null,
  filevault_config_id         integer references filevault_configs,
  recovery_password_config_id integer references recovery_password_configs,
  -- Grows with every change of what its devices should have; a target whose plan is of another revision is planned again.
  revision                    bigint not null default 1,
  created_at                  timestamptz not null,
  updated_at                  timestamptz not null
);
create index blueprints_created_at on blueprints (created_at, id);

create table blueprint_software_update_enforcements (
  blueprint_id                   integer not null references blueprints on delete cascade,
  software_update_enforcement_id integer not null references software_update_enforcements,
  primary key (blueprint_id, software_update_enforcement_id)
);
create index blueprint_software_update_enforcements_enforcement
  on blueprint_software_update_enforcements (software_update_enforcement_id);

create table blueprint_artifacts (
  id                 integer generated always as identity primary key,
  blueprint_id       integer not null references blueprints,
  artifact_id        uuid not null references artifacts,
  ios                boolean not null,
  ios_min_version    text not null,
  ios_max_version    text not null,
  ipados             boolean not null,
  ipados_min_version text not null,
  ipados_max_version text not null,
  macos              boolean not null,
  macos_min_version  text not null,
  macos_max_version  text not null,
  tvos               boolean not null,
  tvos_min_version   text not null,
  tvos_max_version   text not null,
  shard_modulo       integer not null check (shard_modulo between 2 and 100),
  default_shard      integer not null check (default_shard between 0 and 100),
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  constraint blueprint_artifacts_unique unique (blueprint_id, artifact_id)
);
create index blueprint_artifacts_artifact_id on blueprint_artifacts (artifact_id);

create table blueprint_artifact_excluded_tags (
  blueprint_artifact_id integer not null references blueprint_artifacts on delete cascade,
  tag_id                integer not null references tags on delete cascade,
  primary key (blueprint_artifact_id, tag_id)
);
create index blueprint_artifact_excluded_tags_tag_id on blueprint_artifact_excluded_tags (tag_id);

create table blueprint_artifact_tag_shards (
  blueprint_artifact_id integer not null references blueprint_artifacts on delete cascade,
  tag_id                integer not null references tags on delete cascade,
  shard                 integer not null check (shard between 1 and 100),
  primary key (blueprint_artifact_id, tag_id)
);
create index blueprint_artifact_tag_shards_tag_id on blueprint_artifact_tag_shards (tag_id);

-- Identity providers, as enrollments refer to them.
create table realms (
  uuid                 uuid primary key,
  name                 text not null,
  backend              text not null check (backend in ('ldap', 'openidc', 'saml')),
  -- Holds the bind password or the client secret.
  config_sealed        bytea not null,
  enabled_for_login    boolean not null,
  user_portal          boolean not null,
  login_session_expiry integer,
  username_claim       text not null,
  email_claim          text not null,
  first_name_claim     text not null,
  last_name_claim      text not null,
  full_name_claim      text not null,
  custom_attr_1_claim  text not null,
  custom_attr_2_claim  text not null,
  scim_enabled         boolean not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null
);

-- Columns that waited for what they refer to.
alter table devices
  add constraint devices_blueprint_id_fkey foreign key (blueprint_id) references blueprints on delete set null;
create index devices_blueprint_id on devices (blueprint_id, id);
alter table ota_enrollments
  add constraint ota_enrollments_blueprint_id_fkey foreign key (blueprint_id) references blueprints on delete set null,
  add constraint ota_enrollments_acme_issuer_id_fkey foreign key (acme_issuer_id) references acme_issuers,
  add constraint ota_enrollments_realm_id_fkey foreign key (realm_id) references realms;
create index ota_enrollments_blueprint_id on ota_enrollments (blueprint_id);
