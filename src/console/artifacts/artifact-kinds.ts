/** The types of artifacts, and where their versions are in the API. */
import type { RowOf } from "../resources/resource.ts";

export type Artifact = RowOf<"/api/mdm/artifacts/">;
export type ArtifactType = Artifact["type"];

/** Types that a blueprint takes; the others come along with what refers to them. */
export const linkableTypes: ReadonlySet<ArtifactType> = new Set([
  "Activation",
  "Configuration",
  "Enterprise App",
  "Profile",
  "Provisioning Profile",
  "Store App",
]);

export type VersionKind = {
  /** The list of versions. */
  readonly api: string;
  /** The end of its rights: `profile` of `mdm.view_profile`. */
  readonly permission: string;
};

const declaration: VersionKind = { api: "/api/mdm/declarations/", permission: "declaration" };

/** Null for a type whose versions the API does not show. */
export const versionKinds: Readonly<Record<ArtifactType, VersionKind | null>> = {
  Activation: declaration,
  Asset: declaration,
  Configuration: declaration,
  "Configuration (manual)": declaration,
  "Certificate Asset": { api: "/api/mdm/cert_assets/", permission: "certasset" },
  "Data Asset": { api: "/api/mdm/data_assets/", permission: "dataasset" },
  "Enterprise App": { api: "/api/mdm/enterprise_apps/", permission: "enterpriseapp" },
  Profile: { api: "/api/mdm/profiles/", permission: "profile" },
  "Provisioning Profile": { api: "/api/mdm/provisioning_profiles/", permission: "provisioningprofile" },
  "Store App": null,
};
