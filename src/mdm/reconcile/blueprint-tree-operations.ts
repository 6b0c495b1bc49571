/** The trees of blueprints, shared by all their targets: one revision of a blueprint is read once. */
import { LRUCache } from "lru-cache";
import type { Reader } from "#platform/db/database.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import { findBlueprintTree } from "./blueprint-tree-store.ts";
import { encodeManifest } from "#protocol/ddm/declaration-json.ts";
import { buildManifest, listDeclarations, type Manifest, type ManifestContext } from "./manifest.ts";
import { manifestClass } from "./manifest-class.ts";
import type { MeterDeps } from "./reconcile-meter.ts";
import type { ManifestFacts } from "./target-facts.ts";
import { outlineTree, type TreeOutline } from "./tree-outline.ts";

/** Artifact versions kept in memory, of all trees together: some 2 KB each. */
const versionsCachedMax = 20_000;

export type BlueprintTrees = {
  /**
   * Finds the tree of a blueprint in a revision, or in a later one when it has changed meanwhile; null when the
   * blueprint is gone.
   */
  readonly find: (reader: Reader, blueprintId: number, revision: string) => Promise<BlueprintTree | null>;
  /** What of a tree tells its targets apart; made once a tree. */
  readonly outline: (tree: BlueprintTree) => TreeOutline;
  /** The manifest of a target; made once for all that cannot be told apart by it. */
  readonly findManifest: (
    target: ManifestFacts,
    tree: BlueprintTree,
    context: ManifestContext,
  ) => SharedManifest;
};

/** A manifest as it is told. */
export type SharedManifest = Manifest & { readonly json: string };

/** Entries of manifests kept in memory, of all manifests together: some 500 bytes each. */
const entriesCachedMax = 200_000;

/**
 * Makes the cache of a process. A revision never changes, so nothing in it grows old. It must not be asked by a
 * transaction that has raised a revision itself: should that be rolled back, its number comes again with other content.
 */
export function createBlueprintTrees({ reconcileMeter }: MeterDeps = {}): BlueprintTrees {
  const cache = new LRUCache<string, BlueprintTree>({
    maxSize: versionsCachedMax,
    sizeCalculation: ({ artifacts }) =>
      [...artifacts.values()].reduce((count, { versions }) => count + versions.length, 1),
  });
  const outlines = new WeakMap<BlueprintTree, TreeOutline>();
  const manifests = new LRUCache<string, SharedManifest>({
    maxSize: entriesCachedMax,
    sizeCalculation: ({ entries }) => entries.length + 1,
  });
  const outline = (tree: BlueprintTree): TreeOutline => {
    const known = outlines.get(tree) ?? outlineTree(tree);
    outlines.set(tree, known);
    return known;
  };
  return {
    outline,
    findManifest: (target, tree, context) => {
      const key = `${tree.id} ${tree.revision} ${manifestClass(target, outline(tree), context.at)}`;
      const cached = manifests.get(key);
      reconcileMeter?.countManifest(cached !== undefined);
      if (cached !== undefined) return cached;
      const manifest = shareManifest(buildManifest(target, tree, context));
      manifests.set(key, manifest);
      return manifest;
    },
    find: async (reader, blueprintId, revision) => {
      const cached = cache.get(`${blueprintId} ${revision}`);
      if (cached !== undefined) return cached;
      const tree = await findBlueprintTree(reader, blueprintId);
      if (tree !== null) cache.set(`${blueprintId} ${tree.revision}`, tree);
      return tree;
    },
  };
}

function shareManifest(manifest: Manifest): SharedManifest {
  const { token, entries } = manifest;
  const json = encodeManifest({ declarations: listDeclarations(entries), declarationsToken: token });
  return { ...manifest, json };
}
