/** The trees of blueprints, shared by all their targets: one revision of a blueprint is read once. */
import { LRUCache } from "lru-cache";
import type { Reader } from "#platform/db/database.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import { findBlueprintTree } from "./blueprint-tree-store.ts";

/** Artifact versions kept in memory, of all trees together: some 2 KB each. */
const versionsCachedMax = 20_000;

export type BlueprintTrees = {
  /**
   * Finds the tree of a blueprint in a revision, or in a later one when it has changed meanwhile; null when the
   * blueprint is gone.
   */
  readonly find: (reader: Reader, blueprintId: number, revision: string) => Promise<BlueprintTree | null>;
};

/** Makes the cache of a process. A revision never changes, so nothing in it grows old. */
export function createBlueprintTrees(): BlueprintTrees {
  const cache = new LRUCache<string, BlueprintTree>({
    maxSize: versionsCachedMax,
    sizeCalculation: ({ artifacts }) =>
      [...artifacts.values()].reduce((count, { versions }) => count + versions.length, 1),
  });
  return {
    find: async (reader, blueprintId, revision) => {
      const cached = cache.get(`${blueprintId} ${revision}`);
      if (cached !== undefined) return cached;
      const tree = await findBlueprintTree(reader, blueprintId);
      if (tree !== null) cache.set(`${blueprintId} ${tree.revision}`, tree);
      return tree;
    },
  };
}
