/** SCEP issuers as operators see them: a list and its members, to choose from. */
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import { type ScepIssuer, ScepIssuerFilter, ScepIssuerView } from "./scep-issuer.ts";
import { findScepIssuer, listScepIssuers } from "./scep-issuer-store.ts";

/** Nothing beyond the operation itself. */
export type ScepIssuerDeps = Readonly<Record<never, never>>;

function view(issuer: ScepIssuer): ScepIssuerView {
  return {
    id: issuer.id,
    provisioning_uid: issuer.provisioningUid,
    name: issuer.name,
    description: issuer.description,
    version: issuer.version,
    created_at: wireTime(issuer.createdAt),
    updated_at: wireTime(issuer.updatedAt),
    url: issuer.url,
    key_size: issuer.keySize,
    key_usage: issuer.keyUsage,
  };
}

const listScepIssuersEndpoint = readEndpoint<ScepIssuerDeps, typeof ScepIssuerFilter>({
  method: "GET",
  path: "/api/mdm/scep_issuers/",
  operationId: "listScepIssuers",
  view: "scep_issuers",
  access: "mdm.view_scepissuer",
  summary: "Lists SCEP issuers",
  query: ScepIssuerFilter,
  response: { status: 200, schema: ScepIssuerView },
  list: "envelope",
  handle: async (_deps, op, { query, page }) => {
    const { count, rows } = await listScepIssuers(op.tx, query, page);
    return { count, rows: rows.map(view) };
  },
});

const findScepIssuerEndpoint = readEndpoint<ScepIssuerDeps>({
  method: "GET",
  path: "/api/mdm/scep_issuers/:uuid/",
  operationId: "findScepIssuer",
  view: "scep_issuer",
  access: "mdm.view_scepissuer",
  summary: "Shows a SCEP issuer",
  response: { status: 200, schema: ScepIssuerView },
  handle: async (_deps, op, { params }) => {
    const issuer = await findScepIssuer(op.tx, asUuid(params.uuid));
    if (issuer === null) {
      throw new OperationRefused({
        kind: "not_found",
        code: "scep_issuer_unknown",
        detail: "No SCEPIssuer matches the given query.",
      });
    }
    return view(issuer);
  },
});

export const scepIssuerEndpoints: readonly Endpoint<ScepIssuerDeps>[] = [
  listScepIssuersEndpoint,
  findScepIssuerEndpoint,
];
