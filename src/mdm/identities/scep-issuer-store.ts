/** Rows of SCEP issuers. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { ScepIssuer, ScepIssuerFilter, ScepIssuerId } from "./scep-issuer.ts";

const columns = sql`id, provisioning_uid, name, description, url, key_size, key_usage, backend,
                    backend_settings_sealed, version, created_at, updated_at`;

/** What a constraint says no to; the transaction cannot go on after it. */
export type ScepIssuerConflict = { readonly conflict: "name" };

export async function findScepIssuer(reader: Reader, id: ScepIssuerId): Promise<ScepIssuer | null> {
  return reader.maybe<ScepIssuer>(sql`select ${columns} from scep_issuers where id = ${id}`);
}

/** The ids of the issuers of some names, by name. */
export async function listScepIssuerIds(
  reader: Reader,
  names: readonly string[],
): Promise<ReadonlyMap<string, ScepIssuerId>> {
  const rows = await reader.many<Pick<ScepIssuer, "id" | "name">>(
    sql`select id, name from scep_issuers where name = any(${names})`,
  );
  return new Map(rows.map(({ id, name }) => [name, id]));
}

export async function findProvisionedScepIssuer(
  reader: Reader,
  provisioningUid: string,
): Promise<ScepIssuer | null> {
  return reader.maybe<ScepIssuer>(
    sql`select ${columns} from scep_issuers where provisioning_uid = ${provisioningUid}`,
  );
}

export async function listScepIssuers(
  reader: Reader,
  filter: ScepIssuerFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ count: number; rows: ScepIssuer[] }> {
  // An empty value means no filter (http-api 1.11).
  const named = filter.name ? sql`where name = ${filter.name}` : emptySql;
  const rows = await reader.many<ScepIssuer>(
    sql`select ${columns} from scep_issuers ${named} order by name, id limit ${page.limit} offset ${page.offset}`,
  );
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from scep_issuers ${named}`,
  );
  return { count, rows };
}

/** Locks the row. */
export async function findScepIssuerForUpdate(tx: Tx, id: ScepIssuerId): Promise<ScepIssuer | null> {
  return tx.maybe<ScepIssuer>(sql`select ${columns} from scep_issuers where id = ${id} for no key update`);
}

/** What is written of an issuer of another authority; where it is provisioned never changes. */
export type ScepIssuerRow = Pick<
  ScepIssuer,
  | "id"
  | "provisioningUid"
  | "name"
  | "description"
  | "url"
  | "keySize"
  | "keyUsage"
  | "backend"
  | "backendSettingsSealed"
> & { readonly at: Date };

export async function insertScepIssuer(tx: Tx, row: ScepIssuerRow): Promise<ScepIssuer | ScepIssuerConflict> {
  const inserted = await tx.maybe<ScepIssuer>(sql`
    insert into scep_issuers (id, provisioning_uid, name, description, url, key_size, key_usage, backend,
                              backend_settings_sealed, version, created_at, updated_at)
    values (${row.id}, ${row.provisioningUid}, ${row.name}, ${row.description}, ${row.url}, ${row.keySize}, ${row.keyUsage},
            ${row.backend}, ${row.backendSettingsSealed}, 1, ${row.at}, ${row.at})
    on conflict (name) do nothing
    returning ${columns}`);
  return inserted ?? { conflict: "name" };
}

/** Writes a row over; its version counts up. */
export async function updateScepIssuerRow(
  tx: Tx,
  row: ScepIssuerRow,
): Promise<ScepIssuer | ScepIssuerConflict> {
  try {
    return await tx.one<ScepIssuer>(sql`
      update scep_issuers
         set name = ${row.name}, description = ${row.description}, url = ${row.url}, key_size = ${row.keySize},
             key_usage = ${row.keyUsage}, backend = ${row.backend},
             backend_settings_sealed = ${row.backendSettingsSealed}, version = version + 1, updated_at = ${row.at}
       where id = ${row.id}
      returning ${columns}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "scep_issuers_name_unique") return { conflict: "name" };
    throw error;
  }
}

/** Deletes the row unless something refers to it; slices above add references that this one does not know. */
export async function deleteScepIssuerRow(tx: Tx, id: ScepIssuerId): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from scep_issuers where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}

export type NewScepIssuer = Omit<
  ScepIssuer,
  "id" | "version" | "createdAt" | "updatedAt" | "backendSettingsSealed"
> & {
  readonly at: Date;
};

/** Inserts a provisioned issuer unless one of its provisioning id is there. */
export async function insertProvisionedScepIssuer(tx: Tx, row: NewScepIssuer): Promise<void> {
  await tx.run(sql`
    insert into scep_issuers (id, provisioning_uid, name, description, url, key_size, key_usage, backend, version,
                              created_at, updated_at)
    values (gen_random_uuid(), ${row.provisioningUid}, ${row.name}, ${row.description}, ${row.url}, ${row.keySize},
            ${row.keyUsage}, ${row.backend}, 1, ${row.at}, ${row.at})
    on conflict (provisioning_uid) do nothing`);
}

/** Moves a provisioned issuer to a URL; nothing happens when it is there already. */
export async function updateScepIssuerUrl(
  tx: Tx,
  change: { readonly provisioningUid: string; readonly url: string; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    update scep_issuers set url = ${change.url}, version = version + 1, updated_at = ${change.at}
     where provisioning_uid = ${change.provisioningUid} and url <> ${change.url}`);
}
