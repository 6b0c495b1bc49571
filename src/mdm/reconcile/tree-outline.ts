// What of a blueprint's tree tells its targets apart, gathered once for all of them.
// Every request of declarative management asks for the class of its target; the tree may have hundreds of artifacts.
// It grows with what is particular (shards, excluded tags, what declarations wait for), not with the tree.
import type { ArtifactId, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { BlueprintTree, TreeArtifact } from "./blueprint-tree.ts";
import { isDdmManaged } from "./delivery.ts";
import type { ScopedItem } from "./judge-scope.ts";

export type TreeOutline = Pick<BlueprintTree, "enforcements"> & {
  /** Tags that keep an artifact from somebody, ascending. */
  readonly excludingTagIds: readonly number[];
  /** Links and versions that are for a part of the devices. */
  readonly shardedItems: readonly ScopedItem[];
  /** All versions that are delivered as declarations. */
  readonly declaredVersionIds: ReadonlySet<ArtifactVersionId>;
  /** What is delivered otherwise and others need: declarations wait until it is there. */
  readonly awaitedArtifactIds: readonly ArtifactId[];
  /** The versions of these. */
  readonly awaitedVersionIds: readonly ArtifactVersionId[];
  /** Of the licences that declarations need, each once. */
  readonly adamIds: readonly string[];
  /** In days, after which declarations are to be installed again; each once. */
  readonly reinstallIntervals: readonly number[];
};

/** Makes the outline of a tree. */
export function outlineTree(tree: BlueprintTree): TreeOutline {
  const artifacts = [...tree.artifacts.values()];
  const items = artifacts.flatMap(listItems);
  const managed = artifacts.filter(({ type }) => isDdmManaged(type, tree));
  const managedVersions = managed.flatMap(({ versions }) => versions);
  const needed = new Set(artifacts.flatMap(({ requires, references }) => [...requires, ...references]));
  const awaited = artifacts.filter(({ id, type }) => needed.has(id) && !isDdmManaged(type, tree));
  return {
    enforcements: tree.enforcements,
    excludingTagIds: distinct(items.flatMap(({ scope }) => scope.excludedTagIds)).toSorted((a, b) => a - b),
    shardedItems: items.filter(({ scope }) => scope.shardModulo !== scope.defaultShard),
    declaredVersionIds: new Set(managedVersions.map(({ id }) => id)),
    awaitedArtifactIds: awaited.map(({ id }) => id),
    awaitedVersionIds: awaited.flatMap(({ versions }) => versions.map(({ id }) => id)),
    adamIds: distinct(managedVersions.flatMap(({ adamId }) => adamId ?? [])),
    reinstallIntervals: distinct(managed.map(({ reinstallInterval }) => reinstallInterval)).filter(
      (days) => days > 0,
    ),
  };
}

function listItems({ id, link, versions }: TreeArtifact): ScopedItem[] {
  const ofVersions = versions.map((version) => ({ key: version.id, scope: version.scope }));
  return link === null ? ofVersions : [{ key: id, scope: link }, ...ofVersions];
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
