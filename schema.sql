-- Generated from migrations/ by `npm run schema`; compared by migrations/migrations.test.ts.

create table account_roles (
  account_id integer not null,
  role_id integer not null,
  constraint account_roles_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
  constraint account_roles_pkey PRIMARY KEY (account_id, role_id),
  constraint account_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id) ON DELETE CASCADE
);

create table accounts (
  id integer generated always as identity not null,
  username text not null,
  email text not null,
  is_service_account boolean not null,
  is_superuser boolean not null,
  is_active boolean default true not null,
  password_hash text,
  must_change_password boolean default false not null,
  last_login_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint accounts_email_unique UNIQUE (email),
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_service_account_plain CHECK (((NOT is_service_account) OR ((NOT is_superuser) AND (password_hash IS NULL)))),
  constraint accounts_username_unique UNIQUE (username)
);

create table acme_issuers (
  id uuid not null,
  provisioning_uid text,
  name text not null,
  description text not null,
  directory_url text not null,
  key_type text not null,
  key_size integer not null,
  usage_flags integer not null,
  extended_key_usage text[] not null,
  hardware_bound boolean not null,
  attest boolean not null,
  backend text not null,
  backend_settings_sealed bytea,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint acme_issuers_key_type_check CHECK ((key_type = ANY (ARRAY['RSA'::text, 'ECSECPrimeRandom'::text]))),
  constraint acme_issuers_name_unique UNIQUE (name),
  constraint acme_issuers_pkey PRIMARY KEY (id),
  constraint acme_issuers_provisioning_uid_unique UNIQUE (provisioning_uid)
);

create table api_tokens (
  id uuid not null,
  account_id integer not null,
  hashed_key text not null,
  name text not null,
  expiry timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint api_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
  constraint api_tokens_hashed_key_check CHECK ((length(hashed_key) = 64)),
  constraint api_tokens_hashed_key_unique UNIQUE (hashed_key),
  constraint api_tokens_pkey PRIMARY KEY (id)
);
CREATE INDEX api_tokens_account_id ON public.api_tokens USING btree (account_id);

create table artifact_requires (
  artifact_id uuid not null,
  requires_id uuid not null,
  constraint artifact_requires_another CHECK ((artifact_id <> requires_id)),
  constraint artifact_requires_artifact_id_fkey FOREIGN KEY (artifact_id) REFERENCES artifacts(id) ON DELETE CASCADE,
  constraint artifact_requires_pkey PRIMARY KEY (artifact_id, requires_id),
  constraint artifact_requires_requires_id_fkey FOREIGN KEY (requires_id) REFERENCES artifacts(id) ON DELETE CASCADE
);
CREATE INDEX artifact_requires_requires_id ON public.artifact_requires USING btree (requires_id);

create table artifact_version_excluded_tags (
  artifact_version_id uuid not null,
  tag_id integer not null,
  constraint artifact_version_excluded_tags_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id) ON DELETE CASCADE,
  constraint artifact_version_excluded_tags_pkey PRIMARY KEY (artifact_version_id, tag_id),
  constraint artifact_version_excluded_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);
CREATE INDEX artifact_version_excluded_tags_tag_id ON public.artifact_version_excluded_tags USING btree (tag_id);

create table artifact_version_tag_shards (
  artifact_version_id uuid not null,
  tag_id integer not null,
  shard integer not null,
  constraint artifact_version_tag_shards_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id) ON DELETE CASCADE,
  constraint artifact_version_tag_shards_pkey PRIMARY KEY (artifact_version_id, tag_id),
  constraint artifact_version_tag_shards_shard_check CHECK (((shard >= 1) AND (shard <= 100))),
  constraint artifact_version_tag_shards_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);
CREATE INDEX artifact_version_tag_shards_tag_id ON public.artifact_version_tag_shards USING btree (tag_id);

create table artifact_versions (
  id uuid not null,
  artifact_id uuid not null,
  version integer not null,
  ios boolean not null,
  ios_min_version text not null,
  ios_max_version text not null,
  ipados boolean not null,
  ipados_min_version text not null,
  ipados_max_version text not null,
  macos boolean not null,
  macos_min_version text not null,
  macos_max_version text not null,
  tvos boolean not null,
  tvos_min_version text not null,
  tvos_max_version text not null,
  shard_modulo integer not null,
  default_shard integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint artifact_versions_artifact_id_fkey FOREIGN KEY (artifact_id) REFERENCES artifacts(id) ON DELETE CASCADE,
  constraint artifact_versions_default_shard_check CHECK (((default_shard >= 0) AND (default_shard <= 100))),
  constraint artifact_versions_pkey PRIMARY KEY (id),
  constraint artifact_versions_shard_modulo_check CHECK (((shard_modulo >= 1) AND (shard_modulo <= 100))),
  constraint artifact_versions_version_check CHECK ((version >= 1)),
  constraint artifact_versions_version_unique UNIQUE (artifact_id, version)
);
CREATE INDEX artifact_versions_created_at ON public.artifact_versions USING btree (created_at, id);

create table artifacts (
  id uuid not null,
  name text not null,
  type text not null,
  channel text not null,
  platforms text[] not null,
  install_during_setup_assistant boolean not null,
  auto_update boolean not null,
  reinstall_interval integer not null,
  reinstall_on_os_update text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint artifacts_channel_check CHECK ((channel = ANY (ARRAY['Device'::text, 'User'::text]))),
  constraint artifacts_name_unique UNIQUE (name),
  constraint artifacts_pkey PRIMARY KEY (id),
  constraint artifacts_reinstall_interval_check CHECK (((reinstall_interval >= 0) AND (reinstall_interval <= 366))),
  constraint artifacts_reinstall_on_os_update_check CHECK ((reinstall_on_os_update = ANY (ARRAY['No'::text, 'Major'::text, 'Minor'::text, 'Patch'::text]))),
  constraint artifacts_type_check CHECK ((type = ANY (ARRAY['Activation'::text, 'Asset'::text, 'Certificate Asset'::text, 'Configuration'::text, 'Configuration (manual)'::text, 'Data Asset'::text, 'Enterprise App'::text, 'Profile'::text, 'Provisioning Profile'::text, 'Store App'::text])))
);
CREATE INDEX artifacts_created_at ON public.artifacts USING btree (created_at, id);

create table blueprint_artifact_excluded_tags (
  blueprint_artifact_id integer not null,
  tag_id integer not null,
  constraint blueprint_artifact_excluded_tags_blueprint_artifact_id_fkey FOREIGN KEY (blueprint_artifact_id) REFERENCES blueprint_artifacts(id) ON DELETE CASCADE,
  constraint blueprint_artifact_excluded_tags_pkey PRIMARY KEY (blueprint_artifact_id, tag_id),
  constraint blueprint_artifact_excluded_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);
CREATE INDEX blueprint_artifact_excluded_tags_tag_id ON public.blueprint_artifact_excluded_tags USING btree (tag_id);

create table blueprint_artifact_tag_shards (
  blueprint_artifact_id integer not null,
  tag_id integer not null,
  shard integer not null,
  constraint blueprint_artifact_tag_shards_blueprint_artifact_id_fkey FOREIGN KEY (blueprint_artifact_id) REFERENCES blueprint_artifacts(id) ON DELETE CASCADE,
  constraint blueprint_artifact_tag_shards_pkey PRIMARY KEY (blueprint_artifact_id, tag_id),
  constraint blueprint_artifact_tag_shards_shard_check CHECK (((shard >= 1) AND (shard <= 100))),
  constraint blueprint_artifact_tag_shards_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);
CREATE INDEX blueprint_artifact_tag_shards_tag_id ON public.blueprint_artifact_tag_shards USING btree (tag_id);

create table blueprint_artifacts (
  id integer generated always as identity not null,
  blueprint_id integer not null,
  artifact_id uuid not null,
  ios boolean not null,
  ios_min_version text not null,
  ios_max_version text not null,
  ipados boolean not null,
  ipados_min_version text not null,
  ipados_max_version text not null,
  macos boolean not null,
  macos_min_version text not null,
  macos_max_version text not null,
  tvos boolean not null,
  tvos_min_version text not null,
  tvos_max_version text not null,
  shard_modulo integer not null,
  default_shard integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint blueprint_artifacts_artifact_id_fkey FOREIGN KEY (artifact_id) REFERENCES artifacts(id),
  constraint blueprint_artifacts_blueprint_id_fkey FOREIGN KEY (blueprint_id) REFERENCES blueprints(id),
  constraint blueprint_artifacts_default_shard_check CHECK (((default_shard >= 0) AND (default_shard <= 100))),
  constraint blueprint_artifacts_pkey PRIMARY KEY (id),
  constraint blueprint_artifacts_shard_modulo_check CHECK (((shard_modulo >= 2) AND (shard_modulo <= 100))),
  constraint blueprint_artifacts_unique UNIQUE (blueprint_id, artifact_id)
);
CREATE INDEX blueprint_artifacts_artifact_id ON public.blueprint_artifacts USING btree (artifact_id);

create table blueprint_software_update_enforcements (
  blueprint_id integer not null,
  software_update_enforcement_id integer not null,
  constraint blueprint_software_update_enf_software_update_enforcement__fkey FOREIGN KEY (software_update_enforcement_id) REFERENCES software_update_enforcements(id),
  constraint blueprint_software_update_enforcements_blueprint_id_fkey FOREIGN KEY (blueprint_id) REFERENCES blueprints(id) ON DELETE CASCADE,
  constraint blueprint_software_update_enforcements_pkey PRIMARY KEY (blueprint_id, software_update_enforcement_id)
);
CREATE INDEX blueprint_software_update_enforcements_enforcement ON public.blueprint_software_update_enforcements USING btree (software_update_enforcement_id);

create table blueprints (
  id integer generated always as identity not null,
  name text not null,
  inventory_interval integer not null,
  collect_apps integer not null,
  collect_certificates integer not null,
  collect_profiles integer not null,
  legacy_profiles_via_ddm boolean not null,
  filevault_config_id integer,
  recovery_password_config_id integer,
  revision bigint default 1 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint blueprints_collect_apps_check CHECK (((collect_apps >= 0) AND (collect_apps <= 2))),
  constraint blueprints_collect_certificates_check CHECK (((collect_certificates >= 0) AND (collect_certificates <= 2))),
  constraint blueprints_collect_profiles_check CHECK (((collect_profiles >= 0) AND (collect_profiles <= 2))),
  constraint blueprints_filevault_config_id_fkey FOREIGN KEY (filevault_config_id) REFERENCES filevault_configs(id),
  constraint blueprints_inventory_interval_check CHECK (((inventory_interval >= 14400) AND (inventory_interval <= 604800))),
  constraint blueprints_name_unique UNIQUE (name),
  constraint blueprints_pkey PRIMARY KEY (id),
  constraint blueprints_recovery_password_config_id_fkey FOREIGN KEY (recovery_password_config_id) REFERENCES recovery_password_configs(id)
);
CREATE INDEX blueprints_created_at ON public.blueprints USING btree (created_at, id);

create table bulk_command_targets (
  bulk_command_id uuid not null,
  device_id integer not null,
  command_uuid uuid,
  refusal text,
  constraint bulk_command_targets_bulk_command_id_fkey FOREIGN KEY (bulk_command_id) REFERENCES bulk_commands(id) ON DELETE CASCADE,
  constraint bulk_command_targets_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint bulk_command_targets_either CHECK (((command_uuid IS NULL) <> (refusal IS NULL))),
  constraint bulk_command_targets_pkey PRIMARY KEY (bulk_command_id, device_id)
);
CREATE INDEX bulk_command_targets_device_id ON public.bulk_command_targets USING btree (device_id);

create table bulk_commands (
  id uuid not null,
  name text not null,
  arguments jsonb not null,
  secrets_sealed bytea,
  selection jsonb not null,
  not_before timestamp with time zone,
  expires_at timestamp with time zone,
  supersede_key text,
  spread_seconds integer not null,
  cursor_id integer default 0 not null,
  created_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  device_ids integer[],
  device_count integer,
  devices_max integer default 1000000 not null,
  refusal text,
  generates_secrets boolean default false not null,
  constraint bulk_commands_pkey PRIMARY KEY (id)
);
CREATE INDEX bulk_commands_unfinished ON public.bulk_commands USING btree (created_at) WHERE (finished_at IS NULL);

create table cert_assets (
  artifact_version_id uuid not null,
  acme_issuer_id uuid,
  scep_issuer_id uuid,
  subject jsonb not null,
  subject_alt_name jsonb not null,
  accessible text not null,
  constraint cert_assets_accessible_check CHECK ((accessible = ANY (ARRAY['Default'::text, 'AfterFirstUnlock'::text]))),
  constraint cert_assets_acme_issuer_id_fkey FOREIGN KEY (acme_issuer_id) REFERENCES acme_issuers(id),
  constraint cert_assets_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id) ON DELETE CASCADE,
  constraint cert_assets_issuer CHECK (((acme_issuer_id IS NOT NULL) OR (scep_issuer_id IS NOT NULL))),
  constraint cert_assets_pkey PRIMARY KEY (artifact_version_id),
  constraint cert_assets_scep_issuer_id_fkey FOREIGN KEY (scep_issuer_id) REFERENCES scep_issuers(id)
);
CREATE INDEX cert_assets_acme_issuer_id ON public.cert_assets USING btree (acme_issuer_id);
CREATE INDEX cert_assets_scep_issuer_id ON public.cert_assets USING btree (scep_issuer_id);

create table certificate_authorities (
  id integer generated always as identity not null,
  name text not null,
  certificate bytea not null,
  private_key_sealed bytea not null,
  not_after timestamp with time zone not null,
  created_at timestamp with time zone not null,
  constraint certificate_authorities_name_unique UNIQUE (name),
  constraint certificate_authorities_pkey PRIMARY KEY (id)
);

create table command_history (
  uuid uuid not null,
  device_id integer not null,
  device_user_id integer,
  name text not null,
  request_type text not null,
  artifact_version uuid,
  artifact_operation text,
  not_before timestamp with time zone,
  sent_at timestamp with time zone,
  delivery_count integer not null,
  status text,
  result bytea,
  result_time timestamp with time zone,
  error_chain jsonb,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  outcome text default 'answered'::text not null,
  shown_arguments jsonb,
  constraint command_history_answered_when CHECK (((outcome = 'answered'::text) = (result_time IS NOT NULL))),
  constraint command_history_answered_whole CHECK (((outcome = 'answered'::text) = (status IS NOT NULL))),
  constraint command_history_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint command_history_outcome_check CHECK ((outcome = ANY (ARRAY['answered'::text, 'expired'::text, 'superseded'::text, 'cancelled'::text]))),
  constraint command_history_pkey PRIMARY KEY (uuid, updated_at),
  constraint command_history_status_check CHECK ((status = ANY (ARRAY['Acknowledged'::text, 'Error'::text, 'CommandFormatError'::text, 'NotNow'::text])))
) partition by RANGE (updated_at);
CREATE INDEX command_history_artifact_version ON ONLY public.command_history USING btree (artifact_version) WHERE (artifact_version IS NOT NULL);
CREATE INDEX command_history_created ON ONLY public.command_history USING btree (created_at);
CREATE INDEX command_history_device ON ONLY public.command_history USING btree (device_id, created_at);
create table command_history_default partition of command_history default;

create table commands (
  id bigint generated always as identity not null,
  uuid uuid not null,
  device_id integer not null,
  device_user_id integer,
  name text not null,
  request_type text not null,
  arguments jsonb not null,
  secrets_sealed bytea,
  artifact_version uuid,
  artifact_operation text,
  state text not null,
  priority smallint not null,
  not_before timestamp with time zone,
  sent_at timestamp with time zone,
  delivery_count integer default 0 not null,
  result_time timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  supersede_key text,
  not_now_count integer default 0 not null,
  retry_at timestamp with time zone,
  parked_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  bulk_command_id uuid,
  shown_arguments jsonb,
  constraint commands_artifact_operation_check CHECK ((artifact_operation = ANY (ARRAY['INSTALLATION'::text, 'REMOVAL'::text]))),
  constraint commands_bulk_command_id_fkey FOREIGN KEY (bulk_command_id) REFERENCES bulk_commands(id),
  constraint commands_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint commands_device_user_id_fkey FOREIGN KEY (device_user_id) REFERENCES device_users(id) ON DELETE CASCADE,
  constraint commands_pkey PRIMARY KEY (id),
  constraint commands_sent_when_not_queued CHECK (((state = 'queued'::text) = (sent_at IS NULL))),
  constraint commands_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'not_now'::text]))),
  constraint commands_uuid_unique UNIQUE (uuid)
);
CREATE INDEX commands_artifact_version ON public.commands USING btree (artifact_version) WHERE (artifact_version IS NOT NULL);
CREATE INDEX commands_bulk_command_id ON public.commands USING btree (bulk_command_id) WHERE (bulk_command_id IS NOT NULL);
CREATE INDEX commands_expires_at ON public.commands USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX commands_next ON public.commands USING btree (device_id, device_user_id, priority DESC, created_at, id);
CREATE INDEX commands_parked ON public.commands USING btree (device_id) WHERE (parked_at IS NOT NULL);
CREATE INDEX commands_supersede_key ON public.commands USING btree (device_id, supersede_key) WHERE (supersede_key IS NOT NULL);

create table data_assets (
  artifact_version_id uuid not null,
  type text not null,
  file_sha256 text not null,
  file_size bigint not null,
  filename text not null,
  constraint data_assets_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id) ON DELETE CASCADE,
  constraint data_assets_file_sha256_fkey FOREIGN KEY (file_sha256) REFERENCES stored_files(sha256),
  constraint data_assets_pkey PRIMARY KEY (artifact_version_id),
  constraint data_assets_type_check CHECK ((type = ANY (ARRAY['PLIST'::text, 'ZIP'::text])))
);
CREATE INDEX data_assets_file_sha256 ON public.data_assets USING btree (file_sha256);

create table declaration_manifests (
  declarations_token text not null,
  blueprint_id integer not null,
  items jsonb not null,
  created_at timestamp with time zone not null,
  advertised_at timestamp with time zone not null,
  constraint declaration_manifests_pkey PRIMARY KEY (declarations_token)
);
CREATE INDEX declaration_manifests_advertised_at ON public.declaration_manifests USING btree (advertised_at);

create table declaration_refs (
  declaration_id uuid not null,
  key text[] not null,
  artifact_id uuid not null,
  constraint declaration_refs_artifact_id_fkey FOREIGN KEY (artifact_id) REFERENCES artifacts(id),
  constraint declaration_refs_declaration_id_fkey FOREIGN KEY (declaration_id) REFERENCES declarations(artifact_version_id) ON DELETE CASCADE,
  constraint declaration_refs_pkey PRIMARY KEY (declaration_id, key)
);
CREATE INDEX declaration_refs_artifact_id ON public.declaration_refs USING btree (artifact_id);

create table declarations (
  artifact_version_id uuid not null,
  type text not null,
  identifier text not null,
  server_token text not null,
  payload jsonb not null,
  constraint declarations_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id) ON DELETE CASCADE,
  constraint declarations_pkey PRIMARY KEY (artifact_version_id),
  constraint declarations_server_token_unique UNIQUE (server_token)
);
CREATE INDEX declarations_identifier ON public.declarations USING btree (identifier);

create table device_accounts (
  id bigint generated always as identity not null,
  device_id integer not null,
  user_name text not null,
  full_name text not null,
  user_guid text not null,
  is_logged_in boolean,
  has_secure_token boolean,
  attributes jsonb not null,
  reported_at timestamp with time zone not null,
  constraint device_accounts_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_accounts_pkey PRIMARY KEY (id),
  constraint device_accounts_unique UNIQUE (device_id, user_name)
);

create table device_activity (
  device_id integer not null,
  last_ip text,
  last_seen_at timestamp with time zone,
  last_notified_at timestamp with time zone,
  constraint device_activity_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_activity_pkey PRIMARY KEY (device_id)
);

create table device_applications (
  id bigint generated always as identity not null,
  device_id integer not null,
  identifier text not null,
  name text not null,
  short_version text not null,
  version text not null,
  bundle_size bigint,
  attributes jsonb not null,
  constraint device_applications_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_applications_pkey PRIMARY KEY (id),
  constraint device_applications_unique UNIQUE (device_id, identifier, short_version, version, name)
);

create table device_certificates (
  id bigint generated always as identity not null,
  device_id integer not null,
  fingerprint bytea not null,
  common_name text not null,
  is_identity boolean not null,
  subject text not null,
  issuer text not null,
  serial_number text not null,
  not_before timestamp with time zone,
  not_after timestamp with time zone,
  data bytea not null,
  constraint device_certificates_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_certificates_pkey PRIMARY KEY (id),
  constraint device_certificates_unique UNIQUE (device_id, fingerprint)
);

create table device_identities (
  fingerprint bytea not null,
  device_id integer not null,
  enrollment_session_id integer not null,
  state text not null,
  not_after timestamp with time zone,
  pinned_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint device_identities_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_identities_enrollment_session_id_fkey FOREIGN KEY (enrollment_session_id) REFERENCES enrollment_sessions(id),
  constraint device_identities_pkey PRIMARY KEY (fingerprint),
  constraint device_identities_state_check CHECK ((state = ANY (ARRAY['pinned'::text, 'replaced'::text])))
);
CREATE UNIQUE INDEX device_identities_one_pinned ON public.device_identities USING btree (device_id) WHERE (state = 'pinned'::text);

create table device_managed_applications (
  id bigint generated always as identity not null,
  device_id integer not null,
  identifier text not null,
  status text not null,
  management_flags integer,
  has_configuration boolean,
  has_feedback boolean,
  is_validated boolean,
  external_version_identifier bigint,
  reported_at timestamp with time zone not null,
  constraint device_managed_applications_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_managed_applications_pkey PRIMARY KEY (id),
  constraint device_managed_applications_unique UNIQUE (device_id, identifier)
);

create table device_outcomes (
  id bigint generated always as identity not null,
  device_id integer not null,
  device_user_id integer,
  name text not null,
  detail jsonb not null,
  command_uuid uuid not null,
  at timestamp with time zone not null,
  constraint device_outcomes_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_outcomes_device_user_id_fkey FOREIGN KEY (device_user_id) REFERENCES device_users(id) ON DELETE CASCADE,
  constraint device_outcomes_pkey PRIMARY KEY (id),
  constraint device_outcomes_unique UNIQUE NULLS NOT DISTINCT (device_id, device_user_id, name)
);
CREATE INDEX device_outcomes_device_user_id ON public.device_outcomes USING btree (device_user_id) WHERE (device_user_id IS NOT NULL);

create table device_profiles (
  id bigint generated always as identity not null,
  device_id integer not null,
  identifier text not null,
  uuid text not null,
  display_name text not null,
  organization text not null,
  is_managed boolean,
  is_encrypted boolean,
  removal_disallowed boolean,
  payloads jsonb not null,
  installed_by uuid,
  installed_at timestamp with time zone,
  constraint device_profiles_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_profiles_pkey PRIMARY KEY (id),
  constraint device_profiles_unique UNIQUE (device_id, identifier)
);

create table device_provisioning_profiles (
  id bigint generated always as identity not null,
  device_id integer not null,
  uuid text not null,
  name text not null,
  expires_at timestamp with time zone,
  installed_by uuid,
  installed_at timestamp with time zone,
  constraint device_provisioning_profiles_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_provisioning_profiles_pkey PRIMARY KEY (id),
  constraint device_provisioning_profiles_unique UNIQUE (device_id, uuid)
);

create table device_settings (
  id bigint generated always as identity not null,
  device_id integer not null,
  item text not null,
  identifier text not null,
  status text not null,
  error_chain jsonb,
  command_uuid uuid not null,
  at timestamp with time zone not null,
  constraint device_settings_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_settings_pkey PRIMARY KEY (id),
  constraint device_settings_unique UNIQUE (device_id, item, identifier)
);

create table device_users (
  id integer generated always as identity not null,
  device_id integer not null,
  user_id text not null,
  enrollment_id text,
  long_name text not null,
  short_name text not null,
  token bytea,
  token_rejected_at timestamp with time zone,
  token_rejected_reason text,
  declarative_management boolean default false not null,
  last_ip text,
  last_seen_at timestamp with time zone,
  last_notified_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  search_text text default lower((("left"(short_name, 250) || '
'::text) || "left"(long_name, 250))) not null,
  constraint device_users_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint device_users_device_id_user_id_unique UNIQUE (device_id, user_id),
  constraint device_users_pkey PRIMARY KEY (id)
);
CREATE INDEX device_users_listed ON public.device_users USING btree (device_id) INCLUDE (search_text);
CREATE INDEX device_users_search ON public.device_users USING gin (short_name gin_trgm_ops, long_name gin_trgm_ops);
CREATE INDEX device_users_short_name ON public.device_users USING btree (short_name);

create table devices (
  id integer generated always as identity not null,
  udid text not null,
  enrollment_id text,
  serial_number text not null,
  name text,
  model text,
  platform text not null,
  os_version text default ''::text not null,
  os_version_extra text default ''::text not null,
  build_version text default ''::text not null,
  build_version_extra text default ''::text not null,
  apple_silicon boolean,
  session_id integer,
  push_certificate_id integer not null,
  blueprint_id integer,
  dep_enrollment boolean,
  user_enrollment boolean,
  user_approved_enrollment boolean,
  supervised boolean,
  awaiting_configuration boolean,
  authenticated_at timestamp with time zone,
  checkout_at timestamp with time zone,
  blocked_at timestamp with time zone,
  token bytea,
  push_magic text,
  superseded_tokens bytea[] default '{}'::bytea[] not null,
  token_rejected_at timestamp with time zone,
  token_rejected_reason text,
  cert_fingerprint bytea,
  cert_not_valid_after timestamp with time zone,
  cert_att_serial_number text,
  cert_att_udid text,
  unlock_token_sealed bytea,
  bootstrap_token_sealed bytea,
  device_lock_pin_sealed bytea,
  declarative_management boolean default false not null,
  device_information jsonb,
  device_information_updated_at timestamp with time zone,
  security_info jsonb,
  security_info_updated_at timestamp with time zone,
  applications_updated_at timestamp with time zone,
  profiles_updated_at timestamp with time zone,
  certificates_updated_at timestamp with time zone,
  filevault_enabled boolean,
  activation_lock_manageable boolean,
  bootstrap_token_allowed_for_authentication boolean,
  bootstrap_token_required_for_software_update boolean,
  bootstrap_token_required_for_kext_approval boolean,
  lock_message_result text,
  locked_at timestamp with time zone,
  erased_at timestamp with time zone,
  restarted_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  location_sealed bytea,
  activation_lock_bypass_code_sealed bytea,
  has_token boolean default (token IS NOT NULL) not null,
  search_text text default lower((((((("left"(serial_number, 100) || '
'::text) || "left"(udid, 100)) || '
'::text) || "left"(COALESCE(enrollment_id, ''::text), 100)) || '
'::text) || "left"(COALESCE(name, ''::text), 250))) not null,
  sorted_name text default "left"(lower(name), 100),
  constraint devices_blueprint_id_fkey FOREIGN KEY (blueprint_id) REFERENCES blueprints(id) ON DELETE SET NULL,
  constraint devices_pkey PRIMARY KEY (id),
  constraint devices_platform_check CHECK ((platform = ANY (ARRAY['iOS'::text, 'iPadOS'::text, 'macOS'::text, 'tvOS'::text]))),
  constraint devices_push_certificate_id_fkey FOREIGN KEY (push_certificate_id) REFERENCES push_certificates(id),
  constraint devices_session_id_fkey FOREIGN KEY (session_id) REFERENCES enrollment_sessions(id),
  constraint devices_udid_unique UNIQUE (udid)
);
CREATE INDEX devices_blueprint_id ON public.devices USING btree (blueprint_id, id);
CREATE INDEX devices_created_at ON public.devices USING btree (created_at, id);
CREATE INDEX devices_listed ON public.devices USING btree (id) INCLUDE (created_at, blocked_at, checkout_at, has_token, token_rejected_at, platform, os_version, serial_number, blueprint_id, supervised, awaiting_configuration, search_text);
CREATE INDEX devices_model ON public.devices USING btree ("left"(model, 100) NULLS FIRST, id);
CREATE INDEX devices_name ON public.devices USING btree (sorted_name NULLS FIRST, id);
CREATE INDEX devices_os_version ON public.devices USING btree (os_version);
CREATE INDEX devices_search ON public.devices USING gin (serial_number gin_trgm_ops, name gin_trgm_ops, udid gin_trgm_ops, enrollment_id gin_trgm_ops);
CREATE INDEX devices_serial_number ON public.devices USING btree (serial_number);

create table enrollment_secret_requests (
  id bigint generated always as identity not null,
  enrollment_secret_id integer not null,
  user_agent text,
  ip text,
  serial_number text,
  udid text,
  created_at timestamp with time zone not null,
  constraint enrollment_secret_requests_enrollment_secret_id_fkey FOREIGN KEY (enrollment_secret_id) REFERENCES enrollment_secrets(id) ON DELETE CASCADE,
  constraint enrollment_secret_requests_pkey PRIMARY KEY (id)
);
CREATE INDEX enrollment_secret_requests_secret ON public.enrollment_secret_requests USING btree (enrollment_secret_id, created_at);

create table enrollment_secret_tags (
  enrollment_secret_id integer not null,
  tag_id integer not null,
  constraint enrollment_secret_tags_enrollment_secret_id_fkey FOREIGN KEY (enrollment_secret_id) REFERENCES enrollment_secrets(id) ON DELETE CASCADE,
  constraint enrollment_secret_tags_pkey PRIMARY KEY (enrollment_secret_id, tag_id),
  constraint enrollment_secret_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);

create table enrollment_secrets (
  id integer generated always as identity not null,
  purpose text not null,
  secret_hash bytea not null,
  secret_sealed bytea not null,
  meta_business_unit_id integer not null,
  serial_numbers text[],
  udids text[],
  quota integer,
  request_count integer default 0 not null,
  revoked_at timestamp with time zone,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint enrollment_secrets_hash_unique UNIQUE (secret_hash),
  constraint enrollment_secrets_meta_business_unit_id_fkey FOREIGN KEY (meta_business_unit_id) REFERENCES meta_business_units(id),
  constraint enrollment_secrets_pkey PRIMARY KEY (id),
  constraint enrollment_secrets_purpose_check CHECK ((purpose = ANY (ARRAY['dep_enrollment'::text, 'dep_enrollment_session'::text, 'ota_enrollment'::text, 'ota_enrollment_session'::text, 'user_enrollment'::text, 'user_enrollment_session'::text, 're_enrollment_session'::text])))
);

create table enrollment_sessions (
  id integer generated always as identity not null,
  kind text not null,
  status text not null,
  ota_enrollment_id integer,
  enrollment_secret_id integer not null,
  device_id integer,
  realm_user_id uuid,
  renews_session_id integer,
  first_enrolled_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint enrollment_sessions_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id),
  constraint enrollment_sessions_enrollment_secret_id_fkey FOREIGN KEY (enrollment_secret_id) REFERENCES enrollment_secrets(id),
  constraint enrollment_sessions_enrollment_secret_id_key UNIQUE (enrollment_secret_id),
  constraint enrollment_sessions_kind_check CHECK ((kind = ANY (ARRAY['dep'::text, 'ota'::text, 'user'::text, 're'::text]))),
  constraint enrollment_sessions_one_enrollment CHECK ((num_nonnulls(ota_enrollment_id) = 1)),
  constraint enrollment_sessions_ota_enrollment_id_fkey FOREIGN KEY (ota_enrollment_id) REFERENCES ota_enrollments(id),
  constraint enrollment_sessions_pkey PRIMARY KEY (id),
  constraint enrollment_sessions_renewal CHECK (((kind = 're'::text) = (renews_session_id IS NOT NULL))),
  constraint enrollment_sessions_renews_session_id_fkey FOREIGN KEY (renews_session_id) REFERENCES enrollment_sessions(id),
  constraint enrollment_sessions_status_check CHECK ((status = ANY (ARRAY['PHASE_1'::text, 'PHASE_2'::text, 'PHASE_3'::text, 'STARTED'::text, 'ACCOUNT_DRIVEN_START'::text, 'ACCOUNT_DRIVEN_AUTHENTICATED'::text, 'AUTHENTICATED'::text, 'COMPLETED'::text])))
);
CREATE INDEX enrollment_sessions_device ON public.enrollment_sessions USING btree (device_id, created_at);
CREATE INDEX enrollment_sessions_ota ON public.enrollment_sessions USING btree (ota_enrollment_id);
CREATE INDEX enrollment_sessions_unused ON public.enrollment_sessions USING btree (ota_enrollment_id) WHERE (device_id IS NULL);

create table enterprise_apps (
  artifact_version_id uuid not null,
  package_uri text not null,
  package_sha256 text not null,
  package_size bigint not null,
  filename text not null,
  product_id text not null,
  product_version text not null,
  bundles jsonb not null,
  manifest jsonb not null,
  ios_app boolean not null,
  configuration_sealed bytea,
  install_as_managed boolean not null,
  remove_on_unenroll boolean not null,
  signature jsonb,
  constraint enterprise_apps_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id) ON DELETE CASCADE,
  constraint enterprise_apps_package_sha256_fkey FOREIGN KEY (package_sha256) REFERENCES stored_files(sha256),
  constraint enterprise_apps_pkey PRIMARY KEY (artifact_version_id)
);
CREATE INDEX enterprise_apps_package_sha256 ON public.enterprise_apps USING btree (package_sha256);

create table events (
  id uuid not null,
  sequence bigint generated always as identity not null,
  index integer not null,
  type text not null,
  at timestamp with time zone not null,
  tags text[] not null,
  serial_number text,
  objects jsonb not null,
  payload jsonb not null,
  actor_kind text not null,
  actor_id text,
  request_id text not null,
  request jsonb,
  constraint events_pkey PRIMARY KEY (id)
);
CREATE INDEX events_actor ON public.events USING btree (actor_kind, actor_id, at, sequence) WHERE (actor_kind <> 'device'::text);
CREATE INDEX events_at ON public.events USING btree (at, sequence);
CREATE INDEX events_objects ON public.events USING gin (objects jsonb_path_ops);
CREATE INDEX events_request_id ON public.events USING btree (request_id);
CREATE INDEX events_serial_number ON public.events USING btree (serial_number, at, sequence) WHERE (serial_number IS NOT NULL);
CREATE INDEX events_tags ON public.events USING gin (tags);
CREATE INDEX events_type ON public.events USING btree (type, at, sequence);

create table filevault_configs (
  id integer generated always as identity not null,
  name text not null,
  escrow_location_display_name text not null,
  at_login_only boolean not null,
  bypass_attempts integer not null,
  show_recovery_key boolean not null,
  destroy_key_on_standby boolean not null,
  prk_rotation_interval_days integer not null,
  prk_reveal_rotation_delay integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint filevault_configs_bypass_attempts_check CHECK (((bypass_attempts >= '-1'::integer) AND (bypass_attempts <= 9999))),
  constraint filevault_configs_name_unique UNIQUE (name),
  constraint filevault_configs_pkey PRIMARY KEY (id),
  constraint filevault_configs_prk_reveal_rotation_delay_check CHECK (((prk_reveal_rotation_delay >= 0) AND (prk_reveal_rotation_delay <= 1440))),
  constraint filevault_configs_prk_rotation_interval_days_check CHECK (((prk_rotation_interval_days >= 0) AND (prk_rotation_interval_days <= 366)))
);

create table issued_certificates (
  id bigint generated always as identity not null,
  certificate_authority_id integer not null,
  serial_number bytea not null,
  bound_to text not null,
  public_key_fingerprint bytea not null,
  fingerprint bytea not null,
  certificate bytea not null,
  not_before timestamp with time zone not null,
  not_after timestamp with time zone not null,
  issued_at timestamp with time zone not null,
  constraint issued_certificates_certificate_authority_id_fkey FOREIGN KEY (certificate_authority_id) REFERENCES certificate_authorities(id),
  constraint issued_certificates_fingerprint_unique UNIQUE (fingerprint),
  constraint issued_certificates_pkey PRIMARY KEY (id),
  constraint issued_certificates_serial_unique UNIQUE (certificate_authority_id, serial_number)
);
CREATE INDEX issued_certificates_bound_to ON public.issued_certificates USING btree (bound_to, public_key_fingerprint);

create table login_attempts (
  key text not null,
  failures integer not null,
  last_at timestamp with time zone not null,
  blocked_until timestamp with time zone,
  constraint login_attempts_pkey PRIMARY KEY (key)
);
CREATE INDEX login_attempts_last_at ON public.login_attempts USING btree (last_at);

create table machine_tags (
  serial_number text not null,
  tag_id integer not null,
  constraint machine_tags_pkey PRIMARY KEY (serial_number, tag_id),
  constraint machine_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);
CREATE INDEX machine_tags_tag_id ON public.machine_tags USING btree (tag_id);

create table meta_business_units (
  id integer generated always as identity not null,
  name text not null,
  api_enrollment_enabled boolean not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint meta_business_units_name_unique UNIQUE (name),
  constraint meta_business_units_pkey PRIMARY KEY (id)
);

create table migrations (
  name text not null,
  is_breaking boolean not null,
  ran_at timestamp with time zone not null,
  constraint migrations_pkey PRIMARY KEY (name)
);

create table ota_enrollments (
  id integer generated always as identity not null,
  name text not null,
  display_name text not null,
  push_certificate_id integer not null,
  scep_issuer_id uuid not null,
  acme_issuer_id uuid,
  blueprint_id integer,
  realm_id uuid,
  enrollment_secret_id integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint ota_enrollments_acme_issuer_id_fkey FOREIGN KEY (acme_issuer_id) REFERENCES acme_issuers(id),
  constraint ota_enrollments_blueprint_id_fkey FOREIGN KEY (blueprint_id) REFERENCES blueprints(id) ON DELETE SET NULL,
  constraint ota_enrollments_enrollment_secret_id_fkey FOREIGN KEY (enrollment_secret_id) REFERENCES enrollment_secrets(id),
  constraint ota_enrollments_enrollment_secret_id_key UNIQUE (enrollment_secret_id),
  constraint ota_enrollments_name_unique UNIQUE (name),
  constraint ota_enrollments_pkey PRIMARY KEY (id),
  constraint ota_enrollments_push_certificate_id_fkey FOREIGN KEY (push_certificate_id) REFERENCES push_certificates(id),
  constraint ota_enrollments_realm_id_fkey FOREIGN KEY (realm_id) REFERENCES realms(uuid),
  constraint ota_enrollments_scep_issuer_id_fkey FOREIGN KEY (scep_issuer_id) REFERENCES scep_issuers(id)
);
CREATE INDEX ota_enrollments_blueprint_id ON public.ota_enrollments USING btree (blueprint_id);

create table package_refs (
  declaration_id uuid not null,
  key text[] not null,
  package_id uuid not null,
  constraint package_refs_declaration_id_fkey FOREIGN KEY (declaration_id) REFERENCES declarations(artifact_version_id) ON DELETE CASCADE,
  constraint package_refs_package_id_fkey FOREIGN KEY (package_id) REFERENCES packages(id),
  constraint package_refs_pkey PRIMARY KEY (declaration_id, key)
);
CREATE INDEX package_refs_package_id ON public.package_refs USING btree (package_id);

create table packages (
  id uuid not null,
  name text not null,
  description text not null,
  type text not null,
  source_uri text not null,
  sha256 text not null,
  size bigint not null,
  filename text not null,
  product_id text not null,
  product_version text not null,
  bundles jsonb not null,
  manifest jsonb not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  signature jsonb,
  constraint packages_pkey PRIMARY KEY (id),
  constraint packages_sha256_fkey FOREIGN KEY (sha256) REFERENCES stored_files(sha256),
  constraint packages_sha256_unique UNIQUE (sha256),
  constraint packages_type_check CHECK ((type = ANY (ARRAY['PKG'::text, 'IPA'::text])))
);

create table profiles (
  artifact_version_id uuid not null,
  source_sealed bytea not null,
  source_sha1 text not null,
  filename text not null,
  payload_identifier text not null,
  payload_uuid text not null,
  payload_display_name text not null,
  payload_description text not null,
  constraint profiles_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id) ON DELETE CASCADE,
  constraint profiles_pkey PRIMARY KEY (artifact_version_id)
);
CREATE INDEX profiles_payload_identifier ON public.profiles USING btree (payload_identifier);

create table provisioning_profiles (
  artifact_version_id uuid not null,
  source bytea not null,
  name text not null,
  uuid uuid not null,
  constraint provisioning_profiles_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id) ON DELETE CASCADE,
  constraint provisioning_profiles_pkey PRIMARY KEY (artifact_version_id)
);

create table push_certificates (
  id integer generated always as identity not null,
  provisioning_uid text,
  name text not null,
  topic text,
  certificate text,
  private_key_sealed bytea,
  next_private_key_sealed bytea,
  not_before timestamp with time zone,
  not_after timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint push_certificates_material_whole CHECK ((((certificate IS NULL) = (topic IS NULL)) AND ((certificate IS NULL) = (not_before IS NULL)) AND ((certificate IS NULL) = (not_after IS NULL)) AND ((certificate IS NULL) OR (private_key_sealed IS NOT NULL)))),
  constraint push_certificates_name_unique UNIQUE (name),
  constraint push_certificates_pkey PRIMARY KEY (id),
  constraint push_certificates_provisioning_uid_unique UNIQUE (provisioning_uid),
  constraint push_certificates_topic_unique UNIQUE (topic)
);

create table push_requests (
  id bigint generated always as identity not null,
  device_id integer not null,
  device_user_id integer,
  priority smallint not null,
  expiration_seconds integer not null,
  not_before timestamp with time zone not null,
  requested_at timestamp with time zone not null,
  request_count integer default 1 not null,
  attempt_count integer default 0 not null,
  claimed_until timestamp with time zone,
  constraint push_requests_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint push_requests_device_user_id_fkey FOREIGN KEY (device_user_id) REFERENCES device_users(id) ON DELETE CASCADE,
  constraint push_requests_one_per_target UNIQUE NULLS NOT DISTINCT (device_id, device_user_id),
  constraint push_requests_pkey PRIMARY KEY (id)
);
CREATE INDEX push_requests_due ON public.push_requests USING btree (priority DESC, not_before);

create table realms (
  uuid uuid not null,
  name text not null,
  backend text not null,
  config_sealed bytea not null,
  enabled_for_login boolean not null,
  user_portal boolean not null,
  login_session_expiry integer,
  username_claim text not null,
  email_claim text not null,
  first_name_claim text not null,
  last_name_claim text not null,
  full_name_claim text not null,
  custom_attr_1_claim text not null,
  custom_attr_2_claim text not null,
  scim_enabled boolean not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint realms_backend_check CHECK ((backend = ANY (ARRAY['ldap'::text, 'openidc'::text, 'saml'::text]))),
  constraint realms_pkey PRIMARY KEY (uuid)
);

create table recovery_password_configs (
  id integer generated always as identity not null,
  name text not null,
  dynamic_password boolean not null,
  static_password_sealed bytea,
  rotation_interval_days integer not null,
  reveal_rotation_delay integer not null,
  rotate_firmware_password boolean not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint recovery_password_configs_name_unique UNIQUE (name),
  constraint recovery_password_configs_one CHECK ((dynamic_password = (static_password_sealed IS NULL))),
  constraint recovery_password_configs_pkey PRIMARY KEY (id),
  constraint recovery_password_configs_reveal_rotation_delay_check CHECK (((reveal_rotation_delay >= 0) AND (reveal_rotation_delay <= 1440))),
  constraint recovery_password_configs_rotation_interval_days_check CHECK (((rotation_interval_days >= 0) AND (rotation_interval_days <= 366)))
);

create table roles (
  id integer generated always as identity not null,
  name text not null,
  permissions text[] not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  built_in text,
  constraint roles_built_in_unique UNIQUE (built_in),
  constraint roles_name_unique UNIQUE (name),
  constraint roles_pkey PRIMARY KEY (id)
);

create table saved_views (
  id uuid not null,
  account_id integer not null,
  page text not null,
  name text not null,
  query text not null,
  columns text[],
  is_shared boolean not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint saved_views_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
  constraint saved_views_name_unique UNIQUE (account_id, page, name),
  constraint saved_views_pkey PRIMARY KEY (id)
);
CREATE INDEX saved_views_shared ON public.saved_views USING btree (page) WHERE is_shared;

create table scep_challenges (
  id bigint generated always as identity not null,
  challenge_hash bytea not null,
  bound_to text not null,
  subject_sealed bytea not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  transaction_id text,
  public_key_fingerprint bytea,
  issued_certificate_id bigint,
  constraint scep_challenges_hash_unique UNIQUE (challenge_hash),
  constraint scep_challenges_issued_certificate_id_fkey FOREIGN KEY (issued_certificate_id) REFERENCES issued_certificates(id),
  constraint scep_challenges_pkey PRIMARY KEY (id),
  constraint scep_challenges_used_whole CHECK ((((used_at IS NULL) = (issued_certificate_id IS NULL)) AND ((used_at IS NULL) = (transaction_id IS NULL)) AND ((used_at IS NULL) = (public_key_fingerprint IS NULL))))
);
CREATE INDEX scep_challenges_bound_to ON public.scep_challenges USING btree (bound_to);
CREATE INDEX scep_challenges_expires_at ON public.scep_challenges USING btree (expires_at);

create table scep_issuers (
  id uuid not null,
  provisioning_uid text,
  name text not null,
  description text not null,
  url text not null,
  key_size integer not null,
  key_usage integer not null,
  backend text not null,
  backend_settings_sealed bytea,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint scep_issuers_name_unique UNIQUE (name),
  constraint scep_issuers_pkey PRIMARY KEY (id),
  constraint scep_issuers_provisioning_uid_unique UNIQUE (provisioning_uid)
);

create table schedules (
  name text not null,
  pattern text not null,
  last_started_at timestamp with time zone,
  last_finished_at timestamp with time zone,
  last_outcome text,
  last_error text,
  next_run_at timestamp with time zone,
  constraint schedules_last_outcome_check CHECK ((last_outcome = ANY (ARRAY['succeeded'::text, 'failed'::text]))),
  constraint schedules_pkey PRIMARY KEY (name)
);

create table sessions (
  id uuid not null,
  hashed_key text not null,
  account_id integer not null,
  is_open boolean not null,
  is_mfa_authenticated boolean not null,
  ip text,
  user_agent text,
  challenge text,
  challenge_ends_at timestamp with time zone,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  constraint sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
  constraint sessions_hashed_key_check CHECK ((length(hashed_key) = 64)),
  constraint sessions_hashed_key_unique UNIQUE (hashed_key),
  constraint sessions_pkey PRIMARY KEY (id)
);
CREATE INDEX sessions_account_id ON public.sessions USING btree (account_id);
CREATE INDEX sessions_ends_at ON public.sessions USING btree (ends_at);

create table signing_certificates (
  id integer generated always as identity not null,
  certificate_authority_id integer not null,
  certificate bytea not null,
  private_key_sealed bytea not null,
  not_after timestamp with time zone not null,
  created_at timestamp with time zone not null,
  constraint signing_certificates_certificate_authority_id_fkey FOREIGN KEY (certificate_authority_id) REFERENCES certificate_authorities(id),
  constraint signing_certificates_pkey PRIMARY KEY (id)
);

create table software_update_enforcement_tags (
  software_update_enforcement_id integer not null,
  tag_id integer not null,
  constraint software_update_enforcement_t_software_update_enforcement__fkey FOREIGN KEY (software_update_enforcement_id) REFERENCES software_update_enforcements(id) ON DELETE CASCADE,
  constraint software_update_enforcement_tags_pkey PRIMARY KEY (software_update_enforcement_id, tag_id),
  constraint software_update_enforcement_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);
CREATE INDEX software_update_enforcement_tags_tag_id ON public.software_update_enforcement_tags USING btree (tag_id);

create table software_update_enforcements (
  id integer generated always as identity not null,
  name text not null,
  details_url text not null,
  platforms text[] not null,
  os_version text not null,
  build_version text not null,
  local_datetime timestamp without time zone,
  max_os_version text not null,
  delay_days integer,
  local_time time without time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint software_update_enforcements_delay_days_check CHECK (((delay_days >= 0) AND (delay_days <= 120))),
  constraint software_update_enforcements_name_unique UNIQUE (name),
  constraint software_update_enforcements_one_mode CHECK (((os_version = ''::text) <> (max_os_version = ''::text))),
  constraint software_update_enforcements_pkey PRIMARY KEY (id)
);

create table status_items (
  device_id integer not null,
  device_user_id integer,
  name text not null,
  identifier text not null,
  value jsonb not null,
  reported_at timestamp with time zone not null,
  constraint status_items_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint status_items_device_user_id_fkey FOREIGN KEY (device_user_id) REFERENCES device_users(id) ON DELETE CASCADE,
  constraint status_items_unique UNIQUE NULLS NOT DISTINCT (device_id, device_user_id, name, identifier)
);

create table status_reports (
  id bigint generated always as identity not null,
  device_id integer not null,
  device_user_id integer,
  report jsonb not null,
  received_at timestamp with time zone not null,
  digest bytea,
  constraint status_reports_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint status_reports_device_user_id_fkey FOREIGN KEY (device_user_id) REFERENCES device_users(id) ON DELETE CASCADE,
  constraint status_reports_pkey PRIMARY KEY (id)
);
CREATE INDEX status_reports_target ON public.status_reports USING btree (device_id, device_user_id, id);

create table stored_files (
  sha256 text not null,
  size bigint not null,
  filename text not null,
  brought_at timestamp with time zone not null,
  constraint stored_files_pkey PRIMARY KEY (sha256),
  constraint stored_files_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);
CREATE INDEX stored_files_brought_at ON public.stored_files USING btree (brought_at);

create table tags (
  id integer generated always as identity not null,
  name text not null,
  slug text not null,
  color text not null,
  taxonomy_id integer,
  meta_business_unit_id integer,
  constraint tags_meta_business_unit_id_fkey FOREIGN KEY (meta_business_unit_id) REFERENCES meta_business_units(id),
  constraint tags_name_unique UNIQUE (name),
  constraint tags_pkey PRIMARY KEY (id),
  constraint tags_slug_unique UNIQUE (slug),
  constraint tags_taxonomy_id_fkey FOREIGN KEY (taxonomy_id) REFERENCES taxonomies(id) ON DELETE CASCADE
);

create table target_artifacts (
  id bigint generated always as identity not null,
  device_id integer not null,
  device_user_id integer,
  artifact_version_id uuid not null,
  status text not null,
  extra_info jsonb not null,
  installed_at timestamp with time zone,
  os_version_at_install_time text,
  unique_install_identifier text not null,
  install_count integer not null,
  retry_count integer not null,
  max_retry_count integer not null,
  retry_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint target_artifacts_artifact_version_id_fkey FOREIGN KEY (artifact_version_id) REFERENCES artifact_versions(id),
  constraint target_artifacts_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint target_artifacts_device_user_id_fkey FOREIGN KEY (device_user_id) REFERENCES device_users(id) ON DELETE CASCADE,
  constraint target_artifacts_pkey PRIMARY KEY (id),
  constraint target_artifacts_status_check CHECK ((status = ANY (ARRAY['Acknowledged'::text, 'AwaitingConfirmation'::text, 'Installed'::text, 'Uninstalled'::text, 'Failed'::text, 'RemovalFailed'::text, 'ForceReinstall'::text]))),
  constraint target_artifacts_unique UNIQUE NULLS NOT DISTINCT (device_id, device_user_id, artifact_version_id)
);
CREATE INDEX target_artifacts_artifact_version_id ON public.target_artifacts USING btree (artifact_version_id);
CREATE INDEX target_artifacts_failed ON public.target_artifacts USING btree (device_id) WHERE (status = ANY (ARRAY['Failed'::text, 'RemovalFailed'::text]));
CREATE INDEX target_artifacts_told ON public.target_artifacts USING btree (device_id) WHERE ((retry_count > 0) OR (status = 'Failed'::text));

create table target_plans (
  id bigint generated always as identity not null,
  device_id integer not null,
  device_user_id integer,
  plan_key text,
  blueprint_id integer,
  revision bigint,
  due_at timestamp with time zone,
  desired_digest bytea,
  declarations_token text default ''::text not null,
  offered_token text default ''::text not null,
  sync_retry_at timestamp with time zone,
  client_capabilities jsonb,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint target_plans_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  constraint target_plans_device_user_id_fkey FOREIGN KEY (device_user_id) REFERENCES device_users(id) ON DELETE CASCADE,
  constraint target_plans_pkey PRIMARY KEY (id),
  constraint target_plans_unique UNIQUE NULLS NOT DISTINCT (device_id, device_user_id)
);
CREATE INDEX target_plans_blueprint_id ON public.target_plans USING btree (blueprint_id, device_id);
CREATE INDEX target_plans_declarations_token ON public.target_plans USING btree (declarations_token);
CREATE INDEX target_plans_offered_token ON public.target_plans USING btree (offered_token) WHERE (offered_token <> ''::text);

create table task_results (
  id uuid not null,
  name text not null,
  status text not null,
  owner_account_id integer,
  result jsonb,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint task_results_finished_whole CHECK (((finished_at IS NULL) = (status = ANY (ARRAY['PENDING'::text, 'STARTED'::text])))),
  constraint task_results_pkey PRIMARY KEY (id),
  constraint task_results_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'STARTED'::text, 'SUCCESS'::text, 'FAILURE'::text])))
);
CREATE INDEX task_results_created_at ON public.task_results USING btree (created_at);

create table taxonomies (
  id integer generated always as identity not null,
  name text not null,
  meta_business_unit_id integer,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint taxonomies_meta_business_unit_id_fkey FOREIGN KEY (meta_business_unit_id) REFERENCES meta_business_units(id),
  constraint taxonomies_name_unique UNIQUE (name),
  constraint taxonomies_pkey PRIMARY KEY (id)
);

create table verification_devices (
  id uuid not null,
  account_id integer not null,
  kind text not null,
  name text not null,
  sealed_secret bytea,
  last_step bigint,
  credential_id text,
  public_key bytea,
  sign_count bigint,
  transports text[],
  created_at timestamp with time zone not null,
  confirmed_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint verification_devices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
  constraint verification_devices_credential_id_unique UNIQUE (credential_id),
  constraint verification_devices_kind_check CHECK ((kind = ANY (ARRAY['totp'::text, 'webauthn'::text]))),
  constraint verification_devices_kinds CHECK (
CASE kind
    WHEN 'totp'::text THEN ((sealed_secret IS NOT NULL) AND (last_step IS NOT NULL))
    ELSE ((credential_id IS NOT NULL) AND (public_key IS NOT NULL) AND (sign_count IS NOT NULL))
END),
  constraint verification_devices_pkey PRIMARY KEY (id)
);
CREATE INDEX verification_devices_account_id ON public.verification_devices USING btree (account_id);
