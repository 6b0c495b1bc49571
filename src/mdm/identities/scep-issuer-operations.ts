/** What operators do to SCEP issuers (http-api 2.3). */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { takeStartTurn } from "#platform/db/start-turn.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import * as rules from "./scep-issuer.ts";
import type { ScepIssuer, ScepIssuerId, ScepIssuerInput } from "./scep-issuer.ts";
import type { BackendInput } from "./issuer-backend.ts";
import {
  type IssuerDeps,
  issuerBackendColumns,
  openExistingBackend,
  openIssuerBackend,
  readBackendOrRefuse,
} from "./issuer-backend-operations.ts";
import { scepIssuerChanged } from "./scep-issuer-events.ts";
import * as store from "./scep-issuer-store.ts";

const table = "scep_issuers";

/** What a request writes: the issuer's own members, and what it says of backends. */
export type ScepIssuerWrite = { readonly input: ScepIssuerInput; readonly backend: BackendInput };

/** Makes an issuer. */
export async function createScepIssuer(
  op: Operation,
  deps: IssuerDeps,
  {
    input,
    backend: said,
    provisioningUid = null,
  }: ScepIssuerWrite & { readonly provisioningUid?: string | null },
): Promise<ScepIssuer> {
  const id = asUuid<"ScepIssuer">(randomUUID());
  const backend = readBackendOrRefuse(said);
  const created = await store.insertScepIssuer(op.tx, {
    id,
    provisioningUid,
    name: input.name,
    description: input.description ?? "",
    url: input.url,
    keySize: input.keySize ?? rules.scepKeySizeDefault,
    keyUsage: input.keyUsage ?? rules.scepKeyUsageDefault,
    ...issuerBackendColumns(deps, { table, row: id }, backend),
    at: op.at,
  });
  if ("conflict" in created) throw new OperationRefused(rules.scepIssuerNameTaken);
  op.record(scepIssuerChanged("created", { next: { issuer: created, backend } }));
  return created;
}

/**
 * Applies an issuer that the configuration file names. The uid is stable: a changed value changes the object, the same
 * values leave it and its version, and an entry that is gone leaves it too (console-ops 3.3).
 *
 * @throws {OperationRefused} As for an operator's; and for the uid of the built-in issuer.
 */
export async function provisionScepIssuer(
  op: Operation,
  deps: IssuerDeps,
  { uid, ...write }: ScepIssuerWrite & { readonly uid: string },
): Promise<void> {
  if (uid === rules.builtInProvisioningUid) throw new OperationRefused(rules.scepIssuerUidTaken);
  await takeStartTurn(op.tx);
  const found = await store.findProvisionedScepIssuer(op.tx, uid);
  if (found === null) await createScepIssuer(op, deps, { ...write, provisioningUid: uid });
  else if (!isAsWritten(deps, found, write)) await rewriteScepIssuer(op, deps, { previous: found, ...write });
}

function isAsWritten(deps: IssuerDeps, found: ScepIssuer, { input, backend }: ScepIssuerWrite): boolean {
  const { name, description, url, keySize, keyUsage } = found;
  const wanted = { description, keySize, keyUsage, ...input };
  const isSame = isDeepStrictEqual(wanted, { name, description, url, keySize, keyUsage });
  return isSame && isDeepStrictEqual(openIssuerBackend(deps, table, found), readBackendOrRefuse(backend));
}

/** Changes an issuer; what is omitted stays, but for the backend, which is always written whole. */
export async function updateScepIssuer(
  op: Operation,
  deps: IssuerDeps,
  { id, ...write }: ScepIssuerWrite & { readonly id: ScepIssuerId },
): Promise<ScepIssuer> {
  const previous = await findForUpdate(op, id);
  throwIfRefused(rules.refuseScepIssuerUpdate(previous));
  return rewriteScepIssuer(op, deps, { previous, ...write });
}

async function rewriteScepIssuer(
  op: Operation,
  deps: IssuerDeps,
  { previous, input, backend: said }: ScepIssuerWrite & { readonly previous: ScepIssuer },
): Promise<ScepIssuer> {
  const { id, provisioningUid } = previous;
  const backend = readBackendOrRefuse(said);
  const updated = await store.updateScepIssuerRow(op.tx, {
    id,
    provisioningUid,
    name: input.name,
    description: input.description ?? previous.description,
    url: input.url,
    keySize: input.keySize ?? previous.keySize,
    keyUsage: input.keyUsage ?? previous.keyUsage,
    ...issuerBackendColumns(deps, { table, row: id }, backend),
    at: op.at,
  });
  if ("conflict" in updated) throw new OperationRefused(rules.scepIssuerNameTaken);
  op.record(
    scepIssuerChanged("updated", {
      previous: { issuer: previous, backend: openExistingBackend(deps, table, previous) },
      next: { issuer: updated, backend },
    }),
  );
  return updated;
}

/** Deletes an issuer that nothing uses. */
export async function deleteScepIssuer(op: Operation, deps: IssuerDeps, id: ScepIssuerId): Promise<void> {
  const previous = await findForUpdate(op, id);
  if (previous.provisioningUid !== null) throw new OperationRefused(rules.scepIssuerNotDeletable);
  const backend = openExistingBackend(deps, table, previous);
  if ((await store.deleteScepIssuerRow(op.tx, id)) === "in_use") {
    throw new OperationRefused(rules.scepIssuerNotDeletable);
  }
  op.record(scepIssuerChanged("deleted", { previous: { issuer: previous, backend } }));
}

async function findForUpdate(op: Operation, id: ScepIssuerId): Promise<ScepIssuer> {
  const found = await store.findScepIssuerForUpdate(op.tx, id);
  if (found === null) throw new OperationRefused(rules.scepIssuerUnknown);
  return found;
}
