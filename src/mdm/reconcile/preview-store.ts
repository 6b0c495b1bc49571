/** What a preview asks for beside a blueprint's tree and its targets. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { LinkedArtifact } from "#mdm/blueprints/blueprint-artifact.ts";

/** Artifacts as their links are judged by, by id; those that do not exist are missing. */
export async function listLinkedArtifacts(
  reader: Reader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LinkedArtifact>> {
  const rows = await reader.many<LinkedArtifact>(
    sql`select id, name, type, platforms from artifacts where id = any(${ids}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}
