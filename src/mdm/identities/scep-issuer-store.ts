/** Rows of SCEP issuers. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { ScepIssuer, ScepIssuerFilter, ScepIssuerId } from "./scep-issuer.ts";

const columns = sql`id, provisioning_uid, name, description, url, key_size, key_usage, backend, version,
                    created_at, updated_at`;

export async function findScepIssuer(reader: Reader, id: ScepIssuerId): Promise<ScepIssuer | null> {
  return reader.maybe<ScepIssuer>(sql`select ${columns} from scep_issuers where id = ${id}`);
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

export type NewScepIssuer = Omit<ScepIssuer, "id" | "version" | "createdAt" | "updatedAt"> & {
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
