/** Rows of ACME issuers. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";
import type { AcmeIssuer, AcmeIssuerFields, AcmeIssuerFilter, AcmeIssuerId } from "./acme-issuer.ts";

const columns = sql`id, provisioning_uid, name, description, directory_url, key_type, key_size, usage_flags,
                    extended_key_usage, hardware_bound, attest, backend, backend_settings_sealed, version,
                    created_at, updated_at`;

/** What a constraint says no to; the transaction cannot go on after it. */
export type AcmeIssuerConflict = { readonly conflict: "name" };

export async function findAcmeIssuer(reader: Reader, id: AcmeIssuerId): Promise<AcmeIssuer | null> {
  return reader.maybe<AcmeIssuer>(sql`select ${columns} from acme_issuers where id = ${id}`);
}

/** Locks the row. */
export async function findAcmeIssuerForUpdate(tx: Tx, id: AcmeIssuerId): Promise<AcmeIssuer | null> {
  return tx.maybe<AcmeIssuer>(sql`select ${columns} from acme_issuers where id = ${id} for no key update`);
}

export async function findProvisionedAcmeIssuer(
  reader: Reader,
  provisioningUid: string,
): Promise<AcmeIssuer | null> {
  return reader.maybe<AcmeIssuer>(
    sql`select ${columns} from acme_issuers where provisioning_uid = ${provisioningUid}`,
  );
}

export async function listAcmeIssuers(
  reader: Reader,
  filter: AcmeIssuerFilter,
  page: PageRequest,
): Promise<Page<AcmeIssuer>> {
  // An empty value means no filter (http-api 1.11).
  const named = filter.name ? sql`where name = ${filter.name}` : emptySql;
  const rows = await reader.many<AcmeIssuer>(
    sql`select ${columns} from acme_issuers ${named} order by name, id limit ${page.limit} offset ${page.offset}`,
  );
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from acme_issuers ${named}`,
  );
  return { count, rows };
}

/** What is written of an issuer. */
export type AcmeIssuerRow = AcmeIssuerFields &
  Pick<AcmeIssuer, "id" | "provisioningUid" | "backend" | "backendSettingsSealed"> & { readonly at: Date };

export async function insertAcmeIssuer(tx: Tx, row: AcmeIssuerRow): Promise<AcmeIssuer | AcmeIssuerConflict> {
  const inserted = await tx.maybe<AcmeIssuer>(sql`
    insert into acme_issuers (id, provisioning_uid, name, description, directory_url, key_type, key_size,
                              usage_flags, extended_key_usage, hardware_bound, attest, backend,
                              backend_settings_sealed, version, created_at, updated_at)
    values (${row.id}, ${row.provisioningUid}, ${row.name}, ${row.description}, ${row.directoryUrl},
            ${row.keyType}, ${row.keySize}, ${row.usageFlags}, ${row.extendedKeyUsage}, ${row.hardwareBound},
            ${row.attest}, ${row.backend}, ${row.backendSettingsSealed}, 1, ${row.at}, ${row.at})
    on conflict (name) do nothing
    returning ${columns}`);
  return inserted ?? { conflict: "name" };
}

/** Writes a row over; its version counts up, and where it is provisioned never changes. */
export async function updateAcmeIssuerRow(
  tx: Tx,
  row: AcmeIssuerRow,
): Promise<AcmeIssuer | AcmeIssuerConflict> {
  try {
    return await tx.one<AcmeIssuer>(sql`
      update acme_issuers
         set name = ${row.name}, description = ${row.description}, directory_url = ${row.directoryUrl},
             key_type = ${row.keyType}, key_size = ${row.keySize}, usage_flags = ${row.usageFlags},
             extended_key_usage = ${row.extendedKeyUsage}, hardware_bound = ${row.hardwareBound},
             attest = ${row.attest}, backend = ${row.backend},
             backend_settings_sealed = ${row.backendSettingsSealed}, version = version + 1,
             updated_at = ${row.at}
       where id = ${row.id}
      returning ${columns}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "acme_issuers_name_unique") return { conflict: "name" };
    throw error;
  }
}

/** Deletes the row unless something refers to it; slices above add references that this one does not know. */
export async function deleteAcmeIssuerRow(tx: Tx, id: AcmeIssuerId): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from acme_issuers where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}
