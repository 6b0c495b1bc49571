// A version of an artifact: whom it is for, and one payload in a table of its kind.
// Operators write versions through the endpoints of their payloads; devices are given the highest one in their scope.
// What a device was given or a command names is not deleted; a number is given once in an artifact.
import type { Refusal } from "#platform/errors.ts";
import { unknownPkText } from "#platform/http/wire-fields.ts";
import type { Artifact, ArtifactId, ArtifactType, ArtifactVersionId } from "./artifact.ts";
import type { ItemScope } from "./item-scope.ts";

/** The payloads a version can have, as refusals call them. */
export const satelliteKinds = [
  "profile",
  "provisioning profile",
  "data asset",
  "cert asset",
  "declaration",
  "enterprise app",
  "store app",
] as const;

export type SatelliteKind = (typeof satelliteKinds)[number];

type SatelliteFacts = {
  /** What the 404 calls it. */
  readonly model: string;
  readonly artifactTypes: readonly ArtifactType[];
};

export const satelliteFacts: { readonly [Kind in SatelliteKind]: SatelliteFacts } = {
  profile: { model: "Profile", artifactTypes: ["Profile"] },
  "provisioning profile": { model: "ProvisioningProfile", artifactTypes: ["Provisioning Profile"] },
  "data asset": { model: "DataAsset", artifactTypes: ["Data Asset"] },
  "cert asset": { model: "CertAsset", artifactTypes: ["Certificate Asset"] },
  declaration: {
    model: "Declaration",
    artifactTypes: ["Activation", "Asset", "Configuration", "Configuration (manual)"],
  },
  "enterprise app": { model: "EnterpriseApp", artifactTypes: ["Enterprise App"] },
  "store app": { model: "StoreApp", artifactTypes: ["Store App"] },
};

/** What a version knows of its artifact. */
export type VersionArtifact = Pick<Artifact, "id" | "name" | "type" | "channel" | "platforms">;

export type ArtifactVersion = {
  readonly id: ArtifactVersionId;
  readonly artifact: VersionArtifact;
  readonly version: number;
  readonly scope: ItemScope;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What callers write; an update writes all of it. */
export type ArtifactVersionInput = {
  readonly artifactId: ArtifactId;
  readonly version: number;
  readonly scope: ItemScope;
};

/** The refusal of an artifact that does not exist. */
export function unknownArtifact(id: string): Refusal {
  return { kind: "invalid", code: "unknown_pk", field: "artifact", detail: unknownPkText(id) };
}

/** Refuses a payload that is not of the type of its artifact; beyond the reference, which takes any. */
export function refuseArtifactType(kind: SatelliteKind, { name, type }: VersionArtifact): Refusal | null {
  if (satelliteFacts[kind].artifactTypes.includes(type)) return null;
  const detail = `"${name}" is an artifact of the type "${type}": it cannot have a ${kind}`;
  return { kind: "invalid", code: "artifact_type_mismatch", field: "artifact", detail };
}

export const versionTaken: Refusal = {
  kind: "conflict",
  code: "artifact_version_taken",
  field: "version",
  detail: "A version of this artifact with the same version number already exists",
};

/** The answer for an id that no version of the kind has. */
export function versionUnknown(kind: SatelliteKind): Refusal {
  const detail = `No ${satelliteFacts[kind].model} matches the given query.`;
  return { kind: "not_found", code: "artifact_version_unknown", detail };
}

/** The refusal to delete what a target has or a command names. */
export function versionInUse(kind: SatelliteKind): Refusal {
  return { kind: "conflict", code: "artifact_version_in_use", detail: `This ${kind} cannot be deleted` };
}

/** What the versions of an artifact hold: the kinds of their payloads, and the types of declarations among them. */
export type ArtifactContent = {
  readonly kinds: readonly SatelliteKind[];
  readonly declarationTypes: readonly string[];
};

/** Refuses a new type that what the artifact holds is not of; beyond the reference, which takes any. */
export function refuseTypeChange(
  { from, to }: { readonly from: ArtifactType; readonly to: ArtifactType },
  { kinds, declarationTypes }: ArtifactContent,
): Refusal | null {
  if (from === to) return null;
  const odd =
    kinds.find((kind) => !satelliteFacts[kind].artifactTypes.includes(to)) ??
    declarationTypes.find((type) => !isDeclarationOf(to, type));
  if (odd === undefined) return null;
  const detail = `The artifact has versions that are no "${to}": ${odd}`;
  return { kind: "invalid", code: "artifact_type_fixed", field: "type", detail };
}

/** `com.apple.configuration.…` is a configuration, installed by itself or not. */
function isDeclarationOf(artifactType: ArtifactType, declarationType: string): boolean {
  const [, , word = ""] = declarationType.split(".");
  return artifactType.toLowerCase().split(" ")[0] === word;
}
