/** Whom an artifact is for, as the API writes it: of the link of a blueprint and of every version. */
import type { RowOf } from "../resources/resource.ts";
import { fieldPrefix, type Platform, platforms } from "../resources/platforms.ts";
import { scopeTexts as words } from "../texts/scopes.ts";

export type BlueprintArtifact = RowOf<"/api/mdm/blueprint_artifacts/">;

export type Scope = Pick<
  BlueprintArtifact,
  | "ios"
  | "ios_min_version"
  | "ios_max_version"
  | "ipados"
  | "ipados_min_version"
  | "ipados_max_version"
  | "macos"
  | "macos_min_version"
  | "macos_max_version"
  | "tvos"
  | "tvos_min_version"
  | "tvos_max_version"
  | "shard_modulo"
  | "default_shard"
> & {
  readonly excluded_tags: readonly number[];
  readonly tag_shards: readonly TagShard[];
};

export type TagShard = { readonly tag: number; readonly shard: number };

/** Everybody on these platforms. */
export function scopeOf(enabled: readonly Platform[]): Scope {
  return {
    ios: enabled.includes("iOS"),
    ios_min_version: "",
    ios_max_version: "",
    ipados: enabled.includes("iPadOS"),
    ipados_min_version: "",
    ipados_max_version: "",
    macos: enabled.includes("macOS"),
    macos_min_version: "",
    macos_max_version: "",
    tvos: enabled.includes("tvOS"),
    tvos_min_version: "",
    tvos_max_version: "",
    shard_modulo: 100,
    default_shard: 100,
    excluded_tags: [],
    tag_shards: [],
  };
}

/** The members of a scope alone: what else a row has is left out. */
export function pickScope(row: Scope): Scope {
  const names = Object.keys(scopeOf([])) as (keyof Scope)[];
  return Object.fromEntries(names.map((name) => [name, row[name]])) as Scope;
}

export type PlatformScope = { readonly isEnabled: boolean; readonly from: string; readonly below: string };

/** What a scope says of one platform. */
export function platformScope(scope: Scope, platform: Platform): PlatformScope {
  const prefix = fieldPrefix(platform);
  return {
    isEnabled: scope[prefix],
    from: scope[`${prefix}_min_version`],
    below: scope[`${prefix}_max_version`],
  };
}

/** A scope that says something else of one platform. */
export function withPlatform(scope: Scope, platform: Platform, said: Partial<PlatformScope>): Scope {
  const prefix = fieldPrefix(platform);
  const { isEnabled, from, below } = { ...platformScope(scope, platform), ...said };
  return {
    ...scope,
    [prefix]: isEnabled,
    // A bound of a platform that is off is refused.
    [`${prefix}_min_version`]: isEnabled ? from : "",
    [`${prefix}_max_version`]: isEnabled ? below : "",
  };
}

/** How much of the devices a shard is, in percent. */
export function percentOf(shard: number, modulo: number): number {
  return Math.round((shard / modulo) * 100);
}

/** The shard of a percentage, as near as the modulo allows. */
export function shardOf(percent: number, modulo: number): number {
  return Math.round((percent / 100) * modulo);
}

/** A scope in a few plain phrases. */
export function scopePhrases(scope: Scope, tagName: (id: number) => string): readonly string[] {
  const where = platforms
    .map((platform) => ({ platform, ...platformScope(scope, platform) }))
    .filter(({ isEnabled }) => isEnabled)
    .map(({ platform, from, below }) => words.platform(platform, from, below));
  const share = percentOf(scope.default_shard, scope.shard_modulo);
  const shares = scope.tag_shards.map(({ tag, shard }) =>
    words.tagShare(tagName(tag), percentOf(shard, scope.shard_modulo)),
  );
  return [
    where.length === 0 ? words.nobody : where.join(", "),
    ...(share === 100 ? [] : [words.share(share)]),
    ...shares,
    ...(scope.excluded_tags.length === 0 ? [] : [words.without(scope.excluded_tags.map(tagName).join(", "))]),
  ];
}
