/** Reads what a blueprint asks for: one statement, however many artifacts that are, so that all of it is of one moment. */
import type { Reader } from "#platform/db/database.ts";
import { identifier, type Sql, sql } from "#platform/db/sql.ts";
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import type { BlueprintTree, TreeArtifact, TreeEnforcement } from "./blueprint-tree.ts";

type TreeRow = Pick<BlueprintTree, "id" | "name" | "revision" | "legacyProfilesViaDdm"> & {
  readonly enforcements: readonly TreeEnforcement[];
  readonly artifacts: readonly TreeArtifact[];
};

/**
 * Reads the tree of a blueprint as it is now; null when there is no such blueprint.
 *
 * @param alsoIds Artifacts that are put into it whether they are linked or not, with what they need.
 */
export async function findBlueprintTree(
  reader: Reader,
  id: number,
  alsoIds: readonly string[] = [],
): Promise<BlueprintTree | null> {
  const row = await reader.maybe<TreeRow>(sql`
    with recursive reached (artifact_id) as (
      select l.artifact_id from blueprint_artifacts l where l.blueprint_id = ${id}
      union
      select unnest(${alsoIds}::uuid[])
      union
      select n.needed_id from reached r join lateral (
        select q.requires_id as needed_id from artifact_requires q where q.artifact_id = r.artifact_id
        union
        select f.artifact_id from declaration_refs f join artifact_versions v on v.id = f.declaration_id
         where v.artifact_id = r.artifact_id) n on true
    )
    select b.id, b.name, b.revision::text as revision, b.legacy_profiles_via_ddm,
           coalesce((select json_agg(${enforcement} order by e.id)
                       from blueprint_software_update_enforcements be
                       join software_update_enforcements e on e.id = be.software_update_enforcement_id
                      where be.blueprint_id = b.id), '[]') as enforcements,
           coalesce((select json_agg(${artifact} order by l.id nulls last, a.name, a.id)
                       from reached r join artifacts a on a.id = r.artifact_id
                       left join blueprint_artifacts l on l.blueprint_id = b.id and l.artifact_id = a.id),
                    '[]') as artifacts
      from blueprints b where b.id = ${id}`);
  if (row === null) return null;
  const { artifacts, ...tree } = row;
  return { ...tree, artifacts: new Map(artifacts.map((one): [ArtifactId, TreeArtifact] => [one.id, one])) };
}

/** The revision of a blueprint; null when there is no such blueprint. */
export async function findBlueprintRevision(reader: Reader, id: number): Promise<string | null> {
  const row = await reader.maybe<{ revision: string }>(
    sql`select revision::text as revision from blueprints where id = ${id}`,
  );
  return row?.revision ?? null;
}

const platforms = [
  ["iOS", "ios"],
  ["iPadOS", "ipados"],
  ["macOS", "macos"],
  ["tvOS", "tvos"],
] as const;

function platformScope(row: Sql, prefix: string): Sql {
  const column = (suffix: string): Sql => sql`${row}.${identifier(`${prefix}${suffix}`)}`;
  return sql`json_build_object('isEnabled', ${column("")}, 'minVersion', ${column("_min_version")},
                               'maxVersion', ${column("_max_version")})`;
}

/** The scope of a version or a link, in the shape of `ItemScope`. */
function scope(alias: string, owner: "artifact_version" | "blueprint_artifact"): Sql {
  const row = identifier(alias);
  const key = identifier(`${owner}_id`);
  const [ios, ipados, macos, tvos] = platforms.map(([, prefix]) => platformScope(row, prefix));
  return sql`json_build_object(
    'platforms', json_build_object('iOS', ${ios}, 'iPadOS', ${ipados}, 'macOS', ${macos}, 'tvOS', ${tvos}),
    'shardModulo', ${row}.shard_modulo, 'defaultShard', ${row}.default_shard,
    'excludedTagIds', coalesce((select json_agg(x.tag_id order by x.tag_id)
                                  from ${identifier(`${owner}_excluded_tags`)} x where x.${key} = ${row}.id), '[]'),
    'tagShards', coalesce((select json_agg(json_build_object('tagId', x.tag_id, 'shard', x.shard) order by x.tag_id)
                             from ${identifier(`${owner}_tag_shards`)} x where x.${key} = ${row}.id), '[]'))`;
}

const artifact = sql`json_build_object(
  'id', a.id, 'name', a.name, 'type', a.type, 'channel', a.channel,
  'installDuringSetupAssistant', a.install_during_setup_assistant, 'autoUpdate', a.auto_update,
  'reinstallInterval', a.reinstall_interval, 'reinstallOnOsUpdate', a.reinstall_on_os_update,
  'requires', coalesce((
    select json_agg(n.id order by n.name, n.id) from artifact_requires q join artifacts n on n.id = q.requires_id
     where q.artifact_id = a.id), '[]'),
  'references', coalesce((
    select json_agg(n.id order by n.name, n.id) from artifacts n
     where n.id in (select f.artifact_id from declaration_refs f
                      join artifact_versions v on v.id = f.declaration_id where v.artifact_id = a.id)), '[]'),
  'versions', coalesce((
    select json_agg(json_build_object('id', v.id, 'version', v.version, 'scope', ${scope("v", "artifact_version")},
                                      'adamId', d.payload ->> 'AppStoreID')
                    order by v.version desc)
      from artifact_versions v
      left join declarations d on d.artifact_version_id = v.id and d.type = 'com.apple.configuration.app.managed'
     where v.artifact_id = a.id), '[]'),
  'link', case when l.id is not null then ${scope("l", "blueprint_artifact")} end)`;

const enforcement = sql`json_build_object(
  'id', e.id, 'name', e.name, 'platforms', to_json(e.platforms),
  'tagIds', coalesce((select json_agg(t.tag_id order by t.tag_id) from software_update_enforcement_tags t
                       where t.software_update_enforcement_id = e.id), '[]'),
  'detailsUrl', e.details_url, 'osVersion', e.os_version, 'buildVersion', e.build_version,
  'localDatetime', to_char(e.local_datetime, 'YYYY-MM-DD"T"HH24:MI:SS'),
  'maxOsVersion', e.max_os_version, 'delayDays', e.delay_days, 'localTime', to_char(e.local_time, 'HH24:MI:SS'))`;
