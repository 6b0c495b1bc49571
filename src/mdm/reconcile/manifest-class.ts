// Under which key the manifest of one revision of a blueprint is shared among targets.
// The door asks for it before it makes a manifest: a fleet has few classes, however many devices it has.
// A key says all that the manifest depends on: equal keys, equal manifests. What does not matter is left out.
import { createHash } from "node:crypto";
import { countReinstallIntervals } from "#protocol/ddm/server-token.ts";
import { planStatusSubscriptions } from "#protocol/ddm/status-subscriptions.ts";
import { subscriptionsToken } from "#protocol/ddm/tokens.ts";
import { parseOsVersion } from "#protocol/mdm/os-version.ts";
import { chooseEnforcement, supportsEnforcement } from "./enforcement.ts";
import { computeShard, type ScopedItem, shardNeeded } from "./judge-scope.ts";
import { grantedRetries, isHeldBack, isPresent } from "./target-artifact.ts";
import type { ManifestFacts, ScopeFacts } from "./target-facts.ts";
import type { TreeOutline } from "./tree-outline.ts";

/** The key of a manifest, within one revision of a blueprint and one server: 64 hex digits. */
export function manifestClass(target: ManifestFacts, outline: TreeOutline, at: Date): string {
  const subscriptions = planStatusSubscriptions(target.clientCapabilities);
  const described = [
    describeScope(target, outline),
    describePresence(target, outline),
    outline.adamIds.filter((adamId) => target.licences.has(adamId)),
    describeRetries(target, outline, at),
    describeHeldBack(target, outline, at),
    outline.reinstallIntervals.map((days) => countReinstallIntervals(target.createdAt, at, days)),
    subscriptionsToken(subscriptions.names),
    subscriptions.isMalformed,
    describeEnforcement(target, outline),
  ];
  return createHash("sha256").update(JSON.stringify(described), "utf8").digest("hex");
}

function describeScope(facts: ScopeFacts, { excludingTagIds, shardedItems }: TreeOutline): unknown {
  const { channel, platform, osVersion, isAwaitingConfiguration, tagIds } = facts;
  return [
    channel,
    platform,
    parseOsVersion(osVersion),
    isAwaitingConfiguration,
    excludingTagIds.filter((id) => tagIds.has(id)),
    shardedItems.map((item) => (isInShards(item, facts) ? "1" : "0")).join(""),
  ];
}

function isInShards({ key, scope }: ScopedItem, { serialNumber, tagIds }: ScopeFacts): boolean {
  const needed = shardNeeded(scope, tagIds);
  return needed === null || computeShard(key, serialNumber, scope.shardModulo) < needed;
}

function describePresence({ artifacts }: ManifestFacts, { awaitedArtifactIds }: TreeOutline): string {
  const present = new Set(artifacts.filter(isPresent).map(({ artifactId }) => artifactId));
  return awaitedArtifactIds.map((id) => (present.has(id) ? "1" : "0")).join("");
}

function describeRetries(
  { artifacts }: ManifestFacts,
  { declaredVersionIds }: TreeOutline,
  at: Date,
): readonly string[] {
  return artifacts
    .filter((row) => declaredVersionIds.has(row.versionId) && grantedRetries(row, at) > 0)
    .map((row) => `${row.versionId}:${grantedRetries(row, at)}`)
    .toSorted();
}

/** What could not be made is not declared; what is there instead is. */
function describeHeldBack(
  { artifacts }: ManifestFacts,
  { declaredVersionIds }: TreeOutline,
  at: Date,
): readonly string[] {
  const heldBack = artifacts.filter((row) => declaredVersionIds.has(row.versionId) && isHeldBack(row, at));
  const ids = new Set(heldBack.map(({ artifactId }) => artifactId));
  const instead = artifacts.filter((row) => ids.has(row.artifactId) && isPresent(row));
  return [
    ...heldBack.map(({ versionId }) => versionId),
    ...instead.map(({ versionId }) => `+${versionId}`),
  ].toSorted();
}

function describeEnforcement(target: ManifestFacts, { enforcements }: TreeOutline): unknown {
  if (target.channel !== "Device" || !supportsEnforcement(target.clientCapabilities)) return null;
  return chooseEnforcement(enforcements, target)?.id ?? 0;
}
