/** Rows of profiles, by the version they belong to. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { ProfileFacts } from "./profile.ts";

export type ProfileRow = ProfileFacts & {
  readonly id: ArtifactVersionId;
  readonly sourceSealed: Buffer;
};

export async function listProfileRows(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<ProfileRow[]> {
  return reader.many<ProfileRow>(sql`
    select artifact_version_id as id, source_sealed, source_sha1, filename, payload_identifier, payload_uuid,
           payload_display_name, payload_description
      from profiles where artifact_version_id = any(${ids}::uuid[])`);
}

/** Writes the profile of a version: its first, or over the one it has. */
export async function writeProfileRow(tx: Tx, row: ProfileRow): Promise<void> {
  await tx.run(sql`
    insert into profiles (artifact_version_id, source_sealed, source_sha1, filename, payload_identifier,
                          payload_uuid, payload_display_name, payload_description)
    values (${row.id}, ${row.sourceSealed}, ${row.sourceSha1}, ${row.filename}, ${row.payloadIdentifier},
            ${row.payloadUuid}, ${row.payloadDisplayName}, ${row.payloadDescription})
    on conflict (artifact_version_id) do update
       set source_sealed = excluded.source_sealed, source_sha1 = excluded.source_sha1, filename = excluded.filename,
           payload_identifier = excluded.payload_identifier, payload_uuid = excluded.payload_uuid,
           payload_display_name = excluded.payload_display_name,
           payload_description = excluded.payload_description`);
}
