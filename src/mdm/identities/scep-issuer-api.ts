/** The operators' door to SCEP issuers (http-api 2.3). */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { createAjv, createInputValidator } from "#platform/http/validate-input.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import * as rules from "./scep-issuer.ts";
import type { ScepIssuer } from "./scep-issuer.ts";
import {
  issuerBackendFields,
  issuerBackendViewFields,
  readBackendFields,
  viewIssuerBackend,
} from "./issuer-backend-api.ts";
import type { IssuerDeps } from "./issuer-backend-operations.ts";
import {
  type ScepIssuerWrite,
  createScepIssuer,
  deleteScepIssuer,
  updateScepIssuer,
} from "./scep-issuer-operations.ts";
import { findScepIssuer, listScepIssuers } from "./scep-issuer-store.ts";

/** What the endpoints need: the sealer of backend settings. */
export type ScepIssuerDeps = IssuerDeps;

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: rules.scepIssuerNameCharactersMax }),
  description: Type.Optional(Type.String({ default: "" })),
  url: Type.String({ minLength: 1, maxLength: rules.scepUrlCharactersMax, format: "uri" }),
  key_size: Type.Optional(choice(rules.scepKeySizes, { default: rules.scepKeySizeDefault })),
  key_usage: Type.Optional(choice(rules.scepKeyUsages, { default: rules.scepKeyUsageDefault })),
  ...issuerBackendFields,
});

/** Of a provisioned issuer, backend and settings stay out; of any other, those of other backends. */
const View = Type.Object({
  id: Type.String({ format: "uuid" }),
  provisioning_uid: nullable(Type.String()),
  name: Type.String(),
  description: Type.String(),
  version: Type.Integer(),
  created_at: timestamp(),
  updated_at: timestamp(),
  url: Type.String(),
  key_size: Type.Integer(),
  key_usage: Type.Integer(),
  ...issuerBackendViewFields,
});

const Query = Type.Object({ name: Type.Optional(Type.String()) });

function view(deps: ScepIssuerDeps, issuer: ScepIssuer): Readonly<Record<string, unknown>> {
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
    ...viewIssuerBackend(deps, "scep_issuers", issuer),
  };
}

function writeOf(body: Static<typeof Body>): ScepIssuerWrite {
  const { name, description, key_size: keySize, key_usage: keyUsage } = body;
  return {
    input: {
      name,
      url: body.url,
      ...(description === undefined ? {} : { description }),
      ...(keySize === undefined ? {} : { keySize }),
      ...(keyUsage === undefined ? {} : { keyUsage }),
    },
    backend: readBackendFields(body),
  };
}

const validateBody = createInputValidator(createAjv(), Body);

/** Reads an issuer as the configuration file writes it: the body of a request that makes one (console-ops 3.3). */
export function readScepIssuerEntry(
  fields: unknown,
): ScepIssuerWrite | { readonly errors: Readonly<Record<string, unknown>> } {
  const input = validateBody(fields);
  // The validator held the value to this schema.
  return input.isValid ? writeOf(input.value as Static<typeof Body>) : { errors: input.errors };
}

const list = { path: "/api/mdm/scep_issuers/", view: "scep_issuers" } as const;
const one = { path: "/api/mdm/scep_issuers/:uuid/", view: "scep_issuer" } as const;
const oneAnswer = { status: 200, schema: View } as const;
const idOf = (params: { readonly uuid: string }): rules.ScepIssuerId => asUuid<"ScepIssuer">(params.uuid);

/** List, create, read, update, delete. */
export const scepIssuerEndpoints: readonly Endpoint<ScepIssuerDeps>[] = [
  readEndpoint<ScepIssuerDeps, typeof Query>({
    ...list,
    method: "GET",
    operationId: "listScepIssuers",
    access: "mdm.view_scepissuer",
    summary: "Lists SCEP issuers",
    query: Query,
    response: oneAnswer,
    list: "envelope",
    handle: async (deps, op, { query, page }) => {
      const { count, rows } = await listScepIssuers(op.tx, query, page);
      return { count, rows: rows.map((row) => view(deps, row)) };
    },
  }),
  writeEndpoint<ScepIssuerDeps, typeof Query, typeof Body>({
    ...list,
    method: "POST",
    operationId: "createScepIssuer",
    access: "mdm.add_scepissuer",
    summary: "Makes a SCEP issuer",
    body: Body,
    response: { status: 201, schema: View },
    handle: async (deps, op, { body }) => view(deps, await createScepIssuer(op, deps, writeOf(body))),
  }),
  readEndpoint<ScepIssuerDeps>({
    ...one,
    method: "GET",
    operationId: "findScepIssuer",
    access: "mdm.view_scepissuer",
    summary: "Shows a SCEP issuer",
    response: oneAnswer,
    handle: async (deps, op, { params }) => {
      const issuer = await findScepIssuer(op.tx, idOf(params));
      if (issuer === null) throw new OperationRefused(rules.scepIssuerUnknown);
      return view(deps, issuer);
    },
  }),
  writeEndpoint<ScepIssuerDeps, typeof Query, typeof Body>({
    ...one,
    method: "PUT",
    operationId: "updateScepIssuer",
    access: "mdm.change_scepissuer",
    summary: "Changes a SCEP issuer",
    body: Body,
    response: oneAnswer,
    handle: async (deps, op, { params, body }) =>
      view(deps, await updateScepIssuer(op, deps, { id: idOf(params), ...writeOf(body) })),
  }),
  writeEndpoint<ScepIssuerDeps>({
    ...one,
    method: "DELETE",
    operationId: "deleteScepIssuer",
    access: "mdm.delete_scepissuer",
    summary: "Deletes a SCEP issuer that nothing uses",
    response: { status: 204, schema: null },
    handle: async (deps, op, { params }) => deleteScepIssuer(op, deps, idOf(params)),
  }),
];
