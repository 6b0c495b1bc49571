/** Which artifacts need which: edges between artifacts, as they are stored. */
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ArtifactNeed } from "./artifact-cycle.ts";
import type { ArtifactId } from "./artifact.ts";

/**
 * Makes this transaction the only one that writes artifacts, versions or what they need, until it ends. Two that each add
 * one half of a cycle would not see each other; and each holds rows that the other's foreign keys look at, which would
 * be a deadlock.
 */
export async function lockArtifactNeeds(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended('artifact_needs', 0))`);
}

/** All needs that are reached from an artifact. */
export async function listArtifactNeeds(tx: Tx, start: ArtifactId): Promise<ArtifactNeed[]> {
  return tx.many<ArtifactNeed>(sql`
    with recursive needs (source, target) as (
      select artifact_id, requires_id from artifact_requires
      union
      select v.artifact_id, r.artifact_id
        from declaration_refs r join artifact_versions v on v.id = r.declaration_id),
    reached (id) as (
      select ${start}::uuid
      union
      select n.target from reached join needs n on n.source = reached.id)
    select n.source as from, n.target as to, a.name as from_name
      from reached join needs n on n.source = reached.id join artifacts a on a.id = n.source
     order by a.name, n.source, n.target`);
}
