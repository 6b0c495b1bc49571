/** Issuers by name, for the slices whose rows refer to them. */
import type { Reader } from "#platform/db/database.ts";
import { type AcmeIssuerId } from "./acme-issuer.ts";
import { findAcmeIssuer } from "./acme-issuer-store.ts";
import type { ScepIssuerId } from "./scep-issuer.ts";
import { findScepIssuer } from "./scep-issuer-store.ts";

/** What references to issuers name; null for one that is not there. */
export type NamedIssuers = {
  readonly acmeIssuer: { readonly id: AcmeIssuerId; readonly name: string } | null;
  readonly scepIssuer: { readonly id: ScepIssuerId; readonly name: string } | null;
};

/** Finds the issuers of each kind that ids name. */
export async function findNamedIssuers(
  reader: Reader,
  ids: { readonly acmeIssuerId: AcmeIssuerId | null; readonly scepIssuerId: ScepIssuerId | null },
): Promise<NamedIssuers> {
  const acme = ids.acmeIssuerId && (await findAcmeIssuer(reader, ids.acmeIssuerId));
  const scep = ids.scepIssuerId && (await findScepIssuer(reader, ids.scepIssuerId));
  return {
    acmeIssuer: acme && { id: acme.id, name: acme.name },
    scepIssuer: scep && { id: scep.id, name: scep.name },
  };
}
