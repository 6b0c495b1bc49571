// Whether an item (a link to a blueprint, or a version) is for a device; if not, the first reason against it.
// The walk asks it of each item; the shard of a device is a hash, so that it is the same on every server.
// Sharding is exactly the reference's (desired-state.md 2.2): fleets moved from there keep their shards.
import { createHash } from "node:crypto";
import type { ItemScope } from "#mdm/artifacts/item-scope.ts";
import { compareOsVersions, parseOsVersion } from "#protocol/mdm/os-version.ts";
import type { ScopeFailure } from "./reason.ts";
import type { ScopeFacts } from "./target-facts.ts";

export type ScopedItem = {
  /** UUID of the artifact for a link, of the version for a version: what the shard is computed from. */
  readonly key: string;
  readonly scope: ItemScope;
};

/**
 * Judges one item.
 *
 * @returns The first failure, in the order platform, OS version, excluded tags, shards; null when the item is
 *   for the device.
 */
export function judgeScope(item: ScopedItem, facts: ScopeFacts): ScopeFailure | null {
  return judgePlatform(item.scope, facts) ?? judgeTags(item.scope, facts) ?? judgeShard(item, facts);
}

/**
 * The shard of a device for an item: 0 to `modulo` - 1.
 *
 * @param key UUID, lower case.
 */
export function computeShard(key: string, serialNumber: string, modulo: number): number {
  const digest = createHash("md5").update(`${key}${serialNumber}`, "utf8").digest();
  // The digest as one big-endian number, modulo: byte by byte, because it is computed often.
  return digest.reduce((remainder, byte) => (remainder * 256 + byte) % modulo, 0);
}

/** Shards of an item that a device is in when its own shard is below; null when all are. */
export function shardNeeded(scope: ItemScope, tagIds: ReadonlySet<number>): number | null {
  if (scope.shardModulo === scope.defaultShard) return null;
  const widened = scope.tagShards.filter(({ tagId }) => tagIds.has(tagId)).map(({ shard }) => shard);
  return Math.max(scope.defaultShard, ...widened);
}

function judgePlatform(scope: ItemScope, { platform, osVersion }: ScopeFacts): ScopeFailure | null {
  const { isEnabled, minVersion, maxVersion } = scope.platforms[platform];
  if (!isEnabled) return { kind: "platform", platform };
  const version = parseOsVersion(osVersion);
  if (minVersion !== "" && compareOsVersions(version, parseOsVersion(minVersion)) < 0) {
    return { kind: "os_too_old", osVersion, minimum: minVersion };
  }
  if (maxVersion !== "" && compareOsVersions(version, parseOsVersion(maxVersion)) >= 0) {
    return { kind: "os_too_new", osVersion, maximum: maxVersion };
  }
  return null;
}

function judgeTags(scope: ItemScope, { tagIds }: ScopeFacts): ScopeFailure | null {
  // The lowest, so that the order of rows does not show.
  const excluded = scope.excludedTagIds.filter((id) => tagIds.has(id)).toSorted((a, b) => a - b);
  return excluded[0] === undefined ? null : { kind: "excluded_tag", tagId: excluded[0] };
}

function judgeShard({ key, scope }: ScopedItem, { serialNumber, tagIds }: ScopeFacts): ScopeFailure | null {
  const needed = shardNeeded(scope, tagIds);
  if (needed === null) return null;
  const modulo = scope.shardModulo;
  const shard = computeShard(key, serialNumber, modulo);
  return shard < needed ? null : { kind: "shard", shard, modulo, needed };
}
