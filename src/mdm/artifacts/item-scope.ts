/** Whom an item is for: shared by artifact versions and the links of blueprints (desired-state specification 1.9, 2.2). */
import type { Platform } from "#protocol/mdm/platform.ts";

/** One platform of a scope. Versions are as they were typed; empty for no bound. */
export type PlatformScope = {
  readonly isEnabled: boolean;
  /** Inclusive. */
  readonly minVersion: string;
  /** Exclusive. */
  readonly maxVersion: string;
};

export type TagShard = { readonly tagId: number; readonly shard: number };

export type ItemScope = {
  readonly platforms: { readonly [Name in Platform]: PlatformScope };
  readonly shardModulo: number;
  readonly defaultShard: number;
  readonly excludedTagIds: readonly number[];
  readonly tagShards: readonly TagShard[];
};

/** The platforms of a scope, in the order of the API. */
export const scopePlatforms = ["iOS", "iPadOS", "macOS", "tvOS"] as const satisfies readonly Platform[];

/** What is before the name of each column and field of one platform. */
export type PlatformPrefix = Lowercase<Platform>;

/** The prefix of a platform: `ipados` of iPadOS. */
export function platformPrefix(platform: Platform): PlatformPrefix {
  return platform.toLowerCase() as PlatformPrefix;
}

/** Versions are free text; those of Apple have fewer than ten characters. */
export const versionBoundCharactersMax = 32;
export const shardModuloMax = 100;
export const shardModuloDefault = 100;
export const defaultShardDefault = 100;
/** Tags one scope excludes, and tags it has shards for. */
export const scopeTagsMax = 1000;

/** A scope for nobody, as a request that says nothing asks for. */
export const emptyItemScope: ItemScope = {
  platforms: {
    iOS: { isEnabled: false, minVersion: "", maxVersion: "" },
    iPadOS: { isEnabled: false, minVersion: "", maxVersion: "" },
    macOS: { isEnabled: false, minVersion: "", maxVersion: "" },
    tvOS: { isEnabled: false, minVersion: "", maxVersion: "" },
  },
  shardModulo: shardModuloDefault,
  defaultShard: defaultShardDefault,
  excludedTagIds: [],
  tagShards: [],
};
