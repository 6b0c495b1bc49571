/** Rows of the artifacts of blueprints; their tags are the scope's. */
import { type ItemScopeRow, itemScopeColumns, readItemScopeRow } from "#mdm/artifacts/item-scope-row.ts";
import type { ItemScope } from "#mdm/artifacts/item-scope.ts";
import { constraintViolation, type Reader, type Tx } from "#platform/db/database.ts";
import { identifier, joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";
import type { Named } from "./blueprint.ts";
import type { BlueprintArtifact, BlueprintArtifactId, LinkedArtifact } from "./blueprint-artifact.ts";

type LinkRow = ItemScopeRow & {
  readonly id: BlueprintArtifactId;
  readonly blueprintId: number;
  readonly blueprintName: string;
  readonly artifactId: LinkedArtifact["id"];
  readonly artifactName: string;
  readonly artifactType: LinkedArtifact["type"];
  readonly artifactPlatforms: LinkedArtifact["platforms"];
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

const linkQuery: Sql = sql`
  select l.id, l.blueprint_id, b.name as blueprint_name, l.artifact_id, a.name as artifact_name,
         a.type as artifact_type, a.platforms as artifact_platforms,
         l.ios, l.ios_min_version, l.ios_max_version, l.ipados, l.ipados_min_version, l.ipados_max_version,
         l.macos, l.macos_min_version, l.macos_max_version, l.tvos, l.tvos_min_version, l.tvos_max_version,
         l.shard_modulo, l.default_shard, l.created_at, l.updated_at,
         array(select t.tag_id from blueprint_artifact_excluded_tags t
                where t.blueprint_artifact_id = l.id order by t.tag_id) as excluded_tag_ids,
         coalesce((select jsonb_agg(jsonb_build_object('tagId', t.tag_id, 'shard', t.shard) order by t.tag_id)
                     from blueprint_artifact_tag_shards t
                    where t.blueprint_artifact_id = l.id), '[]') as tag_shards
    from blueprint_artifacts l
    join blueprints b on b.id = l.blueprint_id
    join artifacts a on a.id = l.artifact_id`;

function linkOf(row: LinkRow): BlueprintArtifact {
  return {
    id: row.id,
    blueprint: { pk: row.blueprintId, name: row.blueprintName },
    artifact: {
      id: row.artifactId,
      name: row.artifactName,
      type: row.artifactType,
      platforms: row.artifactPlatforms,
    },
    scope: readItemScopeRow(row),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

export async function findBlueprintArtifact(reader: Reader, id: number): Promise<BlueprintArtifact | null> {
  const row = await reader.maybe<LinkRow>(sql`${linkQuery} where l.id = ${id}`);
  return row === null ? null : linkOf(row);
}

/** Locks the row. */
export async function findBlueprintArtifactForUpdate(tx: Tx, id: number): Promise<BlueprintArtifact | null> {
  const row = await tx.maybe<LinkRow>(sql`${linkQuery} where l.id = ${id} for no key update of l`);
  return row === null ? null : linkOf(row);
}

export async function listBlueprintArtifacts(
  reader: Reader,
  filter: { readonly blueprint?: number; readonly artifact?: string },
  page: PageRequest,
): Promise<Page<BlueprintArtifact>> {
  const { blueprint = null, artifact = null } = filter;
  const chosen = sql`
    where (${blueprint}::integer is null or l.blueprint_id = ${blueprint})
      and (${artifact}::uuid is null or l.artifact_id = ${artifact})`;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from blueprint_artifacts l ${chosen}`,
  );
  const rows = await reader.many<LinkRow>(
    sql`${linkQuery} ${chosen} order by l.id limit ${page.limit} offset ${page.offset}`,
  );
  return { count, rows: rows.map(linkOf) };
}

/** An artifact that stays as it is until the end of the transaction; null when there is none. */
export function holdArtifact(tx: Tx, id: string): Promise<LinkedArtifact | null> {
  return tx.maybe(sql`select id, name, type, platforms from artifacts where id = ${id} for share`);
}

/** The key of the link of a pair, when there is one. */
export async function findLinkOfPair(
  reader: Reader,
  pair: { readonly blueprintId: number; readonly artifactId: string },
): Promise<BlueprintArtifactId | null> {
  const row = await reader.maybe<{ id: BlueprintArtifactId }>(sql`
    select id from blueprint_artifacts
     where blueprint_id = ${pair.blueprintId} and artifact_id = ${pair.artifactId}`);
  return row?.id ?? null;
}

export type BlueprintArtifactRow = {
  readonly blueprint: Named;
  readonly artifact: LinkedArtifact;
  readonly scope: ItemScope;
  readonly at: Date;
};

/** Null when another one linked the pair in the meantime. */
export async function insertBlueprintArtifact(
  tx: Tx,
  row: BlueprintArtifactRow,
): Promise<BlueprintArtifactId | null> {
  const scope = itemScopeColumns(row.scope);
  const names = joinSql(
    scope.map(([column]) => identifier(column)),
    sql`, `,
  );
  const values = joinSql(
    scope.map(([, value]) => sql`${value}`),
    sql`, `,
  );
  const inserted = await tx.maybe<{ id: BlueprintArtifactId }>(sql`
    insert into blueprint_artifacts (blueprint_id, artifact_id, ${names}, created_at, updated_at)
    values (${row.blueprint.pk}, ${row.artifact.id}, ${values}, ${row.at}, ${row.at})
    on conflict (blueprint_id, artifact_id) do nothing
    returning id`);
  return inserted?.id ?? null;
}

/** False when another one linked the pair in the meantime; the transaction cannot go on after it. */
export async function updateBlueprintArtifactRow(
  tx: Tx,
  id: BlueprintArtifactId,
  row: BlueprintArtifactRow,
): Promise<boolean> {
  const scope = itemScopeColumns(row.scope).map(([column, value]) => sql`${identifier(column)} = ${value}`);
  try {
    await tx.run(sql`
      update blueprint_artifacts
         set blueprint_id = ${row.blueprint.pk}, artifact_id = ${row.artifact.id}, ${joinSql(scope, sql`, `)},
             updated_at = ${row.at}
       where id = ${id}`);
    return true;
  } catch (error) {
    if (constraintViolation(error)?.constraint === "blueprint_artifacts_unique") return false;
    throw error;
  }
}

export async function deleteBlueprintArtifactRow(tx: Tx, id: BlueprintArtifactId): Promise<void> {
  await tx.run(sql`delete from blueprint_artifacts where id = ${id}`);
}
