/** The provider's acceptance tests as data: what each step of each resource sends (http-api 4.4). */
import type { GoValues } from "./go-json.ts";
import type { GoztlServiceName } from "./goztl-services.ts";
import type { Step } from "./provider.ts";
import {
  account,
  acmeIssuer,
  allPlatforms,
  artifactPlan,
  bareScope,
  binaryProfile,
  blueprintSteps,
  certAssetSteps,
  dataAssetSteps,
  declarationSteps,
  enforcement,
  enterpriseAppSteps,
  filevault,
  fullScope,
  ident,
  newArtifact,
  newTag,
  otaEnrollmentSteps,
  packageSteps,
  provisioningProfile,
  recoveryPassword,
  scepPlan,
  versionSteps,
  type Bench,
} from "./provider-steps.ts";

export type ProviderResource = {
  /** Its name after `zentral_`. */
  readonly resource: string;
  readonly service: GoztlServiceName;
  readonly steps: (bench: Bench) => Promise<readonly Step[]>;
};

/** Every resource of the provider that this server has a counterpart for. */
export const providerResources: readonly ProviderResource[] = [
  {
    resource: "mdm_acme_issuer",
    service: "acmeIssuers",
    steps: async ({ world }) => {
      const name = world.uniqueName();
      const ec = { key_type: "ECSECPrimeRandom", key_size: 384 };
      const unbound = { hardware_bound: false, attest: false, key_type: "RSA" };
      const challenge = { backend: "STATIC_CHALLENGE", static_challenge_kwargs: { challenge: "yolo" } };
      const okta = { description: "yolo", usage_flags: 5, backend: "OKTA_CA", okta_ca_kwargs: account };
      const purposes = { extended_key_usage: ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"] };
      return [
        { plan: { ...acmeIssuer, name, ...ec, ...challenge } },
        { plan: { ...acmeIssuer, name, ...unbound, key_size: 2048, ...okta, ...purposes } },
        { plan: { ...acmeIssuer, name, ...unbound, key_size: 4096, backend: "IDENT", ident_kwargs: ident } },
      ];
    },
  },
  {
    resource: "mdm_scep_issuer",
    service: "scepIssuers",
    steps: async ({ world }) => {
      const name = world.uniqueName();
      return ([0, 1, 2, 3] as const).map((step) => ({ plan: scepPlan(name, step) }));
    },
  },
  {
    resource: "mdm_artifact",
    service: "artifacts",
    steps: async (bench) => {
      const bare = { ...artifactPlan(bench.world.uniqueName()), platforms: ["iOS"] };
      const required = await newArtifact(bench, "Profile");
      return [
        { plan: bare },
        {
          plan: {
            ...bare,
            name: bench.world.uniqueName(),
            platforms: ["macOS"],
            requires: [required],
            install_during_setup_assistant: true,
            auto_update: false,
            reinstall_interval: 1,
            reinstall_on_os_update: "Minor",
          },
        },
      ];
    },
  },
  { resource: "mdm_blueprint", service: "blueprints", steps: blueprintSteps },
  {
    resource: "mdm_blueprint_artifact",
    service: "blueprintArtifacts",
    steps: async (bench) => {
      const artifact = await newArtifact(bench, "Profile");
      const plan = { name: bench.world.uniqueName(), inventory_interval: 86_400 };
      const { id } = await bench.goztl.create("blueprints", plan);
      return [
        { plan: { blueprint: id, artifact, ...bareScope } },
        { plan: { blueprint: id, artifact, ...(await fullScope(bench)) } },
      ];
    },
  },
  {
    resource: "mdm_profile",
    service: "profiles",
    steps: (bench) =>
      versionSteps(bench, "Profile", [
        { source: binaryProfile("com.example.first") },
        { source: binaryProfile("com.example.second") },
      ]),
  },
  {
    resource: "mdm_provisioning_profile",
    service: "provisioningProfiles",
    steps: (bench) => {
      const source = provisioningProfile();
      return versionSteps(bench, "Provisioning Profile", [{ source }, { source }]);
    },
  },
  { resource: "mdm_data_asset", service: "dataAssets", steps: dataAssetSteps },
  { resource: "mdm_cert_asset", service: "certAssets", steps: certAssetSteps },
  { resource: "mdm_declaration", service: "declarations", steps: declarationSteps },
  { resource: "mdm_enterprise_app", service: "enterpriseApps", steps: enterpriseAppSteps },
  { resource: "mdm_package", service: "packages", steps: packageSteps },
  {
    resource: "mdm_filevault_config",
    service: "filevaultConfigs",
    steps: async ({ world, goztl }) => {
      // The delay is a member of later versions; earlier ones leave what is there.
      const delay = goztl.version >= 76 ? { prk_reveal_rotation_delay: 60 } : {};
      const bare = { ...filevault, ...delay, name: world.uniqueName() };
      const full = {
        ...bare,
        escrow_location_display_name: "yolo",
        at_login_only: true,
        bypass_attempts: 1,
        show_recovery_key: true,
        destroy_key_on_standby: true,
        prk_rotation_interval_days: 90,
      };
      return [{ plan: bare }, { plan: full }];
    },
  },
  {
    resource: "mdm_recovery_password_config",
    service: "recoveryPasswordConfigs",
    steps: async ({ world, goztl }) => {
      const delayed = (reveal_rotation_delay: number): GoValues =>
        goztl.version >= 76 ? { reveal_rotation_delay } : {};
      const name = world.uniqueName();
      const bare = { ...recoveryPassword, ...delayed(60), name };
      const rotating = { ...bare, rotation_interval_days: 90, rotate_firmware_password: true };
      const fixed = { dynamic_password: false, static_password: "12345678" };
      return [
        { plan: bare },
        { plan: rotating },
        { plan: { ...recoveryPassword, ...delayed(0), name, ...fixed } },
      ];
    },
  },
  {
    resource: "mdm_software_update_enforcement",
    service: "softwareUpdateEnforcements",
    steps: async (bench) => {
      const latest = { max_os_version: "15", delay_days: 14, local_time: "09:30:00" };
      const once = { os_version: "14.1", build_version: "23B74", local_datetime: "2023-11-05T09:30:00" };
      const bare = { ...enforcement, name: bench.world.uniqueName(), ...latest };
      const details_url = "https://www.example.com/update?a=1&b=<2>";
      const tags = [await newTag(bench)];
      return [
        { plan: bare },
        {
          plan: {
            ...enforcement,
            name: bench.world.uniqueName(),
            details_url,
            platforms: allPlatforms,
            tags,
            ...once,
          },
        },
      ];
    },
  },
  { resource: "mdm_ota_enrollment", service: "otaEnrollments", steps: otaEnrollmentSteps },
  {
    resource: "tag",
    service: "tags",
    steps: async ({ world, goztl }) => {
      const name = world.uniqueName();
      const taxonomy = await goztl.create("taxonomies", { name: world.uniqueName() });
      return [
        { plan: { name, taxonomy: null, meta_business_unit: null }, computed: { color: "0079bf" } },
        { plan: { name, taxonomy: taxonomy["id"], meta_business_unit: null, color: "Ff0000" } },
        { plan: { name, taxonomy: null, meta_business_unit: null, color: "Ff0000" } },
      ];
    },
  },
  {
    resource: "taxonomy",
    service: "taxonomies",
    steps: async ({ world, goztl }) => {
      const unit = await goztl.create("metaBusinessUnits", { name: world.uniqueName() });
      return [
        { plan: { name: world.uniqueName(), meta_business_unit: null } },
        { plan: { name: world.uniqueName(), meta_business_unit: unit["id"] } },
      ];
    },
  },
  {
    resource: "meta_business_unit",
    service: "metaBusinessUnits",
    steps: async ({ world }) => {
      const name = world.uniqueName();
      return [
        { plan: { name, api_enrollment_enabled: false } },
        { plan: { name, api_enrollment_enabled: true } },
      ];
    },
  },
];
