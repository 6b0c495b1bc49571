-- What devices can be given: artifacts, their immutable versions, and one payload a version.
create table artifacts (
  id                             uuid primary key,
  name                           text not null constraint artifacts_name_unique unique,
  type                           text not null check (type in (
    'Activation', 'Asset', 'Certificate Asset', 'Configuration', 'Configuration (manual)', 'Data Asset',
    'Enterprise App', 'Profile', 'Provisioning Profile', 'Store App')),
  channel                        text not null check (channel in ('Device', 'User')),
  platforms                      text[] not null,
  install_during_setup_assistant boolean not null,
  auto_update                    boolean not null,
  -- Days; 0 for never.
  reinstall_interval             integer not null check (reinstall_interval between 0 and 366),
  reinstall_on_os_update         text not null check (reinstall_on_os_update in ('No', 'Major', 'Minor', 'Patch')),
  created_at                     timestamptz not null,
  updated_at                     timestamptz not null
);
create index artifacts_created_at on artifacts (created_at, id);

create table artifact_requires (
  artifact_id uuid not null references artifacts on delete cascade,
  requires_id uuid not null references artifacts on delete cascade,
  primary key (artifact_id, requires_id),
  constraint artifact_requires_another check (artifact_id <> requires_id)
);
create index artifact_requires_requires_id on artifact_requires (requires_id);

create table artifact_versions (
  id                 uuid primary key,
  artifact_id        uuid not null references artifacts on delete cascade,
  version            integer not null check (version >= 1),
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
  shard_modulo       integer not null check (shard_modulo between 1 and 100),
  default_shard      integer not null check (default_shard between 0 and 100),
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  constraint artifact_versions_version_unique unique (artifact_id, version)
);
create index artifact_versions_created_at on artifact_versions (created_at, id);

-- What a command delivered is not deleted; most commands deliver nothing.
create index commands_artifact_version on commands (artifact_version) where artifact_version is not null;
create index command_history_artifact_version on command_history (artifact_version)
  where artifact_version is not null;

create table artifact_version_excluded_tags (
  artifact_version_id uuid not null references artifact_versions on delete cascade,
  tag_id              integer not null references tags on delete cascade,
  primary key (artifact_version_id, tag_id)
);
create index artifact_version_excluded_tags_tag_id on artifact_version_excluded_tags (tag_id);

create table artifact_version_tag_shards (
  artifact_version_id uuid not null references artifact_versions on delete cascade,
  tag_id              integer not null references tags on delete cascade,
  shard               integer not null check (shard between 1 and 100),
  primary key (artifact_version_id, tag_id)
);
create index artifact_version_tag_shards_tag_id on artifact_version_tag_shards (tag_id);

create table profiles (
  artifact_version_id  uuid primary key references artifact_versions on delete cascade,
  -- Profiles hold passwords and keys.
  source_sealed        bytea not null,
  source_sha1          text not null,
  filename             text not null,
  payload_identifier   text not null,
  payload_uuid         text not null,
  payload_display_name text not null,
  payload_description  text not null
);
create index profiles_payload_identifier on profiles (payload_identifier);

create table provisioning_profiles (
  artifact_version_id uuid primary key references artifact_versions on delete cascade,
  source              bytea not null,
  name                text not null,
  uuid                uuid not null
);

create table acme_issuers (
  id                      uuid primary key,
  provisioning_uid        text constraint acme_issuers_provisioning_uid_unique unique,
  name                    text not null constraint acme_issuers_name_unique unique,
  description             text not null,
  directory_url           text not null,
  key_type                text not null check (key_type in ('RSA', 'ECSECPrimeRandom')),
  key_size                integer not null,
  usage_flags             integer not null,
  extended_key_usage      text[] not null,
  hardware_bound          boolean not null,
  attest                  boolean not null,
  backend                 text not null,
  backend_settings_sealed bytea,
  version                 integer not null,
  created_at              timestamptz not null,
  updated_at              timestamptz not null
);

create table cert_assets (
  artifact_version_id uuid primary key references artifact_versions on delete cascade,
  acme_issuer_id      uuid references acme_issuers,
  scep_issuer_id      uuid references scep_issuers,
  subject             jsonb not null,
  subject_alt_name    jsonb not null,
  accessible          text not null check (accessible in ('Default', 'AfterFirstUnlock')),
  constraint cert_assets_issuer check (acme_issuer_id is not null or scep_issuer_id is not null)
);
create index cert_assets_acme_issuer_id on cert_assets (acme_issuer_id);
create index cert_assets_scep_issuer_id on cert_assets (scep_issuer_id);

-- Files by their digest: what is uploaded twice is stored once. The bytes are in the file storage.
create table stored_files (
  sha256     text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  size       bigint not null,
  filename   text not null,
  -- The last time somebody brought it: what nobody refers to is kept for a while from then.
  brought_at timestamptz not null
);
create index stored_files_brought_at on stored_files (brought_at);

create table data_assets (
  artifact_version_id uuid primary key references artifact_versions on delete cascade,
  type                text not null check (type in ('PLIST', 'ZIP')),
  file_sha256         text not null references stored_files,
  file_size           bigint not null,
  filename            text not null
);
create index data_assets_file_sha256 on data_assets (file_sha256);

create table enterprise_apps (
  artifact_version_id  uuid primary key references artifact_versions on delete cascade,
  package_uri          text not null,
  package_sha256       text not null references stored_files,
  package_size         bigint not null,
  filename             text not null,
  product_id           text not null,
  product_version      text not null,
  bundles              jsonb not null,
  manifest             jsonb not null,
  ios_app              boolean not null,
  -- Application settings hold licence keys.
  configuration_sealed bytea,
  install_as_managed   boolean not null,
  remove_on_unenroll   boolean not null
);
create index enterprise_apps_package_sha256 on enterprise_apps (package_sha256);

create table packages (
  id              uuid primary key,
  name            text not null,
  description     text not null,
  type            text not null check (type in ('PKG', 'IPA')),
  source_uri      text not null,
  sha256          text not null constraint packages_sha256_unique unique references stored_files,
  size            bigint not null,
  filename        text not null,
  product_id      text not null,
  product_version text not null,
  bundles         jsonb not null,
  manifest        jsonb not null,
  created_at      timestamptz not null,
  updated_at      timestamptz not null
);

create table declarations (
  artifact_version_id uuid primary key references artifact_versions on delete cascade,
  type                text not null,
  identifier          text not null,
  server_token        text not null constraint declarations_server_token_unique unique,
  payload             jsonb not null
);
create index declarations_identifier on declarations (identifier);

create table declaration_refs (
  declaration_id uuid not null references declarations on delete cascade,
  -- The path in the payload; positions in lists are decimal strings.
  key            text[] not null,
  artifact_id    uuid not null references artifacts,
  primary key (declaration_id, key)
);
create index declaration_refs_artifact_id on declaration_refs (artifact_id);

create table package_refs (
  declaration_id uuid not null references declarations on delete cascade,
  key            text[] not null,
  package_id     uuid not null references packages,
  primary key (declaration_id, key)
);
create index package_refs_package_id on package_refs (package_id);
