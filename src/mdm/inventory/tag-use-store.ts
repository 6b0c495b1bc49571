/** Where tags decide what devices should have. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

export type TagUses = { readonly artifactIds: readonly string[]; readonly blueprintIds: readonly number[] };

/** One tag, or all of a taxonomy. */
export type WhichTags = { readonly tagId: number } | { readonly taxonomyId: number };

/** Locks tags that will be deleted, as their deletion does: whoever writes a scope that names one waits, or is waited for. */
export async function lockTags(tx: Tx, which: WhichTags): Promise<void> {
  const wanted = "tagId" in which ? sql`id = ${which.tagId}` : sql`taxonomy_id = ${which.taxonomyId}`;
  await tx.run(sql`select from tags where ${wanted} order by id for update`);
}

/** The artifacts and blueprints whose scopes name a tag, or any tag of a taxonomy: one statement. */
export function findTagUses(reader: Reader, which: WhichTags): Promise<TagUses> {
  const wanted =
    "tagId" in which
      ? sql`select ${which.tagId}::integer`
      : sql`select id from tags where taxonomy_id = ${which.taxonomyId}`;
  return reader.one(sql`
    with wanted (id) as (${wanted}),
    versions (id) as (
      select artifact_version_id from artifact_version_excluded_tags where tag_id in (select id from wanted)
      union select artifact_version_id from artifact_version_tag_shards where tag_id in (select id from wanted)),
    links (id) as (
      select blueprint_artifact_id from blueprint_artifact_excluded_tags where tag_id in (select id from wanted)
      union select blueprint_artifact_id from blueprint_artifact_tag_shards where tag_id in (select id from wanted))
    select array(select distinct artifact_id::text from artifact_versions where id in (select id from versions)
                  order by 1) as artifact_ids,
           array(select blueprint_id from blueprint_artifacts where id in (select id from links)
                 union
                 select l.blueprint_id from blueprint_software_update_enforcements l
                   join software_update_enforcement_tags t using (software_update_enforcement_id)
                  where t.tag_id in (select id from wanted)
                  order by 1) as blueprint_ids`);
}
