/** The operators' door to ACME issuers (http-api 2.3). */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { createAjv, createInputValidator } from "#platform/http/validate-input.ts";
import { choice, integerMax, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import * as rules from "./acme-issuer.ts";
import type { AcmeIssuer, AcmeIssuerId } from "./acme-issuer.ts";
import {
  type AcmeIssuerWrite,
  createAcmeIssuer,
  deleteAcmeIssuer,
  updateAcmeIssuer,
} from "./acme-issuer-operations.ts";
import { findAcmeIssuer, listAcmeIssuers } from "./acme-issuer-store.ts";
import {
  issuerBackendFields,
  issuerBackendViewFields,
  readBackendFields,
  viewIssuerBackend,
} from "./issuer-backend-api.ts";
import type { IssuerDeps } from "./issuer-backend-operations.ts";

const defaults = rules.acmeIssuerDefaults;

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: rules.acmeIssuerNameCharactersMax }),
  description: Type.Optional(Type.String({ default: defaults.description })),
  directory_url: Type.String({
    minLength: 1,
    maxLength: rules.acmeDirectoryUrlCharactersMax,
    format: "uri",
  }),
  key_type: choice(rules.acmeKeyTypes),
  key_size: Type.Integer({ minimum: 0, maximum: integerMax }),
  usage_flags: Type.Optional(choice(rules.acmeUsageFlags, { default: defaults.usageFlags })),
  extended_key_usage: Type.Optional(
    Type.Array(
      Type.String({
        minLength: rules.extendedKeyUsageCharactersMin,
        maxLength: rules.extendedKeyUsageCharactersMax,
      }),
      { maxItems: rules.extendedKeyUsagesMax, default: [] },
    ),
  ),
  hardware_bound: Type.Optional(Type.Boolean({ default: defaults.hardwareBound })),
  attest: Type.Optional(Type.Boolean({ default: defaults.attest })),
  ...issuerBackendFields,
});

const View = Type.Object({
  id: Type.String({ format: "uuid" }),
  provisioning_uid: nullable(Type.String()),
  name: Type.String(),
  description: Type.String(),
  version: Type.Integer(),
  created_at: timestamp(),
  updated_at: timestamp(),
  directory_url: Type.String(),
  key_type: choice(rules.acmeKeyTypes),
  key_size: Type.Integer(),
  usage_flags: Type.Integer(),
  extended_key_usage: Type.Array(Type.String()),
  hardware_bound: Type.Boolean(),
  attest: Type.Boolean(),
  ...issuerBackendViewFields,
});

const Query = Type.Object({ name: Type.Optional(Type.String()) });

function view(deps: IssuerDeps, issuer: AcmeIssuer): Readonly<Record<string, unknown>> {
  return {
    id: issuer.id,
    provisioning_uid: issuer.provisioningUid,
    name: issuer.name,
    description: issuer.description,
    version: issuer.version,
    created_at: wireTime(issuer.createdAt),
    updated_at: wireTime(issuer.updatedAt),
    directory_url: issuer.directoryUrl,
    key_type: issuer.keyType,
    key_size: issuer.keySize,
    usage_flags: issuer.usageFlags,
    extended_key_usage: issuer.extendedKeyUsage,
    hardware_bound: issuer.hardwareBound,
    attest: issuer.attest,
    ...viewIssuerBackend(deps, "acme_issuers", issuer),
  };
}

function writeOf(body: Static<typeof Body>): AcmeIssuerWrite {
  const { description, usage_flags: usageFlags, extended_key_usage: extendedKeyUsage } = body;
  const { hardware_bound: hardwareBound, attest } = body;
  return {
    input: {
      name: body.name,
      directoryUrl: body.directory_url,
      keyType: body.key_type,
      keySize: body.key_size,
      ...(description === undefined ? {} : { description }),
      ...(usageFlags === undefined ? {} : { usageFlags }),
      ...(extendedKeyUsage === undefined ? {} : { extendedKeyUsage }),
      ...(hardwareBound === undefined ? {} : { hardwareBound }),
      ...(attest === undefined ? {} : { attest }),
    },
    backend: readBackendFields(body),
  };
}

const validateBody = createInputValidator(createAjv(), Body);

/** Reads an issuer as the configuration file writes it: the body of a request that makes one (console-ops 3.3). */
export function readAcmeIssuerEntry(
  fields: unknown,
): AcmeIssuerWrite | { readonly errors: Readonly<Record<string, unknown>> } {
  const input = validateBody(fields);
  // The validator held the value to this schema.
  return input.isValid ? writeOf(input.value as Static<typeof Body>) : { errors: input.errors };
}

const list = { path: "/api/mdm/acme_issuers/", view: "acme_issuers" } as const;
const one = { path: "/api/mdm/acme_issuers/:uuid/", view: "acme_issuer" } as const;
const oneAnswer = { status: 200, schema: View } as const;
const idOf = (params: { readonly uuid: string }): AcmeIssuerId => asUuid<"AcmeIssuer">(params.uuid);

/** List, create, read, update, delete. */
export const acmeIssuerEndpoints: readonly Endpoint<IssuerDeps>[] = [
  readEndpoint<IssuerDeps, typeof Query>({
    ...list,
    method: "GET",
    operationId: "listAcmeIssuers",
    access: "mdm.view_acmeissuer",
    summary: "Lists ACME issuers",
    query: Query,
    response: oneAnswer,
    list: "envelope",
    handle: async (deps, op, { query, page }) => {
      const { count, rows } = await listAcmeIssuers(op.tx, query, page);
      return { count, rows: rows.map((row) => view(deps, row)) };
    },
  }),
  writeEndpoint<IssuerDeps, typeof Query, typeof Body>({
    ...list,
    method: "POST",
    operationId: "createAcmeIssuer",
    access: "mdm.add_acmeissuer",
    summary: "Makes an ACME issuer",
    body: Body,
    response: { status: 201, schema: View },
    handle: async (deps, op, { body }) => view(deps, await createAcmeIssuer(op, deps, writeOf(body))),
  }),
  readEndpoint<IssuerDeps>({
    ...one,
    method: "GET",
    operationId: "findAcmeIssuer",
    access: "mdm.view_acmeissuer",
    summary: "Shows an ACME issuer",
    response: oneAnswer,
    handle: async (deps, op, { params }) => {
      const issuer = await findAcmeIssuer(op.tx, idOf(params));
      if (issuer === null) throw new OperationRefused(rules.acmeIssuerUnknown);
      return view(deps, issuer);
    },
  }),
  writeEndpoint<IssuerDeps, typeof Query, typeof Body>({
    ...one,
    method: "PUT",
    operationId: "updateAcmeIssuer",
    access: "mdm.change_acmeissuer",
    summary: "Changes an ACME issuer",
    body: Body,
    response: oneAnswer,
    handle: async (deps, op, { params, body }) =>
      view(deps, await updateAcmeIssuer(op, deps, { id: idOf(params), ...writeOf(body) })),
  }),
  writeEndpoint<IssuerDeps>({
    ...one,
    method: "DELETE",
    operationId: "deleteAcmeIssuer",
    access: "mdm.delete_acmeissuer",
    summary: "Deletes an ACME issuer that nothing uses",
    response: { status: 204, schema: null },
    handle: async (deps, op, { params }) => deleteAcmeIssuer(op, deps, idOf(params)),
  }),
];
