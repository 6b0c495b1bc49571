/** What is done with the scope of an item, for the slices whose rows have one. */
import type { Reader, Tx } from "#platform/db/database.ts";
import type { ItemScope } from "./item-scope.ts";
import { type ScopeTags, scopeTagIds } from "./item-scope-rules.ts";
import { itemScopeColumns } from "./item-scope-row.ts";
import { type ScopeOwner, listScopeTags, replaceScopeTagRows } from "./item-scope-store.ts";

/** Finds the tags of scopes; those that do not exist are missing from the answer. */
export async function findScopeTags(reader: Reader, ...scopes: readonly ItemScope[]): Promise<ScopeTags> {
  const ids = [...new Set(scopes.flatMap(scopeTagIds))];
  if (ids.length === 0) return new Map();
  return new Map((await listScopeTags(reader, ids)).map(({ id, ...tag }) => [id, tag]));
}

/** Writes the tags of a scope over those that were there; the other columns are the owner's. */
export async function replaceScopeTags(
  tx: Tx,
  owner: { readonly kind: ScopeOwner; readonly id: string | number },
  scope: ItemScope,
): Promise<void> {
  await replaceScopeTagRows(tx, owner, scope);
}

/** A scope as audit events show it: tags by key and name (http-api 1.15). */
export function auditItemScope(scope: ItemScope, tags: ScopeTags): Readonly<Record<string, unknown>> {
  const named = (pk: number) => ({ pk, name: tags.get(pk)?.name ?? null });
  return {
    ...Object.fromEntries(itemScopeColumns(scope)),
    excluded_tags: scope.excludedTagIds.map(named),
    tag_shards: scope.tagShards.map(({ tagId, shard }) => ({ tag: named(tagId), shard })),
  };
}
