/** What operators do to ACME issuers (http-api 2.3). */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { takeStartTurn } from "#platform/db/start-turn.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import * as rules from "./acme-issuer.ts";
import type { AcmeIssuer, AcmeIssuerFields, AcmeIssuerId, AcmeIssuerInput } from "./acme-issuer.ts";
import { acmeIssuerChanged } from "./acme-issuer-events.ts";
import * as store from "./acme-issuer-store.ts";
import type { BackendInput } from "./issuer-backend.ts";
import {
  type IssuerDeps,
  issuerBackendColumns,
  openExistingBackend,
  readBackendOrRefuse,
} from "./issuer-backend-operations.ts";

const table = "acme_issuers";

/** What a request writes: the issuer's own members, and what it says of backends. */
export type AcmeIssuerWrite = { readonly input: AcmeIssuerInput; readonly backend: BackendInput };

/** Makes an issuer. */
export async function createAcmeIssuer(
  op: Operation,
  deps: IssuerDeps,
  {
    input,
    backend: said,
    provisioningUid = null,
  }: AcmeIssuerWrite & { readonly provisioningUid?: string | null },
): Promise<AcmeIssuer> {
  const id = asUuid<"AcmeIssuer">(randomUUID());
  const backend = readBackendOrRefuse(said);
  const fields = { ...rules.acmeIssuerDefaults, ...input };
  throwIfRefused(rules.refuseAcmeKey(fields));
  const sealed = issuerBackendColumns(deps, { table, row: id }, backend);
  const next = await store.insertAcmeIssuer(op.tx, { id, provisioningUid, ...fields, ...sealed, at: op.at });
  if ("conflict" in next) throw new OperationRefused(rules.acmeIssuerNameTaken);
  op.record(acmeIssuerChanged("created", { next: { issuer: next, backend } }));
  return next;
}

/**
 * Applies an issuer that the configuration file names. The uid is stable: a changed value changes the object, the same
 * values leave it and its version, and an entry that is gone leaves it too (console-ops 3.3).
 *
 * @throws {OperationRefused} As for an operator's.
 */
export async function provisionAcmeIssuer(
  op: Operation,
  deps: IssuerDeps,
  { uid, ...write }: AcmeIssuerWrite & { readonly uid: string },
): Promise<void> {
  await takeStartTurn(op.tx);
  const found = await store.findProvisionedAcmeIssuer(op.tx, uid);
  if (found === null) await createAcmeIssuer(op, deps, { ...write, provisioningUid: uid });
  else if (!isAsWritten(deps, found, write)) await rewriteAcmeIssuer(op, deps, { previous: found, ...write });
}

function isAsWritten(deps: IssuerDeps, found: AcmeIssuer, { input, backend }: AcmeIssuerWrite): boolean {
  const present = fieldsOf(found);
  const isSame = isDeepStrictEqual({ ...present, ...input }, present);
  return isSame && isDeepStrictEqual(openExistingBackend(deps, table, found), readBackendOrRefuse(backend));
}

/** Changes an issuer; what is omitted stays, but for the backend, which is always written whole. */
export async function updateAcmeIssuer(
  op: Operation,
  deps: IssuerDeps,
  { id, ...write }: AcmeIssuerWrite & { readonly id: AcmeIssuerId },
): Promise<AcmeIssuer> {
  const previous = await findForUpdate(op, id);
  throwIfRefused(rules.refuseAcmeIssuerUpdate(previous));
  return rewriteAcmeIssuer(op, deps, { previous, ...write });
}

async function rewriteAcmeIssuer(
  op: Operation,
  deps: IssuerDeps,
  { previous, input, backend: said }: AcmeIssuerWrite & { readonly previous: AcmeIssuer },
): Promise<AcmeIssuer> {
  const { id, provisioningUid } = previous;
  const backend = readBackendOrRefuse(said);
  const fields = { ...fieldsOf(previous), ...input };
  throwIfRefused(rules.refuseAcmeKey(fields));
  const sealed = issuerBackendColumns(deps, { table, row: id }, backend);
  const next = await store.updateAcmeIssuerRow(op.tx, {
    id,
    provisioningUid,
    ...fields,
    ...sealed,
    at: op.at,
  });
  if ("conflict" in next) throw new OperationRefused(rules.acmeIssuerNameTaken);
  op.record(
    acmeIssuerChanged("updated", {
      previous: { issuer: previous, backend: openExistingBackend(deps, table, previous) },
      next: { issuer: next, backend },
    }),
  );
  return next;
}

/** Deletes an issuer that nothing uses. */
export async function deleteAcmeIssuer(op: Operation, deps: IssuerDeps, id: AcmeIssuerId): Promise<void> {
  const previous = await findForUpdate(op, id);
  if (previous.provisioningUid !== null) throw new OperationRefused(rules.acmeIssuerNotDeletable);
  const backend = openExistingBackend(deps, table, previous);
  if ((await store.deleteAcmeIssuerRow(op.tx, id)) === "in_use") {
    throw new OperationRefused(rules.acmeIssuerNotDeletable);
  }
  op.record(acmeIssuerChanged("deleted", { previous: { issuer: previous, backend } }));
}

function fieldsOf(issuer: AcmeIssuer): AcmeIssuerFields {
  const { name, description, directoryUrl, keyType, keySize, usageFlags } = issuer;
  const { extendedKeyUsage, hardwareBound, attest } = issuer;
  return {
    name,
    description,
    directoryUrl,
    keyType,
    keySize,
    usageFlags,
    extendedKeyUsage,
    hardwareBound,
    attest,
  };
}

async function findForUpdate(op: Operation, id: AcmeIssuerId): Promise<AcmeIssuer> {
  const found = await store.findAcmeIssuerForUpdate(op.tx, id);
  if (found === null) throw new OperationRefused(rules.acmeIssuerUnknown);
  return found;
}
