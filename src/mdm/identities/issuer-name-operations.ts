/** Issuers by name, for the slices whose rows refer to them. */
import type { Operation } from "#platform/operation.ts";
import type { AcmeIssuerId } from "./acme-issuer.ts";
import { type NamedIssuer, findAcmeIssuerName, findScepIssuerName } from "./issuer-name-store.ts";
import type { ScepIssuerId } from "./scep-issuer.ts";

/** What references to issuers name; null for one that is not there. */
export type NamedIssuers = {
  readonly acmeIssuer: NamedIssuer<AcmeIssuerId> | null;
  readonly scepIssuer: NamedIssuer<ScepIssuerId> | null;
};

/** Finds the issuers that ids name; they cannot be deleted before the operation ends. */
export async function findNamedIssuers(
  op: Operation,
  ids: { readonly acmeIssuerId: AcmeIssuerId | null; readonly scepIssuerId: ScepIssuerId | null },
): Promise<NamedIssuers> {
  return {
    acmeIssuer: ids.acmeIssuerId && (await findAcmeIssuerName(op.tx, ids.acmeIssuerId)),
    scepIssuer: ids.scepIssuerId && (await findScepIssuerName(op.tx, ids.scepIssuerId)),
  };
}
