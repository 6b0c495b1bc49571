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
