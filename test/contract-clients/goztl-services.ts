/** The services of the reference's Go client that this server has a counterpart for: paths, and the types of bodies. */
import { type GoStruct, type GoType, pointer, slice, struct } from "./go-json.ts";

/** The `Z` of version 0.1.Z. */
export type GoztlVersion = 74 | 76 | 77 | 78 | 80;

export type GoztlService = {
  /** Below the base URL. */
  readonly path: string;
  readonly answer: GoStruct;
  /** Null for what the client only reads. */
  readonly request: GoStruct | null;
  /** Instead of `request` for changes. */
  readonly updateRequest?: GoStruct;
  /** How its list looks: `switched` is one of the eleven of trap 1 (http-api 1.16). */
  readonly list: "switched" | "envelope" | "array";
  /** Whether the client looks for it by name. */
  readonly hasNames: boolean;
  /** Members that only later versions know. */
  readonly since?: Readonly<Record<string, GoztlVersion>>;
  /** Members that later versions leave out when empty, and since when. */
  readonly omitted?: { readonly members: readonly string[]; readonly since: GoztlVersion };
};

const text = "string";
const texts = slice("string");
const ids = slice("int");
const maybeId = pointer("int");
const maybeText = pointer("string");
const times = { created_at: "time", updated_at: "time" } as const;

const account = pointer(struct({ url: text, username: text, password: text }));
const backends = {
  ident_kwargs: pointer(
    struct({ url: text, bearer_token: text, request_timeout: "int", max_retries: "int" }),
  ),
  microsoft_ca_kwargs: account,
  okta_ca_kwargs: account,
  static_challenge_kwargs: pointer(struct({ challenge: text })),
};
const digicert = pointer(
  struct({
    api_base_url: text,
    api_token: text,
    profile_guid: text,
    business_unit_guid: text,
    seat_type: text,
    seat_id_mapping: text,
    default_seat_email: text,
  }),
);

/** The answer of an issuer has the members of its request; one that is provisioned has no backend. */
function issuer(path: string, own: GoStruct, kwargs: GoStruct): GoztlService {
  const named = { name: text, description: text, ...own } as const;
  return {
    path,
    answer: {
      id: text,
      provisioning_uid: maybeText,
      ...named,
      backend: maybeText,
      ...kwargs,
      version: "int",
      ...times,
    },
    request: { ...named, backend: text, ...kwargs },
    list: "switched",
    hasNames: true,
  };
}

type Rest = Omit<GoztlService, "path" | "answer" | "request">;

/** A service whose answers are its requests, with an id and times. */
function plain(path: string, id: GoType, members: GoStruct, rest: Rest): GoztlService {
  return { path, answer: { id, ...members, ...times }, request: members, ...rest };
}

const switched = { list: "switched", hasNames: true } as const;
const unnamedEnvelope = { list: "envelope", hasNames: false } as const;
const array = { list: "array", hasNames: true } as const;

const platform = (name: string): GoStruct => ({
  [name]: "bool",
  [`${name}_max_version`]: text,
  [`${name}_min_version`]: text,
});
const scope: GoStruct = {
  ...platform("ios"),
  ...platform("ipados"),
  ...platform("macos"),
  ...platform("tvos"),
  default_shard: "int",
  shard_modulo: "int",
  excluded_tags: ids,
  tag_shards: slice(struct({ tag: "int", shard: "int" })),
};
const block: GoStruct = { artifact: text, ...scope, version: "int" };

/** A version of an artifact: its own members stand before the block. */
function version(path: string, request: GoStruct, answer: GoStruct, rest: Partial<Rest> = {}): GoztlService {
  return {
    path,
    answer: { id: text, ...answer, ...block, ...times },
    request: { ...request, ...block },
    ...unnamedEnvelope,
    ...rest,
  };
}

const source = { source: text } as const;
const declarationSource = {
  source: struct({ Identifier: text, Payload: { map: "any" }, ServerToken: text, Type: text }),
};
const certAsset: GoStruct = {
  acme_issuer: maybeText,
  scep_issuer: maybeText,
  accessible: text,
  subject: slice(struct({ type: text, value: text })),
  subject_alt_name: struct({
    dNSName: maybeText,
    ntPrincipalName: maybeText,
    rfc822Name: maybeText,
    uniformResourceIdentifier: maybeText,
  }),
};
const enterpriseApp = {
  package_uri: text,
  package_sha256: text,
  ios_app: "bool",
  configuration: maybeText,
  remove_on_unenroll: "bool",
} as const;
const file = { filename: text, product_id: text, product_version: text } as const;
const secret = {
  meta_business_unit: "int",
  tags: ids,
  serial_numbers: texts,
  udids: texts,
  quota: maybeId,
} as const;
const enrollment = {
  name: text,
  display_name: text,
  blueprint: maybeId,
  push_certificate: "int",
  realm: maybeText,
  acme_issuer: maybeText,
  scep_issuer: text,
} as const;
const packageNames = { name: text, description: text } as const;
const tag = { name: text, taxonomy: maybeId, meta_business_unit: maybeId, color: text } as const;

export const goztlServices = {
  acmeIssuers: issuer(
    "mdm/acme_issuers/",
    {
      directory_url: text,
      key_size: "int",
      key_type: text,
      usage_flags: "int",
      extended_key_usage: texts,
      hardware_bound: "bool",
      attest: "bool",
    },
    backends,
  ),
  scepIssuers: issuer(
    "mdm/scep_issuers/",
    { url: text, key_size: "int", key_usage: "int" },
    { digicert_kwargs: digicert, ...backends },
  ),
  artifacts: plain(
    "mdm/artifacts/",
    text,
    {
      name: text,
      type: text,
      channel: text,
      platforms: texts,
      install_during_setup_assistant: "bool",
      auto_update: "bool",
      reinstall_interval: "int",
      reinstall_on_os_update: text,
      requires: texts,
    },
    { list: "envelope", hasNames: true },
  ),
  blueprints: plain(
    "mdm/blueprints/",
    "int",
    {
      name: text,
      inventory_interval: "int",
      collect_apps: "int",
      collect_certificates: "int",
      collect_profiles: "int",
      legacy_profiles_via_ddm: "bool",
      default_location: maybeId,
      filevault_config: maybeId,
      recovery_password_config: maybeId,
      software_update_enforcements: ids,
    },
    switched,
  ),
  blueprintArtifacts: plain(
    "mdm/blueprint_artifacts/",
    "int",
    { blueprint: "int", artifact: text, ...scope },
    { list: "switched", hasNames: false },
  ),
  filevaultConfigs: plain(
    "mdm/filevault_configs/",
    "int",
    {
      name: text,
      escrow_location_display_name: text,
      at_login_only: "bool",
      bypass_attempts: "int",
      show_recovery_key: "bool",
      destroy_key_on_standby: "bool",
      prk_rotation_interval_days: "int",
      prk_reveal_rotation_delay: "int",
    },
    { ...switched, since: { prk_reveal_rotation_delay: 76 } },
  ),
  recoveryPasswordConfigs: plain(
    "mdm/recovery_password_configs/",
    "int",
    {
      name: text,
      dynamic_password: "bool",
      static_password: maybeText,
      rotation_interval_days: "int",
      reveal_rotation_delay: "int",
      rotate_firmware_password: "bool",
    },
    { ...switched, since: { reveal_rotation_delay: 76 } },
  ),
  softwareUpdateEnforcements: plain(
    "mdm/software_update_enforcements/",
    "int",
    {
      name: text,
      details_url: text,
      platforms: texts,
      tags: ids,
      os_version: text,
      build_version: text,
      local_datetime: maybeText,
      max_os_version: text,
      delay_days: maybeId,
      local_time: maybeText,
    },
    switched,
  ),
  profiles: version("mdm/profiles/", source, source),
  provisioningProfiles: version("mdm/provisioning_profiles/", source, source),
  dataAssets: version(
    "mdm/data_assets/",
    { type: text, file_uri: text, file_sha256: text, source: text },
    { type: text, file_uri: text, file_sha256: text, file_size: "int", filename: text },
    {
      since: { source: 80 },
      omitted: { members: ["file_uri", "file_sha256", "source"], since: 80 },
    },
  ),
  certAssets: version("mdm/cert_assets/", certAsset, certAsset),
  declarations: version("mdm/declarations/", declarationSource, declarationSource),
  // Requests misname a member that answers have by its right name (http-api 1.16, trap 3).
  enterpriseApps: version(
    "mdm/enterprise_apps/",
    { ...enterpriseApp, installed_as_managed: "bool" },
    { ...enterpriseApp, ...file, install_as_managed: "bool" },
  ),
  packages: {
    path: "mdm/packages/",
    answer: {
      id: text,
      ...packageNames,
      type: text,
      source_uri: text,
      sha256: text,
      size: "int",
      ...file,
      bundles: slice({ map: "any" }),
      manifest: { map: "any" },
      ...times,
    },
    request: { ...packageNames, source_uri: text, sha256: text },
    updateRequest: packageNames,
    list: "envelope",
    hasNames: true,
  },
  pushCertificates: {
    path: "mdm/push_certificates/",
    answer: {
      id: "int",
      provisioning_uid: maybeText,
      name: text,
      topic: maybeText,
      not_before: pointer("time"),
      not_after: pointer("time"),
      certificate: maybeText,
      ...times,
    },
    request: null,
    list: "switched",
    hasNames: true,
  },
  otaEnrollments: {
    path: "mdm/ota_enrollments/",
    answer: {
      id: "int",
      ...enrollment,
      enrollment_secret: struct({ id: "int", secret: text, ...secret, request_count: "int" }),
      ...times,
    },
    request: { ...enrollment, display_name: maybeText, enrollment_secret: struct(secret) },
    list: "switched",
    hasNames: true,
  },
  tags: {
    path: "inventory/tags/",
    answer: { id: "int", ...tag, slug: text },
    request: tag,
    ...array,
    omitted: { members: ["color"], since: 74 },
  },
  taxonomies: plain("inventory/taxonomies/", "int", { name: text, meta_business_unit: maybeId }, array),
  metaBusinessUnits: plain(
    "inventory/meta_business_units/",
    "int",
    { name: text, api_enrollment_enabled: "bool" },
    array,
  ),
  realms: {
    path: "realms/realms/",
    answer: {
      uuid: text,
      name: text,
      backend: text,
      ldap_config: pointer(struct({ host: text, bind_dn: text, bind_password: text, users_base_dn: text })),
      openidc_config: pointer(
        struct({ discovery_url: text, client_id: text, client_secret: maybeText, extra_scopes: texts }),
      ),
      saml_config: pointer(struct({ default_relay_state: text, idp_metadata: text })),
      enabled_for_login: "bool",
      login_session_expiry: "int",
      username_claim: text,
      email_claim: text,
      first_name_claim: text,
      last_name_claim: text,
      full_name_claim: text,
      custom_attr_1_claim: text,
      custom_attr_2_claim: text,
      scim_enabled: "bool",
      ...times,
    },
    request: null,
    ...array,
  },
} as const satisfies Readonly<Record<string, GoztlService>>;

export type GoztlServiceName = keyof typeof goztlServices;

/** What a version of the client sends: the members it knows, and those it leaves out when they are empty. */
export function requestOf(
  service: GoztlService,
  version: GoztlVersion,
  isUpdate: boolean,
): { readonly members: GoStruct; readonly omitted: readonly string[] } {
  const members = (isUpdate ? service.updateRequest : undefined) ?? service.request ?? {};
  const known = Object.entries(members).filter(([name]) => (service.since?.[name] ?? 0) <= version);
  const { omitted } = service;
  return {
    members: Object.fromEntries(known),
    omitted: omitted !== undefined && omitted.since <= version ? omitted.members : [],
  };
}
