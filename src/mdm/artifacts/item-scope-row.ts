/** Scopes as rows: both tables that hold one have the same columns. */
import {
  type ItemScope,
  type PlatformPrefix,
  type TagShard,
  platformPrefix,
  scopePlatforms,
} from "./item-scope.ts";

/** The columns of a scope as rows come back; the tags are gathered from their tables, sorted. */
export type ItemScopeRow = { readonly [Prefix in PlatformPrefix]: boolean } & {
  readonly [Bound in `${PlatformPrefix}${"Min" | "Max"}Version`]: string;
} & {
  readonly shardModulo: number;
  readonly defaultShard: number;
  readonly excludedTagIds: readonly number[];
  readonly tagShards: readonly TagShard[];
};

/** Reads the scope of a row. */
export function readItemScopeRow(row: ItemScopeRow): ItemScope {
  return {
    platforms: {
      iOS: { isEnabled: row.ios, minVersion: row.iosMinVersion, maxVersion: row.iosMaxVersion },
      iPadOS: { isEnabled: row.ipados, minVersion: row.ipadosMinVersion, maxVersion: row.ipadosMaxVersion },
      macOS: { isEnabled: row.macos, minVersion: row.macosMinVersion, maxVersion: row.macosMaxVersion },
      tvOS: { isEnabled: row.tvos, minVersion: row.tvosMinVersion, maxVersion: row.tvosMaxVersion },
    },
    shardModulo: row.shardModulo,
    defaultShard: row.defaultShard,
    excludedTagIds: row.excludedTagIds,
    tagShards: row.tagShards,
  };
}

/** The columns of a scope with their values, tags left out: they have tables of their own. */
export function itemScopeColumns(scope: ItemScope): readonly (readonly [column: string, value: unknown])[] {
  const ofPlatforms = scopePlatforms.flatMap((platform) => {
    const { isEnabled, minVersion, maxVersion } = scope.platforms[platform];
    const prefix = platformPrefix(platform);
    return [
      [prefix, isEnabled],
      [`${prefix}_min_version`, minVersion],
      [`${prefix}_max_version`, maxVersion],
    ] as const;
  });
  return [...ofPlatforms, ["shard_modulo", scope.shardModulo], ["default_shard", scope.defaultShard]];
}
