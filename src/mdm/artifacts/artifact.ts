// An artifact is something a device can be given; its versions are immutable rows with one payload each.
// Operators change them through the API; reconcile reads them to decide what a target should have.
// A version that a target was given cannot be deleted, and no chain of requirements or references comes back to its start.
import type { Uuid } from "#platform/ids.ts";
import { unknownPkText } from "#platform/http/wire-fields.ts";
import type { Refusal } from "#platform/errors.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import type { Channel } from "#mdm/devices/device.ts";

export type ArtifactId = Uuid<"Artifact">;
export type ArtifactVersionId = Uuid<"ArtifactVersion">;

export const artifactTypes = [
  "Activation",
  "Asset",
  "Certificate Asset",
  "Configuration",
  "Configuration (manual)",
  "Data Asset",
  "Enterprise App",
  "Profile",
  "Provisioning Profile",
  "Store App",
] as const;

export type ArtifactType = (typeof artifactTypes)[number];

export const reinstallOnOsUpdates = ["No", "Major", "Minor", "Patch"] as const;

export type ReinstallOnOsUpdate = (typeof reinstallOnOsUpdates)[number];

export type Artifact = {
  readonly id: ArtifactId;
  readonly name: string;
  readonly type: ArtifactType;
  readonly channel: Channel;
  readonly platforms: readonly Platform[];
  /** Installed first. */
  readonly requires: readonly ArtifactId[];
  readonly installDuringSetupAssistant: boolean;
  readonly autoUpdate: boolean;
  /** Days; 0 for never. */
  readonly reinstallInterval: number;
  readonly reinstallOnOsUpdate: ReinstallOnOsUpdate;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What a type can (desired-state specification 1.9). */
export type ArtifactTypeFacts = {
  readonly isDeclaration: boolean;
  /** Delivered by declarative management and nothing else. */
  readonly isDdmOnly: boolean;
  /** Its payload is a declaration as an operator wrote it. */
  readonly isRawDeclaration: boolean;
  /** False for what is only reached through a reference. */
  readonly isLinkable: boolean;
  readonly isInstallableByCommand: boolean;
  readonly isRemovableByCommand: boolean;
};

function facts(letters: string): ArtifactTypeFacts {
  const has = (letter: string): boolean => letters.includes(letter);
  return {
    isDeclaration: has("d"),
    isDdmOnly: has("o"),
    isRawDeclaration: has("r"),
    isLinkable: has("l"),
    isInstallableByCommand: has("i"),
    isRemovableByCommand: has("u"),
  };
}

/** The table of the specification: declaration, DDM only, raw, linkable, installable and removable by command. */
export const artifactTypeFacts: { readonly [Type in ArtifactType]: ArtifactTypeFacts } = {
  Activation: facts("dorl"),
  Configuration: facts("dorl"),
  "Configuration (manual)": facts("dor"),
  Asset: facts("dor"),
  "Data Asset": facts("do"),
  "Certificate Asset": facts("do"),
  Profile: facts("dliu"),
  "Provisioning Profile": facts("liu"),
  "Enterprise App": facts("li"),
  "Store App": facts("liu"),
};

/** Whether a type is a configuration that an activation may name. */
export function isConfiguration(type: ArtifactType): boolean {
  return type === "Configuration" || type === "Configuration (manual)" || type === "Profile";
}

/** Whether a type is an asset that a configuration may refer to. */
export function isAsset(type: ArtifactType): boolean {
  return type === "Asset" || type === "Data Asset" || type === "Certificate Asset";
}

/** The reference's limit. */
export const artifactNameCharactersMax = 256;
/** Days; a year and a day. */
export const reinstallIntervalDaysMax = 366;
/** Artifacts one artifact requires. */
export const requirementsMax = 500;

/** What callers write; what is omitted stays, and has its default at first. */
export type ArtifactInput = Pick<Artifact, "name" | "type" | "channel"> & {
  readonly platforms?: readonly Platform[];
  readonly requires?: readonly ArtifactId[];
  readonly installDuringSetupAssistant?: boolean;
  readonly autoUpdate?: boolean;
  readonly reinstallInterval?: number;
  readonly reinstallOnOsUpdate?: ReinstallOnOsUpdate;
};

/** What is written of an artifact. */
export type ArtifactFields = Omit<Artifact, "id" | "createdAt" | "updatedAt">;

/** A new artifact, where the caller says nothing (http-api 2.8). */
export const artifactDefaults: Omit<ArtifactFields, "name" | "type" | "channel"> = {
  platforms: ["iOS", "iPadOS", "macOS", "tvOS"],
  requires: [],
  installDuringSetupAssistant: false,
  autoUpdate: true,
  reinstallInterval: 0,
  reinstallOnOsUpdate: "No",
};

export const artifactUnknown: Refusal = {
  kind: "not_found",
  code: "artifact_unknown",
  detail: "No Artifact matches the given query.",
};

export const artifactNameTaken: Refusal = {
  kind: "conflict",
  code: "artifact_name_taken",
  field: "name",
  detail: "artifact with this name already exists.",
};

/** The refusal to delete what a blueprint, a declaration, a target or a command holds on to. */
export const artifactInUse: Refusal = {
  kind: "conflict",
  code: "artifact_in_use",
  detail: "This artifact cannot be deleted",
};

/** Refuses required artifacts that do not exist. */
export function refuseUnknownRequirements(
  requires: readonly ArtifactId[],
  known: ReadonlySet<ArtifactId>,
): Refusal[] {
  const unknown = requires.filter((id) => !known.has(id));
  return unknown.map((id) => ({
    kind: "invalid",
    code: "unknown_pk",
    field: "requires",
    detail: unknownPkText(id),
  }));
}

/** Refused before the cycles, which a constraint of the table would not let be written. */
export const artifactRequiresItself: Refusal = {
  kind: "invalid",
  code: "artifact_cycle",
  field: "requires",
  detail: "An artifact cannot require itself",
};
