/** Backends of issuers at rest: read from a request, sealed into the row of the issuer, and opened from it. */
import { OperationRefused, invariant } from "#platform/errors.ts";
import { type SealContext, type Sealer, openText, sealText } from "#platform/sealer.ts";
import { type BackendInput, type IssuerBackend, isExternalBackend, readBackend } from "./issuer-backend.ts";

export type IssuerDeps = { readonly sealer: Sealer };

/** The tables whose rows have a backend. */
export type IssuerTable = "scep_issuers" | "acme_issuers";

/** What a backend is of a row. */
export type IssuerRow = {
  readonly id: string;
  readonly backend: string;
  readonly backendSettingsSealed: Buffer | null;
};

/** Opens the backend of an issuer; null for the built-in one. */
export function openIssuerBackend(
  deps: IssuerDeps,
  table: IssuerTable,
  { id, backend, backendSettingsSealed: sealed }: IssuerRow,
): IssuerBackend | null {
  if (!isExternalBackend(backend) || sealed === null) return null;
  const settings: unknown = JSON.parse(openText(deps.sealer, sealed, sealContext(table, id)).reveal());
  // Written by `issuerBackendColumns`, bound to this very row.
  return { backend, settings } as IssuerBackend;
}

/** Opens the backend of an issuer that has one. */
export function openExistingBackend(deps: IssuerDeps, table: IssuerTable, issuer: IssuerRow): IssuerBackend {
  const backend = openIssuerBackend(deps, table, issuer);
  invariant(backend !== null, "an issuer that is not provisioned has the settings of its backend");
  return backend;
}

/** The columns of a backend, its settings sealed for the row. */
export function issuerBackendColumns(
  { sealer }: IssuerDeps,
  { table, row }: { readonly table: IssuerTable; readonly row: string },
  { backend, settings }: IssuerBackend,
): { readonly backend: string; readonly backendSettingsSealed: Buffer } {
  const sealed = sealText(sealer, JSON.stringify(settings), sealContext(table, row));
  return { backend, backendSettingsSealed: sealed };
}

/** Reads what a request says of backends; throws all that is wrong with it. */
export function readBackendOrRefuse(said: BackendInput): IssuerBackend {
  const backend = readBackend(said);
  if ("backend" in backend) return backend;
  const [first, ...further] = backend;
  invariant(first !== undefined, "a backend that is not read has a reason");
  throw new OperationRefused(first, ...further);
}

function sealContext(table: IssuerTable, row: string): SealContext {
  return { table, column: "backend_settings_sealed", row };
}
