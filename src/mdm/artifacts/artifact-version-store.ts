/** Rows of artifact versions; each payload is a row of the table of its kind. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { emptySql, identifier, joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { Ordering, Page, PageRequest } from "#platform/page.ts";
import type { ArtifactId, ArtifactVersionId } from "./artifact.ts";
import type {
  ArtifactContent,
  ArtifactVersion,
  ArtifactVersionInput,
  SatelliteKind,
  VersionArtifact,
} from "./artifact-version.ts";
import { type ItemScopeRow, itemScopeColumns, readItemScopeRow } from "./item-scope-row.ts";

const tableOf: { readonly [Kind in SatelliteKind]: Sql } = {
  profile: sql`profiles`,
  "provisioning profile": sql`provisioning_profiles`,
  "data asset": sql`data_assets`,
  "cert asset": sql`cert_assets`,
  declaration: sql`declarations`,
  "enterprise app": sql`enterprise_apps`,
  "store app": sql`store_apps`,
};

type VersionRow = ItemScopeRow &
  Pick<ArtifactVersion, "id" | "version" | "createdAt" | "updatedAt"> & {
    readonly artifact: VersionArtifact;
  };

const versions = sql`
  select v.*,
         jsonb_build_object('id', a.id, 'name', a.name, 'type', a.type, 'channel', a.channel,
                            'platforms', a.platforms) as artifact,
         array(select tag_id from artifact_version_excluded_tags t where t.artifact_version_id = v.id
                order by tag_id) as excluded_tag_ids,
         coalesce((select jsonb_agg(jsonb_build_object('tagId', tag_id, 'shard', shard) order by tag_id)
                     from artifact_version_tag_shards t where t.artifact_version_id = v.id), '[]') as tag_shards
    from artifact_versions v join artifacts a on a.id = v.artifact_id`;

function readRow(row: VersionRow): ArtifactVersion {
  const { id, artifact, version, createdAt, updatedAt } = row;
  return { id, artifact, version, scope: readItemScopeRow(row), createdAt, updatedAt };
}

const isOfKind = (kind: SatelliteKind): Sql =>
  sql`exists (select from ${tableOf[kind]} p where p.artifact_version_id = v.id)`;

/** Of any kind. */
export async function findVersion(reader: Reader, id: ArtifactVersionId): Promise<ArtifactVersion | null> {
  const row = await reader.maybe<VersionRow>(sql`${versions} where v.id = ${id}`);
  return row && readRow(row);
}

export async function findVersionOfKind(
  reader: Reader,
  kind: SatelliteKind,
  id: ArtifactVersionId,
): Promise<ArtifactVersion | null> {
  const row = await reader.maybe<VersionRow>(sql`${versions} where v.id = ${id} and ${isOfKind(kind)}`);
  return row && readRow(row);
}

/** Locks the row; its artifacts are locked before it. */
export async function findVersionForUpdate(
  tx: Tx,
  kind: SatelliteKind,
  id: ArtifactVersionId,
): Promise<ArtifactVersion | null> {
  const row = await tx.maybe<VersionRow>(
    sql`${versions} where v.id = ${id} and ${isOfKind(kind)} for no key update of v`,
  );
  return row && readRow(row);
}

/** The orders a caller may ask for (http-api 1.11). */
export const versionOrderings = ["created_at", "updated_at"] as const;
export type VersionOrdering = Ordering<(typeof versionOrderings)[number]>;

export type VersionList = {
  /** Null for those of all artifacts. */
  readonly artifactId: ArtifactId | null;
  readonly orderings: readonly VersionOrdering[];
  readonly page: PageRequest;
};

/** One page of the versions that have a payload of the kind; the newest first unless asked otherwise. */
export async function listVersions(
  reader: Reader,
  kind: SatelliteKind,
  list: VersionList,
): Promise<Page<ArtifactVersion>> {
  const { limit, offset } = list.page;
  const ofArtifact = list.artifactId === null ? emptySql : sql`and v.artifact_id = ${list.artifactId}`;
  const asked = list.orderings.length > 0 ? list.orderings : newestFirst;
  const order = asked.map(({ column, isDescending }) =>
    isDescending ? sql`v.${identifier(column)} desc` : sql`v.${identifier(column)} asc`,
  );
  const rows = await reader.many<VersionRow>(sql`
    ${versions} where ${isOfKind(kind)} ${ofArtifact}
     order by ${joinSql([...order, sql`v.id desc`], sql`, `)} limit ${limit} offset ${offset}`);
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from artifact_versions v where ${isOfKind(kind)} ${ofArtifact}`,
  );
  return { count, rows: rows.map(readRow) };
}

const newestFirst: readonly VersionOrdering[] = [{ column: "created_at", isDescending: true }];

/** Locks artifacts in the order of their ids, so that two writers cannot wait for each other. */
export async function lockArtifactRows(tx: Tx, ids: readonly ArtifactId[]): Promise<VersionArtifact[]> {
  return tx.many<VersionArtifact>(sql`
    select id, name, type, channel, platforms from artifacts
     where id = any(${ids}) order by id for no key update`);
}

export async function isVersionTaken(
  tx: Tx,
  { artifactId, version }: Pick<ArtifactVersionInput, "artifactId" | "version">,
  exceptId: ArtifactVersionId | null,
): Promise<boolean> {
  const { taken } = await tx.one<{ taken: boolean }>(sql`
    select exists (select from artifact_versions
                    where artifact_id = ${artifactId} and version = ${version}
                      and id is distinct from ${exceptId}::uuid) as taken`);
  return taken;
}

export type VersionWrite = {
  readonly id: ArtifactVersionId;
  readonly input: ArtifactVersionInput;
  readonly at: Date;
};

export async function insertVersion(tx: Tx, { id, input, at }: VersionWrite): Promise<void> {
  const { names, values } = columnsOf(input);
  await tx.run(sql`
    insert into artifact_versions (id, ${joinSql(names, sql`, `)}, created_at, updated_at)
    values (${id}, ${joinSql(values, sql`, `)}, ${at}, ${at})`);
}

export async function updateVersionRow(tx: Tx, { id, input, at }: VersionWrite): Promise<void> {
  const { names, values } = columnsOf(input);
  await tx.run(sql`
    update artifact_versions
       set (${joinSql(names, sql`, `)}, updated_at) = (${joinSql(values, sql`, `)}, ${at})
     where id = ${id}`);
}

function columnsOf({ artifactId, version, scope }: ArtifactVersionInput): { names: Sql[]; values: Sql[] } {
  const columns = [["artifact_id", artifactId], ["version", version], ...itemScopeColumns(scope)] as const;
  return {
    names: columns.map(([name]) => identifier(name)),
    values: columns.map(([, value]) => sql`${value}`),
  };
}

/** Whether a command, of the queue or of the history, names the version. */
export async function isVersionCommanded(tx: Tx, id: ArtifactVersionId): Promise<boolean> {
  const { commanded } = await tx.one<{ commanded: boolean }>(sql`
    select exists (select from commands where artifact_version = ${id})
        or exists (select from command_history where artifact_version = ${id}) as commanded`);
  return commanded;
}

/** Deletes a version with its payload, unless a target has it. */
export async function deleteVersionRow(tx: Tx, id: ArtifactVersionId): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from artifact_versions where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}

/** Kinds that say nothing more about the type of the artifact than that they are there. */
const plainKinds = [
  "profile",
  "provisioning profile",
  "data asset",
  "cert asset",
  "enterprise app",
] as const satisfies readonly SatelliteKind[];

/** What the versions of an artifact hold. */
export async function findArtifactContent(tx: Tx, id: ArtifactId): Promise<ArtifactContent> {
  const isOfArtifact = sql`join artifact_versions v on v.id = p.artifact_version_id where v.artifact_id = ${id}`;
  const found = plainKinds.map(
    (kind) => sql`
      select ${kind}::text as kind where exists (select from ${tableOf[kind]} p ${isOfArtifact})`,
  );
  const kinds = await tx.many<{ kind: SatelliteKind }>(joinSql(found, sql` union all `));
  const types = await tx.many<{ type: string }>(
    sql`select distinct p.type from declarations p ${isOfArtifact} order by p.type`,
  );
  return { kinds: kinds.map(({ kind }) => kind), declarationTypes: types.map(({ type }) => type) };
}
