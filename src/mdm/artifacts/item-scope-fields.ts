/** The fields of a scope on the wire: versions and the links of blueprints have the same (http-api 2.8, 2.9). */
import { type Static, Type } from "typebox";
import { foreignId } from "#platform/http/wire-fields.ts";
import * as rules from "./item-scope.ts";
import type { ItemScope } from "./item-scope.ts";

const flag = Type.Optional(Type.Boolean({ default: false }));
const bound = Type.Optional(Type.String({ maxLength: rules.versionBoundCharactersMax, default: "" }));

/** The members of a request; those it omits are the caller's to fill, see {@link readItemScope}. */
export function itemScopeFields({ shardModuloMin }: { readonly shardModuloMin: number }) {
  return {
    ios: flag,
    ios_min_version: bound,
    ios_max_version: bound,
    ipados: flag,
    ipados_min_version: bound,
    ipados_max_version: bound,
    macos: flag,
    macos_min_version: bound,
    macos_max_version: bound,
    tvos: flag,
    tvos_min_version: bound,
    tvos_max_version: bound,
    shard_modulo: Type.Optional(
      Type.Integer({
        minimum: shardModuloMin,
        maximum: rules.shardModuloMax,
        default: rules.shardModuloDefault,
      }),
    ),
    default_shard: Type.Optional(
      Type.Integer({ minimum: 0, maximum: rules.shardModuloMax, default: rules.defaultShardDefault }),
    ),
    excluded_tags: Type.Optional(Type.Array(foreignId(), { maxItems: rules.scopeTagsMax, default: [] })),
    tag_shards: Type.Optional(
      Type.Array(
        Type.Object({ tag: foreignId(), shard: Type.Integer({ minimum: 1, maximum: rules.shardModuloMax }) }),
        { maxItems: rules.scopeTagsMax, default: [] },
      ),
    ),
  };
}

/** The members of an answer. */
export const itemScopeViewFields = {
  ios: Type.Boolean(),
  ios_min_version: Type.String(),
  ios_max_version: Type.String(),
  ipados: Type.Boolean(),
  ipados_min_version: Type.String(),
  ipados_max_version: Type.String(),
  macos: Type.Boolean(),
  macos_min_version: Type.String(),
  macos_max_version: Type.String(),
  tvos: Type.Boolean(),
  tvos_min_version: Type.String(),
  tvos_max_version: Type.String(),
  shard_modulo: Type.Integer(),
  default_shard: Type.Integer(),
  excluded_tags: Type.Array(Type.Integer()),
  tag_shards: Type.Array(Type.Object({ tag: Type.Integer(), shard: Type.Integer() })),
};

const anyFields = Type.Object(itemScopeFields({ shardModuloMin: 1 }));
export type ItemScopeBody = Static<typeof anyFields>;

const View = Type.Object(itemScopeViewFields);

/**
 * Reads a scope. What is omitted is as in `current`; tags are always replaced (http-api 1.9). Of a tag with two
 * shards, the last one counts.
 */
export function readItemScope(body: ItemScopeBody, current: ItemScope = rules.emptyItemScope): ItemScope {
  const { iOS, iPadOS, macOS, tvOS } = current.platforms;
  const shards = new Map((body.tag_shards ?? []).map(({ tag, shard }) => [tag, shard]));
  return {
    platforms: {
      iOS: readPlatform([body.ios, body.ios_min_version, body.ios_max_version], iOS),
      iPadOS: readPlatform([body.ipados, body.ipados_min_version, body.ipados_max_version], iPadOS),
      macOS: readPlatform([body.macos, body.macos_min_version, body.macos_max_version], macOS),
      tvOS: readPlatform([body.tvos, body.tvos_min_version, body.tvos_max_version], tvOS),
    },
    shardModulo: body.shard_modulo ?? current.shardModulo,
    defaultShard: body.default_shard ?? current.defaultShard,
    excludedTagIds: [...new Set(body.excluded_tags)].sort((a, b) => a - b),
    tagShards: [...shards].sort(([a], [b]) => a - b).map(([tagId, shard]) => ({ tagId, shard })),
  };
}

function readPlatform(
  [isEnabled, minVersion, maxVersion]: readonly [boolean | undefined, string | undefined, string | undefined],
  current: rules.PlatformScope,
): rules.PlatformScope {
  return {
    isEnabled: isEnabled ?? current.isEnabled,
    minVersion: minVersion ?? current.minVersion,
    maxVersion: maxVersion ?? current.maxVersion,
  };
}

/** The members of an answer, filled. */
export function viewItemScope({ platforms, ...scope }: ItemScope): Static<typeof View> {
  const { iOS, iPadOS, macOS, tvOS } = platforms;
  return {
    ios: iOS.isEnabled,
    ios_min_version: iOS.minVersion,
    ios_max_version: iOS.maxVersion,
    ipados: iPadOS.isEnabled,
    ipados_min_version: iPadOS.minVersion,
    ipados_max_version: iPadOS.maxVersion,
    macos: macOS.isEnabled,
    macos_min_version: macOS.minVersion,
    macos_max_version: macOS.maxVersion,
    tvos: tvOS.isEnabled,
    tvos_min_version: tvOS.minVersion,
    tvos_max_version: tvOS.maxVersion,
    shard_modulo: scope.shardModulo,
    default_shard: scope.defaultShard,
    excluded_tags: [...scope.excludedTagIds],
    tag_shards: scope.tagShards.map(({ tagId, shard }) => ({ tag: tagId, shard })),
  };
}
