/** Rows of certificate assets, by the version they belong to. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { CertAssetFields } from "./cert-asset.ts";

export type CertAssetRow = CertAssetFields & { readonly id: ArtifactVersionId };

export async function listCertAssetRows(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<CertAssetRow[]> {
  return reader.many<CertAssetRow>(sql`
    select artifact_version_id as id, acme_issuer_id, scep_issuer_id, subject, subject_alt_name, accessible
      from cert_assets where artifact_version_id = any(${ids}::uuid[])`);
}

/** Writes the asset of a version: its first, or over the one it has. */
export async function writeCertAssetRow(tx: Tx, row: CertAssetRow): Promise<void> {
  await tx.run(sql`
    insert into cert_assets (artifact_version_id, acme_issuer_id, scep_issuer_id, subject, subject_alt_name,
                             accessible)
    values (${row.id}, ${row.acmeIssuerId}, ${row.scepIssuerId}, ${JSON.stringify(row.subject)},
            ${JSON.stringify(row.subjectAltName)}, ${row.accessible})
    on conflict (artifact_version_id) do update
       set acme_issuer_id = excluded.acme_issuer_id, scep_issuer_id = excluded.scep_issuer_id,
           subject = excluded.subject, subject_alt_name = excluded.subject_alt_name,
           accessible = excluded.accessible`);
}
