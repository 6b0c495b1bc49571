// Which way an artifact reaches a target: by a command of its own or as a declaration (desired-state.md 2.5),
// and whether a target can have declarations at all (4.1). Plan, manifest and status processing ask.
import { type ArtifactType, artifactTypeFacts, artifactTypes } from "#mdm/artifacts/artifact.ts";
import { isOsVersionAtLeast, parseOsVersion } from "#protocol/mdm/os-version.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import type { DeclarationsUnavailable } from "./reason.ts";
import type { TargetFacts } from "./target-facts.ts";

/** Whether a type is delivered by declarative management, once that is active on the target. */
export function isDdmManaged(type: ArtifactType, tree: BlueprintTree | null): boolean {
  return artifactTypeFacts[type].isDdmOnly || (type === "Profile" && tree?.legacyProfilesViaDdm === true);
}

/** All types of {@link isDdmManaged}: what a status report is exhaustive for. */
export function listDdmManagedTypes(tree: BlueprintTree | null): readonly ArtifactType[] {
  return artifactTypes.filter((type) => isDdmManaged(type, tree));
}

export type EligibilityFacts = Pick<
  TargetFacts,
  "platform" | "osVersion" | "isUserEnrollment" | "isAwaitingConfiguration"
>;

/** Why a target can have no declarations; null when it can. */
export function findDeclarationsUnavailable(
  target: EligibilityFacts,
  hasBlueprint: boolean,
): DeclarationsUnavailable | null {
  if (!hasBlueprint) return { kind: "no_blueprint" };
  if (target.isAwaitingConfiguration) return { kind: "awaiting_configuration" };
  const minimum = declarationsMinimum(target);
  if (isOsVersionAtLeast(parseOsVersion(target.osVersion), minimum)) return null;
  return { kind: "declarations_os", platform: target.platform, osVersion: target.osVersion, minimum };
}

function declarationsMinimum({ platform, isUserEnrollment }: EligibilityFacts): string {
  if (platform === "macOS") return "13";
  if (platform === "tvOS") return "16";
  return isUserEnrollment ? "15" : "16";
}
