/** The tags of scopes, of versions and of the links of blueprints alike. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { identifier, sql } from "#platform/db/sql.ts";
import type { ItemScope } from "./item-scope.ts";

/** What has a scope; the names of the tables and columns follow from it. */
export type ScopeOwner = "artifact_version" | "blueprint_artifact";

/** Writes the tags of a scope over those that were there. */
export async function replaceScopeTagRows(
  tx: Tx,
  owner: { readonly kind: ScopeOwner; readonly id: string | number },
  { excludedTagIds, tagShards }: Pick<ItemScope, "excludedTagIds" | "tagShards">,
): Promise<void> {
  const key = identifier(`${owner.kind}_id`);
  const owners = identifier(`${owner.kind}s`);
  const excluded = identifier(`${owner.kind}_excluded_tags`);
  const sharded = identifier(`${owner.kind}_tag_shards`);
  await tx.run(sql`delete from ${excluded} where ${key} = ${owner.id}`);
  await tx.run(sql`delete from ${sharded} where ${key} = ${owner.id}`);
  await tx.run(sql`
    insert into ${excluded} (${key}, tag_id)
    select o.id, t from ${owners} o, unnest(${excludedTagIds}::integer[]) t where o.id = ${owner.id}`);
  await tx.run(sql`
    insert into ${sharded} (${key}, tag_id, shard)
    select o.id, t, s from ${owners} o, unnest(${tagShards.map(({ tagId }) => tagId)}::integer[],
                                              ${tagShards.map(({ shard }) => shard)}::integer[]) u (t, s)
     where o.id = ${owner.id}`);
}

/** What tags are called. */
export async function listScopeTags(
  reader: Reader,
  ids: readonly number[],
): Promise<{ id: number; name: string; display: string }[]> {
  // A taxonomy of a unit is shown with the unit; so is a tag without taxonomy (http-api 2.8).
  return reader.many(sql`
    select t.id, t.name,
           case when x.id is not null then coalesce(xu.name || '/', '') || x.name || ': ' || t.name
                else coalesce(u.name || '/', '') || t.name end as display
      from tags t
      left join taxonomies x on x.id = t.taxonomy_id
      left join meta_business_units xu on xu.id = x.meta_business_unit_id
      left join meta_business_units u on u.id = t.meta_business_unit_id
     where t.id = any(${ids}) order by t.id for key share of t`);
}
