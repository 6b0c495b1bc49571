/** Names of issuers of both kinds. */
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { AcmeIssuerId } from "./acme-issuer.ts";
import type { ScepIssuerId } from "./scep-issuer.ts";

export type NamedIssuer<Id> = { readonly id: Id; readonly name: string };

/** The row stays until the transaction ends. */
export async function findAcmeIssuerName(
  tx: Tx,
  id: AcmeIssuerId,
): Promise<NamedIssuer<AcmeIssuerId> | null> {
  return tx.maybe(sql`select id, name from acme_issuers where id = ${id} for key share`);
}

/** The row stays until the transaction ends. */
export async function findScepIssuerName(
  tx: Tx,
  id: ScepIssuerId,
): Promise<NamedIssuer<ScepIssuerId> | null> {
  return tx.maybe(sql`select id, name from scep_issuers where id = ${id} for key share`);
}
