/**
 * Keeps manifests that are promised, so that they can be fetched whatever changes. Many devices promise the same ones at
 * the same time, and operations of many devices share transactions: a manifest is written in a transaction of its own,
 * once a process, so that nobody waits for a row that somebody else holds until much later (deadlocks). One that was
 * written for nothing is forgotten like any other.
 */
import { LRUCache } from "lru-cache";
import { secondsAfter } from "#platform/clock.ts";
import type { Database } from "#platform/db/database.ts";
import type { Manifest } from "./manifest.ts";
import { advertisedIntervalSeconds, upsertManifest } from "./target-plan-store.ts";
import { snapshotOf } from "./snapshot.ts";

export type ManifestKeeper = {
  /** Durable when it resolves. */
  readonly keep: (manifest: Manifest, blueprintId: number, at: Date) => Promise<void>;
};

/** Tokens remembered as written. */
const tokensKnownMax = 100_000;

/** Makes the keeper of a process. */
export function createManifestKeeper(database: Pick<Database, "transaction">): ManifestKeeper {
  const keptAt = new LRUCache<string, Date>({ max: tokensKnownMax });
  const underWay = new Map<string, Promise<void>>();
  const write = async (manifest: Manifest, blueprintId: number, at: Date): Promise<void> => {
    const { token } = manifest;
    const stored = { declarationsToken: token, blueprintId, items: snapshotOf(manifest) };
    await database.transaction((tx) => upsertManifest(tx, stored, at));
    keptAt.set(token, at);
  };
  return {
    keep: async (manifest, blueprintId, at) => {
      const { token } = manifest;
      const known = keptAt.get(token);
      if (known !== undefined && at < secondsAfter(known, advertisedIntervalSeconds)) return;
      let writing = underWay.get(token);
      if (writing === undefined) {
        writing = write(manifest, blueprintId, at).finally(() => underWay.delete(token));
        underWay.set(token, writing);
      }
      await writing;
    },
  };
}
