/** Rows of provisioning profiles, by the version they belong to. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { UploadedProvisioningProfile } from "./provisioning-profile.ts";

export type ProvisioningProfileRow = UploadedProvisioningProfile & { readonly id: ArtifactVersionId };

export async function listProvisioningProfileRows(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<ProvisioningProfileRow[]> {
  return reader.many<ProvisioningProfileRow>(sql`
    select artifact_version_id as id, source, name, uuid
      from provisioning_profiles where artifact_version_id = any(${ids}::uuid[])`);
}

/** Writes the profile of a version: its first, or over the one it has. */
export async function writeProvisioningProfileRow(tx: Tx, row: ProvisioningProfileRow): Promise<void> {
  await tx.run(sql`
    insert into provisioning_profiles (artifact_version_id, source, name, uuid)
    values (${row.id}, ${row.source}, ${row.name}, ${row.uuid})
    on conflict (artifact_version_id) do update
       set source = excluded.source, name = excluded.name, uuid = excluded.uuid`);
}
