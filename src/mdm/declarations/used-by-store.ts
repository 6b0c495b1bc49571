/** Reads what refers to an artifact or a package. */
import type { ArtifactType } from "#mdm/artifacts/artifact.ts";
import type { Reader } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";

export type UserRelation = "reference" | "requirement";

export type UsingArtifact = {
  readonly id: string;
  readonly name: string;
  readonly type: ArtifactType;
  readonly relation: UserRelation;
  /** Those that refer to it; empty for a requirement, which is the artifact's own. */
  readonly versions: readonly number[];
};

/** Artifacts whose declarations name an artifact, and those that require it; null for none of that id. */
export async function listArtifactUsers(
  reader: Reader,
  id: string,
  page: PageRequest,
): Promise<Page<UsingArtifact> | null> {
  const exists = await reader.maybe(sql`select 1 as found from artifacts where id = ${id}`);
  if (exists === null) return null;
  return listUsers(
    reader,
    page,
    sql`
    select v.artifact_id, 'reference' as relation, array_agg(distinct v.version) as versions
      from declaration_refs r join artifact_versions v on v.id = r.declaration_id
     where r.artifact_id = ${id} group by 1
    union all
    select artifact_id, 'requirement', '{}'::integer[] from artifact_requires where requires_id = ${id}`,
  );
}

/** Artifacts whose declarations name a package; null for no such package. */
export async function listPackageUsers(
  reader: Reader,
  id: string,
  page: PageRequest,
): Promise<Page<UsingArtifact> | null> {
  const exists = await reader.maybe(sql`select 1 as found from packages where id = ${id}`);
  if (exists === null) return null;
  return listUsers(
    reader,
    page,
    sql`
    select v.artifact_id, 'reference' as relation, array_agg(distinct v.version) as versions
      from package_refs r join artifact_versions v on v.id = r.declaration_id
     where r.package_id = ${id} group by 1`,
  );
}

async function listUsers(reader: Reader, page: PageRequest, users: Sql): Promise<Page<UsingArtifact>> {
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from (${users}) u`,
  );
  const rows = await reader.many<UsingArtifact>(sql`
    select a.id, a.name, a.type, u.relation, u.versions
      from (${users}) u join artifacts a on a.id = u.artifact_id
     order by a.name, a.id, u.relation limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}
