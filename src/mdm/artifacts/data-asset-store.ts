/** Rows of data assets, by the version they belong to. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ArtifactId, ArtifactVersionId } from "./artifact.ts";
import type { DataAsset } from "./data-asset.ts";

export async function listDataAssetRows(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<DataAsset[]> {
  return reader.many(sql`
    select artifact_version_id as id, type, file_sha256, file_size::float8 as file_size, filename
      from data_assets where artifact_version_id = any(${ids}::uuid[])`);
}

/** Writes the data asset of a version: its first, or over the one it has. */
export async function writeDataAssetRow(tx: Tx, row: DataAsset): Promise<void> {
  await tx.run(sql`
    insert into data_assets (artifact_version_id, type, file_sha256, file_size, filename)
    values (${row.id}, ${row.type}, ${row.fileSha256}, ${row.fileSize}, ${row.filename})
    on conflict (artifact_version_id) do update
       set type = excluded.type, file_sha256 = excluded.file_sha256, file_size = excluded.file_size,
           filename = excluded.filename`);
}

/** The digest of the highest version of an artifact but one, or null. */
export async function findLatestFileSha256(
  reader: Reader,
  artifactId: ArtifactId,
  except: ArtifactVersionId,
): Promise<string | null> {
  const row = await reader.maybe<{ fileSha256: string }>(sql`
    select data_assets.file_sha256
      from data_assets join artifact_versions on artifact_versions.id = data_assets.artifact_version_id
     where artifact_versions.artifact_id = ${artifactId} and artifact_versions.id <> ${except}
     order by artifact_versions.version desc limit 1`);
  return row?.fileSha256 ?? null;
}
