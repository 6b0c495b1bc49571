// Under which key the walk and the manifest of one revision of a blueprint are shared among targets.
// The door asks for it before it makes a manifest: a fleet has few classes, however many devices it has.
// A key says all that the result depends on: equal keys, equal results. What does not matter is left out.
import { createHash } from "node:crypto";
import { countReinstallIntervals } from "#protocol/ddm/server-token.ts";
import { planStatusSubscriptions } from "#protocol/ddm/status-subscriptions.ts";
import { subscriptionsToken } from "#protocol/ddm/tokens.ts";
import { parseOsVersion } from "#protocol/mdm/os-version.ts";
import type { BlueprintTree, TreeArtifact } from "./blueprint-tree.ts";
import { isDdmManaged } from "./delivery.ts";
import { chooseEnforcement, supportsEnforcement } from "./enforcement.ts";
import { computeShard, type ScopedItem, shardNeeded } from "./judge-scope.ts";
import { grantedRetries, isPresent, isRetryDue, isUnmade } from "./target-artifact.ts";
import type { ManifestFacts, ScopeFacts } from "./target-facts.ts";

/** The key of what is in scope, within one revision of a blueprint: 64 hex digits. */
export function scopeClass(facts: ScopeFacts, tree: BlueprintTree): string {
  return digest(describeScope(facts, tree));
}

/** The key of a manifest, within one revision of a blueprint and one server: 64 hex digits. */
export function manifestClass(target: ManifestFacts, tree: BlueprintTree, at: Date): string {
  const managed = [...tree.artifacts.values()].filter(({ type }) => isDdmManaged(type, tree));
  const subscriptions = planStatusSubscriptions(target.clientCapabilities);
  return digest([
    describeScope(target, tree),
    describePresence(target, tree),
    describeLicences(target, managed),
    describeRetries(target, managed, at),
    describeUnmade(target, managed, at),
    managed.map(({ reinstallInterval }) => countReinstallIntervals(target.createdAt, at, reinstallInterval)),
    subscriptionsToken(subscriptions.names),
    subscriptions.isMalformed,
    describeEnforcement(target, tree),
  ]);
}

function describeScope(facts: ScopeFacts, tree: BlueprintTree): unknown {
  const items = [...tree.artifacts.values()].flatMap(listItems);
  const excluding = new Set(items.flatMap(({ scope }) => scope.excludedTagIds));
  const { channel, platform, osVersion, isAwaitingConfiguration, tagIds } = facts;
  return [
    channel,
    platform,
    parseOsVersion(osVersion),
    isAwaitingConfiguration,
    [...excluding].filter((id) => tagIds.has(id)).sort((a, b) => a - b),
    items.map((item) => (isInShards(item, facts) ? "1" : "0")).join(""),
  ];
}

function listItems({ id, link, versions }: TreeArtifact): ScopedItem[] {
  const ofVersions = versions.map((version) => ({ key: version.id, scope: version.scope }));
  return link === null ? ofVersions : [{ key: id, scope: link }, ...ofVersions];
}

function isInShards({ key, scope }: ScopedItem, { serialNumber, tagIds }: ScopeFacts): boolean {
  const needed = shardNeeded(scope, tagIds);
  return needed === null || computeShard(key, serialNumber, scope.shardModulo) < needed;
}

/** Declarations wait for what is not one, and others need: whether it is there. */
function describePresence({ artifacts }: ManifestFacts, tree: BlueprintTree): unknown {
  const needed = new Set(
    [...tree.artifacts.values()].flatMap(({ requires, references }) => [...requires, ...references]),
  );
  const present = new Set(artifacts.filter(isPresent).map(({ artifactId }) => artifactId));
  const waitedFor = [...tree.artifacts.values()].filter(
    ({ id, type }) => needed.has(id) && !isDdmManaged(type, tree),
  );
  return waitedFor.map(({ id }) => (present.has(id) ? "1" : "0")).join("");
}

function describeLicences({ licences }: ManifestFacts, managed: readonly TreeArtifact[]): unknown {
  const adamIds = managed.flatMap(({ versions }) => versions.map(({ adamId }) => adamId));
  return adamIds.map((adamId) => (adamId === null || licences.has(adamId) ? "1" : "0")).join("");
}

function describeRetries(
  { artifacts }: ManifestFacts,
  managed: readonly TreeArtifact[],
  at: Date,
): readonly string[] {
  const versionIds = new Set(managed.flatMap(({ versions }) => versions.map(({ id }) => id)));
  return artifacts
    .filter((row) => versionIds.has(row.versionId) && grantedRetries(row, at) > 0)
    .map((row) => `${row.versionId}:${grantedRetries(row, at)}`)
    .toSorted();
}

/** What could not be made is not declared; what is there instead is. */
function describeUnmade(
  { artifacts }: ManifestFacts,
  managed: readonly TreeArtifact[],
  at: Date,
): readonly string[] {
  const heldBack = artifacts.filter((row) => isUnmade(row) && !isRetryDue(row, at));
  const ids = new Set(heldBack.map(({ artifactId }) => artifactId));
  const concerned = managed.filter(({ id }) => ids.has(id));
  const present = new Set(artifacts.filter(isPresent).map(({ versionId }) => versionId));
  const versionsThere = concerned.flatMap(({ versions }) => versions.filter(({ id }) => present.has(id)));
  return [
    ...heldBack.map(({ versionId }) => versionId),
    ...versionsThere.map(({ id }) => `+${id}`),
  ].toSorted();
}

function describeEnforcement(target: ManifestFacts, tree: BlueprintTree): unknown {
  if (target.channel !== "Device" || !supportsEnforcement(target.clientCapabilities)) return null;
  return chooseEnforcement(tree.enforcements, target)?.id ?? 0;
}

function digest(described: unknown): string {
  return createHash("sha256").update(JSON.stringify(described), "utf8").digest("hex");
}
