/** Whom a change of what devices should have concerns: the blueprints that reach it, and how large their fleets are. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";

/** Artifacts, and blueprints beside those that reach them. */
type Reached = { readonly artifactIds: readonly string[]; readonly blueprintIds?: readonly number[] };

/**
 * Raises the revision of the blueprints that reach artifacts, directly or through any chain of requirements and
 * references; in the order of their ids, as every writer of several.
 *
 * @returns Which those are.
 */
export function bumpBlueprintsOfArtifacts(
  tx: Tx,
  { artifactIds, blueprintIds = [] }: Reached,
  at: Date,
): Promise<number[]> {
  return bump(
    tx,
    sql`
      select l.blueprint_id from blueprint_artifacts l join reached r on r.artifact_id = l.artifact_id
      union select unnest(${blueprintIds}::integer[])`,
    { artifactIds, at },
  );
}

/** Raises the revision of blueprints. @returns Those that are there. */
export function bumpBlueprints(tx: Tx, blueprintIds: readonly number[], at: Date): Promise<number[]> {
  return bump(tx, sql`select unnest(${blueprintIds}::integer[])`, { artifactIds: [], at });
}

async function bump(
  tx: Tx,
  wanted: Sql,
  { artifactIds, at }: { readonly artifactIds: readonly string[]; readonly at: Date },
): Promise<number[]> {
  const rows = await tx.many<{ id: number }>(sql`
    with recursive reached (artifact_id) as (
      select unnest(${artifactIds}::uuid[])
      union
      select n.user_id from reached r join lateral (
        select q.artifact_id as user_id from artifact_requires q where q.requires_id = r.artifact_id
        union
        select v.artifact_id from declaration_refs f join artifact_versions v on v.id = f.declaration_id
         where f.artifact_id = r.artifact_id) n on true
    ), wanted as (
      select b.id from blueprints b where b.id in (${wanted}) order by b.id for no key update
    )
    update blueprints b set revision = b.revision + 1, updated_at = greatest(b.updated_at, ${at}::timestamptz)
      from wanted where b.id = wanted.id
    returning b.id`);
  return rows.map(({ id }) => id).sort((one, other) => one - other);
}

/** How many managed devices a blueprint has. */
export async function countBlueprintDevices(reader: Reader, blueprintId: number): Promise<number> {
  const { count } = await reader.one<{ count: number }>(sql`
    select count(*)::integer as count from devices where blueprint_id = ${blueprintId} and checkout_at is null`);
  return count;
}

/** Which of some serial numbers and devices have a blueprint at all: only those can be concerned. */
export async function listSerialNumbersWithBlueprint(
  reader: Reader,
  serialNumbers: readonly string[],
): Promise<string[]> {
  const rows = await reader.many<{ serialNumber: string }>(sql`
    select distinct serial_number from devices
     where serial_number = any(${serialNumbers}::text[]) and blueprint_id is not null and checkout_at is null
     order by serial_number`);
  return rows.map(({ serialNumber }) => serialNumber);
}
