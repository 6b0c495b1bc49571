/** The operators' door to SCEP issuers (http-api 2.3). */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { crudEndpoints, nameFilter, uuidKey } from "#platform/http/crud-endpoints.ts";
import type { Endpoint } from "#platform/http/endpoint.ts";
import { createAjv, createInputValidator } from "#platform/http/validate-input.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
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

function view(deps: IssuerDeps, issuer: ScepIssuer): Readonly<Record<string, unknown>> {
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

/** List, create, read, update, delete. */
export const scepIssuerEndpoints: readonly Endpoint<IssuerDeps>[] = crudEndpoints<
  IssuerDeps,
  ScepIssuer,
  Static<typeof Body>,
  rules.ScepIssuerId
>({
  names: {
    path: "/api/mdm/scep_issuers/",
    views: { list: "scep_issuers", one: "scep_issuer" },
    permission: "mdm.scepissuer",
    operations: { list: "ScepIssuers", one: "ScepIssuer" },
    words: { list: "SCEP issuers", one: "a SCEP issuer" },
  },
  key: uuidKey<"ScepIssuer">(),
  body: Body,
  answer: View,
  filters: nameFilter,
  list: listScepIssuers,
  find: async (op, id) => {
    const issuer = await findScepIssuer(op.tx, id);
    if (issuer === null) throw new OperationRefused(rules.scepIssuerUnknown);
    return issuer;
  },
  create: (op, deps, input) => createScepIssuer(op, deps, writeOf(input)),
  update: (op, deps, { id, input }) => updateScepIssuer(op, deps, { id, ...writeOf(input) }),
  remove: deleteScepIssuer,
  view,
});
