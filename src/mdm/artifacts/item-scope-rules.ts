/** What a scope must be (http-api 2.8): at least one platform, shards within the modulo, no tag both ways. */
import type { Refusal } from "#platform/errors.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import { unknownPkText } from "#platform/http/wire-fields.ts";
import { type ItemScope, platformPrefix, scopePlatforms } from "./item-scope.ts";

/** How the tags of a scope are shown to people, by id; tags that do not exist are missing. */
export type ScopeTags = ReadonlyMap<number, { readonly name: string; readonly display: string }>;

/** All tags a scope names. */
export function scopeTagIds(scope: ItemScope): number[] {
  return [...new Set([...scope.excludedTagIds, ...scope.tagShards.map(({ tagId }) => tagId)])];
}

/** Refuses tags that do not exist, each where it is named. */
export function refuseUnknownTags(scope: ItemScope, tags: ScopeTags): Refusal[] {
  const excluded = scope.excludedTagIds.filter((id) => !tags.has(id));
  const sharded = scope.tagShards.filter(({ tagId }) => !tags.has(tagId));
  return [
    ...excluded.map((id) => unknownTag("excluded_tags", id)),
    ...sharded.map(({ tagId }) => unknownTag("tag_shards", tagId)),
  ];
}

function unknownTag(field: string, id: number): Refusal {
  return { kind: "invalid", code: "unknown_pk", field, detail: unknownPkText(id) };
}

/**
 * Refuses what does not fit together: platforms first, then the default shard, then tags. What is wrong with a later
 * step is not told before the earlier ones are right, as in the reference.
 *
 * @param allowed The platforms of the artifact.
 * @param tags Every tag of the scope; see {@link refuseUnknownTags}.
 */
export function refuseScope(scope: ItemScope, allowed: readonly Platform[], tags: ScopeTags): Refusal[] {
  const steps = [refusePlatforms(scope, allowed), refuseDefaultShard(scope), refuseTags(scope, tags)];
  return steps.find((refusals) => refusals.length > 0) ?? [];
}

function refusePlatforms({ platforms }: ItemScope, allowed: readonly Platform[]): Refusal[] {
  const enabled = scopePlatforms.filter((platform) => platforms[platform].isEnabled);
  if (enabled.length === 0)
    return [invalid("non_field_errors", "You need to activate at least one platform")];
  const foreign = enabled.filter((platform) => !allowed.includes(platform));
  return foreign.map((platform) =>
    invalid(platformPrefix(platform), "Platform not available for this artifact"),
  );
}

function refuseDefaultShard({ defaultShard, shardModulo }: ItemScope): Refusal[] {
  if (defaultShard <= shardModulo) return [];
  return [invalid("default_shard", "Must be less than or equal to the shard modulo")];
}

function refuseTags({ excludedTagIds, tagShards, shardModulo }: ItemScope, tags: ScopeTags): Refusal[] {
  const excluded = new Set(excludedTagIds);
  const display = (id: number): string => tags.get(id)?.display ?? String(id);
  return tagShards.flatMap(({ tagId, shard }) => [
    ...(shard > shardModulo ? [invalid("tag_shards", `Shard for tag ${display(tagId)} > shard modulo`)] : []),
    ...(excluded.has(tagId)
      ? [invalid("excluded_tags", `Tag ${display(tagId)} also present in the tag shards`)]
      : []),
  ]);
}

function invalid(field: string, detail: string): Refusal {
  return { kind: "invalid", code: "item_scope_invalid", field, detail };
}
