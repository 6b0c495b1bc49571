// Which software update enforcement a device is told of, and its payload (desired-state.md 4.11).
// The manifest has it, and the door serves it. Building it never fails: where none can be built, there is none.
// The latest mode needs Apple's feed of software updates; without one it has its reason and no declaration.
import { encodeBlueprintIdentifier } from "#protocol/ddm/identifiers.ts";
import { listSupportedConfigurations } from "#protocol/ddm/status-subscriptions.ts";
import { enforcementToken } from "#protocol/ddm/tokens.ts";
import type { BlueprintTree, TreeEnforcement } from "./blueprint-tree.ts";
import type { ManifestFacts } from "./target-facts.ts";

export const enforcementType = "com.apple.configuration.softwareupdate.enforcement.specific";

export type EnforcementPayload = {
  readonly TargetOSVersion: string;
  /** Device wall clock, `2026-03-01T09:30:00`. */
  readonly TargetLocalDateTime: string;
  readonly TargetBuildVersion?: string;
  readonly DetailsURL?: string;
};

export type Enforcement = {
  readonly enforcementId: number;
  readonly identifier: string;
  readonly serverToken: string;
  readonly payload: EnforcementPayload;
};

/** Why a target is told of no enforcement. */
export type NoEnforcement =
  | { readonly kind: "user_channel" }
  /** The device has not said that it can. */
  | { readonly kind: "not_supported" }
  /** No enforcement of the blueprint is for this device. */
  | { readonly kind: "none_applies" }
  /** The one chosen misses what its mode needs. */
  | { readonly kind: "incomplete"; readonly enforcementId: number }
  /** Latest mode, and no feed to tell what the latest is. */
  | { readonly kind: "no_feed"; readonly enforcementId: number };

export type EnforcementFacts = Pick<ManifestFacts, "channel" | "platform" | "tagIds" | "clientCapabilities">;

/** Builds the enforcement of a target, or says why there is none. */
export function buildEnforcement(
  target: EnforcementFacts,
  tree: BlueprintTree,
  identifierPrefix: string,
): Enforcement | NoEnforcement {
  if (target.channel !== "Device") return { kind: "user_channel" };
  if (!supportsEnforcement(target.clientCapabilities)) return { kind: "not_supported" };
  const chosen = chooseEnforcement(tree.enforcements, target);
  if (chosen === null) return { kind: "none_applies" };
  const enforcementId = chosen.id;
  if (chosen.maxOsVersion !== "") {
    const isComplete = chosen.delayDays !== null && chosen.localTime !== null;
    return { kind: isComplete ? "no_feed" : "incomplete", enforcementId };
  }
  const payload = buildOneTimePayload(chosen);
  if (payload === null) return { kind: "incomplete", enforcementId };
  const suffix = "softwareupdate-enforcement-specific";
  const identifier = encodeBlueprintIdentifier(identifierPrefix, tree.id, suffix);
  return { enforcementId, identifier, serverToken: enforcementToken(payload), payload };
}

/** Whether a device has reported that it knows the declaration. */
export function supportsEnforcement(clientCapabilities: unknown): boolean {
  return listSupportedConfigurations(clientCapabilities)?.includes(enforcementType) === true;
}

/**
 * Chooses by tags: the one with the most tags of the device, the first of several; without a match the first
 * one that has no tags.
 */
export function chooseEnforcement(
  enforcements: readonly TreeEnforcement[],
  { platform, tagIds }: Pick<EnforcementFacts, "platform" | "tagIds">,
): TreeEnforcement | null {
  let chosen: TreeEnforcement | null = null;
  let matchesMax = 0;
  for (const enforcement of enforcements.toSorted((a, b) => a.id - b.id)) {
    if (!enforcement.platforms.includes(platform)) continue;
    const matches = enforcement.tagIds.filter((id) => tagIds.has(id)).length;
    const isDefault = chosen === null && enforcement.tagIds.length === 0;
    if (matches <= matchesMax && !isDefault) continue;
    chosen = enforcement;
    matchesMax = matches;
  }
  return chosen;
}

/**
 * The names of the enforcements that have as many tags of a device as the one that is chosen; it is the first of them.
 * Empty when the choice is clear, or when the device cannot be told of any.
 */
export function findEnforcementTie(
  enforcements: readonly TreeEnforcement[],
  facts: Pick<EnforcementFacts, "platform" | "tagIds" | "clientCapabilities">,
): readonly string[] {
  const { platform, tagIds, clientCapabilities } = facts;
  if (enforcements.length < 2 || !supportsEnforcement(clientCapabilities)) return [];
  const chosen = chooseEnforcement(enforcements, facts);
  if (chosen === null) return [];
  const matchesOf = (enforcement: TreeEnforcement): number =>
    enforcement.platforms.includes(platform) ? enforcement.tagIds.filter((id) => tagIds.has(id)).length : 0;
  const matchesMax = matchesOf(chosen);
  if (matchesMax === 0) return [];
  const tied = enforcements.filter((enforcement) => matchesOf(enforcement) === matchesMax);
  return tied.length > 1 ? tied.toSorted((a, b) => a.id - b.id).map(({ name }) => name) : [];
}

function buildOneTimePayload(enforcement: TreeEnforcement): EnforcementPayload | null {
  const { osVersion, localDatetime, buildVersion, detailsUrl } = enforcement;
  if (osVersion === "" || localDatetime === null) return null;
  return {
    TargetOSVersion: osVersion,
    TargetLocalDateTime: localDatetime,
    ...(buildVersion === "" ? {} : { TargetBuildVersion: buildVersion }),
    ...(detailsUrl === "" ? {} : { DetailsURL: detailsUrl }),
  };
}
