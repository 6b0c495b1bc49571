/** What the provider sends in the steps of its larger acceptance tests (http-api 4.4). */
import { randomUUID } from "node:crypto";
import { signData } from "#protocol/cms/sign.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { makePkg, makeZip } from "../tools/archives.ts";
import { aCa, rsaKey } from "../tools/identities.ts";
import { type ClientWorld, seededName } from "./client-world.ts";
import type { GoValues } from "./go-json.ts";
import type { Goztl } from "./goztl-client.ts";
import type { GoztlServiceName } from "./goztl-services.ts";
import type { Step } from "./provider.ts";

export type Bench = { readonly world: ClientWorld; readonly goztl: Goztl };

export const allPlatforms = ["iOS", "iPadOS", "macOS", "tvOS"];
const noBackend = {
  ident_kwargs: null,
  microsoft_ca_kwargs: null,
  okta_ca_kwargs: null,
  static_challenge_kwargs: null,
};
export const account = { url: "https://ca.example.com/", username: "yolo", password: "fomo <&> 1" };
export const ident = {
  url: "https://ident.example.com/",
  bearer_token: "b",
  request_timeout: 123,
  max_retries: 5,
};

/** An artifact that nothing else refers to. */
export async function newArtifact({ world, goztl }: Bench, type: string): Promise<string> {
  const artifact = await goztl.create("artifacts", { ...artifactPlan(world.uniqueName()), type });
  return String(artifact["id"]);
}

export const artifactPlan = (name: string): GoValues => ({
  name,
  type: "Profile",
  channel: "Device",
  platforms: allPlatforms,
  install_during_setup_assistant: false,
  auto_update: true,
  reinstall_interval: 0,
  reinstall_on_os_update: "No",
  requires: [],
});

export async function newTag({ world, goztl }: Bench): Promise<number> {
  return Number((await goztl.create("tags", { name: world.uniqueName() }))["id"]);
}

/** A scope as the provider sends it when its attributes are left out. */
export const bareScope: GoValues = {
  macos: true,
  default_shard: 100,
  shard_modulo: 100,
  excluded_tags: [],
  tag_shards: [],
};

export async function fullScope(bench: Bench): Promise<GoValues> {
  const [excluded, sharded, other] = [await newTag(bench), await newTag(bench), await newTag(bench)];
  return {
    macos: true,
    macos_min_version: "13.3.1",
    macos_max_version: "14",
    shard_modulo: 5,
    default_shard: 1,
    excluded_tags: [excluded],
    tag_shards: [
      { tag: other, shard: 3 },
      { tag: sharded, shard: 4 },
    ],
  };
}

/** Steps of a version: bare, then a higher version in place with the whole scope. */
export async function versionSteps(
  bench: Bench,
  type: string,
  payloads: readonly [bare: GoValues, full: GoValues],
): Promise<readonly Step[]> {
  const artifact = await newArtifact(bench, type);
  return [
    { plan: { artifact, ...bareScope, version: 1, ...payloads[0] } },
    { plan: { artifact, ...(await fullScope(bench)), version: 2, ...payloads[1] } },
  ];
}

export const binaryProfile = (name: string): string =>
  Buffer.from(
    writeBinaryPlist({ PayloadIdentifier: name, PayloadUUID: randomUUID(), PayloadContent: [] }),
  ).toString("base64");

export function provisioningProfile(): string {
  const { certificate, privateKey } = aCa(rsaKey("signer of provisioning profiles"));
  const content = writePlist({ Name: "Apps", UUID: randomUUID() });
  return signData({ content, certificate, privateKey, signedAttributes: true }).toString("base64");
}

export const acmeIssuer: GoValues = {
  description: "",
  directory_url: "https://www.example.com/acme/",
  usage_flags: 0,
  extended_key_usage: [],
  hardware_bound: true,
  attest: true,
  ...noBackend,
};

export const filevault: GoValues = {
  escrow_location_display_name: "Zentral",
  at_login_only: false,
  bypass_attempts: -1,
  show_recovery_key: false,
  destroy_key_on_standby: false,
  prk_rotation_interval_days: 0,
};
export const recoveryPassword: GoValues = {
  dynamic_password: true,
  static_password: null,
  rotation_interval_days: 0,
  rotate_firmware_password: false,
};
export const enforcement: GoValues = {
  details_url: "",
  platforms: ["macOS"],
  tags: [],
  os_version: "",
  build_version: "",
  local_datetime: null,
  max_os_version: "",
  delay_days: null,
  local_time: null,
};

export async function blueprintSteps({ world, goztl }: Bench): Promise<readonly Step[]> {
  const named = async (service: GoztlServiceName, plan: GoValues): Promise<unknown> =>
    (await goztl.create(service, { name: world.uniqueName(), ...plan }))["id"];
  const latest = { ...enforcement, max_os_version: "15", delay_days: 14, local_time: "09:30:00" };
  const bare = {
    name: world.uniqueName(),
    inventory_interval: 86_400,
    collect_apps: 0,
    collect_certificates: 0,
    collect_profiles: 0,
    legacy_profiles_via_ddm: true,
    default_location: null,
    filevault_config: null,
    recovery_password_config: null,
    software_update_enforcements: [],
  };
  const full = {
    ...bare,
    name: world.uniqueName(),
    inventory_interval: 77_777,
    collect_apps: 2,
    collect_certificates: 1,
    collect_profiles: 2,
    legacy_profiles_via_ddm: false,
    filevault_config: await named("filevaultConfigs", filevault),
    recovery_password_config: await named("recoveryPasswordConfigs", recoveryPassword),
    software_update_enforcements: [await named("softwareUpdateEnforcements", latest)],
  };
  return [{ plan: bare }, { plan: full }];
}

export async function certAssetSteps(bench: Bench): Promise<readonly Step[]> {
  const { world, goztl } = bench;
  const acme = await goztl.create("acmeIssuers", {
    ...acmeIssuer,
    name: world.uniqueName(),
    key_type: "RSA",
    key_size: 2048,
    hardware_bound: false,
    attest: false,
    backend: "STATIC_CHALLENGE",
    static_challenge_kwargs: { challenge: "k7" },
  });
  const scep = await goztl.create("scepIssuers", scepPlan(world.uniqueName(), 0));
  const commonName = { type: "CN", value: "$ENROLLED_DEVICE.SERIAL_NUMBER" };
  return versionSteps(bench, "Certificate Asset", [
    {
      acme_issuer: acme["id"],
      scep_issuer: null,
      accessible: "Default",
      subject: [commonName],
      subject_alt_name: {},
    },
    {
      acme_issuer: null,
      scep_issuer: scep["id"],
      accessible: "AfterFirstUnlock",
      subject: [commonName, { type: "O", value: "Zentral" }],
      subject_alt_name: { rfc822Name: "yolo@example.com" },
    },
  ]);
}

export const scepPlan = (name: string, step: 0 | 1 | 2 | 3): GoValues => {
  const backends = [
    { backend: "STATIC_CHALLENGE", static_challenge_kwargs: { challenge: " k7 & orange".trim() } },
    { backend: "MICROSOFT_CA", key_size: 4096, key_usage: 5, microsoft_ca_kwargs: account },
    { backend: "IDENT", key_usage: 4, ident_kwargs: ident },
    {
      backend: "DIGICERT",
      digicert_kwargs: {
        api_base_url: "https://one.digicert.com/mpki/api/",
        api_token: "t",
        profile_guid: "0b3c1c0e-0000-4000-8000-00000000000a",
        business_unit_guid: "0b3c1c0e-0000-4000-8000-00000000000b",
        seat_type: "DEVICE_SEAT",
        seat_id_mapping: "common_name",
        default_seat_email: "yolo@example.com",
      },
    },
  ];
  const plan = { name, description: step === 0 ? "" : "yolo", url: "https://www.example.com/scep/" };
  return { ...plan, key_size: 2048, key_usage: 0, ...noBackend, digicert_kwargs: null, ...backends[step] };
};

export async function otaEnrollmentSteps(bench: Bench): Promise<readonly Step[]> {
  const { world, goztl } = bench;
  const made = async (service: GoztlServiceName, plan: GoValues): Promise<GoValues> =>
    goztl.create(service, { name: world.uniqueName(), ...plan });
  const unit = await made("metaBusinessUnits", { api_enrollment_enabled: true });
  const bareSecret = {
    meta_business_unit: unit["id"],
    tags: [],
    serial_numbers: [],
    udids: [],
    quota: null,
  };
  const scep = await goztl.create("scepIssuers", scepPlan(world.uniqueName(), 0));
  const acme = await made("acmeIssuers", {
    ...acmeIssuer,
    key_type: "ECSECPrimeRandom",
    key_size: 384,
    backend: "OKTA_CA",
    okta_ca_kwargs: account,
  });
  const bare = {
    name: world.uniqueName(),
    display_name: "Zentral MDM",
    blueprint: null,
    push_certificate: (await goztl.findByName("pushCertificates", seededName))?.["id"],
    realm: null,
    acme_issuer: null,
    scep_issuer: scep["id"],
    enrollment_secret: bareSecret,
  };
  const full = {
    ...bare,
    name: world.uniqueName(),
    display_name: "yolo",
    blueprint: (await made("blueprints", { inventory_interval: 86_400, software_update_enforcements: [] }))[
      "id"
    ],
    realm: (await goztl.findByName("realms", seededName))?.["uuid"],
    acme_issuer: acme["id"],
    enrollment_secret: {
      ...bareSecret,
      tags: [await newTag(bench), await newTag(bench)],
      serial_numbers: ["onetwothree", "123"],
      udids: ["three", "four"],
      quota: 5,
    },
  };
  return [{ plan: bare }, { plan: full }];
}

const zipOf = (text: string): Buffer => makeZip([{ name: "sshd", bytes: text }]);

export async function dataAssetSteps(bench: Bench): Promise<readonly Step[]> {
  const first = await bench.world.putFile("testdata/pam.d.v1.zip", zipOf(randomUUID()));
  const second = await bench.world.putFile("testdata/pam.d.v2.zip", zipOf(randomUUID()));
  const planOf = ({ uri, sha256 }: typeof first): GoValues => ({
    type: "ZIP",
    file_uri: uri,
    file_sha256: sha256,
  });
  const [bare, full] = await versionSteps(bench, "Data Asset", [planOf(first), planOf(second)]);
  return [
    { ...(bare as Step), computed: { filename: "pam.d.v1.zip" } },
    { ...(full as Step), computed: { filename: "pam.d.v2.zip" } },
  ];
}

export async function enterpriseAppSteps(bench: Bench): Promise<readonly Step[]> {
  const first = await bench.world.putFile("agent-1.pkg", makePkg({ version: "1.0" }));
  const second = await bench.world.putFile("agent-2.pkg", makePkg({ version: "2.0" }));
  const configuration = writePlist({ Server: "https://example.com", Verbose: true }).toString("utf8");
  const [bare, full] = await versionSteps(bench, "Enterprise App", [
    {
      package_uri: first.uri,
      package_sha256: first.sha256,
      ios_app: false,
      configuration: null,
      installed_as_managed: false,
      remove_on_unenroll: false,
    },
    {
      package_uri: second.uri,
      package_sha256: second.sha256,
      ios_app: true,
      configuration,
      installed_as_managed: true,
      remove_on_unenroll: true,
    },
  ]);
  const file = { product_id: "io.sample.agent" };
  return [
    { ...(bare as Step), computed: { ...file, filename: "agent-1.pkg", product_version: "1.0" } },
    { ...(full as Step), computed: { ...file, filename: "agent-2.pkg", product_version: "2.0" } },
  ];
}

export async function packageSteps({ world }: Bench): Promise<readonly Step[]> {
  // A package may be stored once, so each has a payload of its own.
  const make = (version: string): Buffer => makePkg({ version, payload: Buffer.from(randomUUID()) });
  const first = await world.putFile("tool-1.pkg", make("1.0"));
  const second = await world.putFile("tool-2.pkg", make("2.0"));
  const bare = { name: world.uniqueName(), description: "", source_uri: first.uri, sha256: first.sha256 };
  const renamed = { name: world.uniqueName(), description: "renamed" };
  return [
    { plan: bare, computed: { type: "PKG", product_version: "1.0" } },
    { plan: { ...bare, ...renamed, source_uri: second.uri, sha256: second.sha256 }, isReplacement: true },
  ];
}

export async function declarationSteps(bench: Bench): Promise<readonly Step[]> {
  // The token is the same in both steps, too.
  const [identifier, token] = [randomUUID(), randomUUID()];
  const sourceOf = (Payload: GoValues): GoValues => ({
    source: {
      Identifier: identifier,
      Payload,
      ServerToken: token,
      Type: "com.apple.configuration.passcode.settings",
    },
  });
  return versionSteps(bench, "Configuration", [
    sourceOf({ RequirePasscode: true }),
    sourceOf({ MinimumLength: 10, RequirePasscode: true, RequireComplexPasscode: false }),
  ]);
}
