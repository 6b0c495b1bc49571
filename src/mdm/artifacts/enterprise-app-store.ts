/** Rows of enterprise apps, by the version they belong to. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ArtifactId, ArtifactVersionId } from "./artifact.ts";
import type { EnterpriseApp } from "./enterprise-app.ts";

export type EnterpriseAppRow = Omit<EnterpriseApp, "configuration"> & {
  readonly configurationSealed: Buffer | null;
};

export async function listEnterpriseAppRows(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<EnterpriseAppRow[]> {
  return reader.many(sql`
    select artifact_version_id as id, package_uri, package_sha256, package_size::float8 as package_size, filename,
           product_id, product_version, bundles, manifest, signature, ios_app, configuration_sealed, install_as_managed,
           remove_on_unenroll
      from enterprise_apps where artifact_version_id = any(${ids}::uuid[])`);
}

/** Writes the app of a version: its first, or over the one it has. */
export async function writeEnterpriseAppRow(tx: Tx, row: EnterpriseAppRow): Promise<void> {
  await tx.run(sql`
    insert into enterprise_apps (artifact_version_id, package_uri, package_sha256, package_size, filename, product_id,
                                 product_version, bundles, manifest, signature, ios_app, configuration_sealed,
                                 install_as_managed, remove_on_unenroll)
    values (${row.id}, ${row.packageUri}, ${row.packageSha256}, ${row.packageSize}, ${row.filename},
            ${row.productId}, ${row.productVersion}, ${JSON.stringify(row.bundles)}::jsonb,
            ${JSON.stringify(row.manifest)}::jsonb, ${row.signature && JSON.stringify(row.signature)}::jsonb, ${row.iosApp}, ${row.configurationSealed},
            ${row.installAsManaged}, ${row.removeOnUnenroll})
    on conflict (artifact_version_id) do update
       set package_uri = excluded.package_uri, package_sha256 = excluded.package_sha256,
           package_size = excluded.package_size, filename = excluded.filename, product_id = excluded.product_id,
           product_version = excluded.product_version, bundles = excluded.bundles, manifest = excluded.manifest,
           signature = excluded.signature,
           ios_app = excluded.ios_app, configuration_sealed = excluded.configuration_sealed,
           install_as_managed = excluded.install_as_managed, remove_on_unenroll = excluded.remove_on_unenroll`);
}

/** The products of all versions of an artifact. */
export async function listProductIds(reader: Reader, artifactId: ArtifactId): Promise<string[]> {
  const rows = await reader.many<{ productId: string }>(sql`
    select distinct enterprise_apps.product_id
      from enterprise_apps join artifact_versions on artifact_versions.id = enterprise_apps.artifact_version_id
     where artifact_versions.artifact_id = ${artifactId}`);
  return rows.map(({ productId }) => productId);
}
