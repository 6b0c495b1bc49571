/** The operators' door to ACME issuers (http-api 2.3). */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { crudEndpoints, nameFilter, uuidKey } from "#platform/http/crud-endpoints.ts";
import type { Endpoint } from "#platform/http/endpoint.ts";
import { createAjv, createInputValidator } from "#platform/http/validate-input.ts";
import { choice, integerMax, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import * as rules from "./acme-issuer.ts";
import type { AcmeIssuer } from "./acme-issuer.ts";
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

/** List, create, read, update, delete. */
export const acmeIssuerEndpoints: readonly Endpoint<IssuerDeps>[] = crudEndpoints<
  IssuerDeps,
  AcmeIssuer,
  Static<typeof Body>,
  rules.AcmeIssuerId
>({
  names: {
    path: "/api/mdm/acme_issuers/",
    views: { list: "acme_issuers", one: "acme_issuer" },
    permission: "mdm.acmeissuer",
    operations: { list: "AcmeIssuers", one: "AcmeIssuer" },
    words: { list: "ACME issuers", one: "an ACME issuer" },
  },
  key: uuidKey<"AcmeIssuer">(),
  body: Body,
  answer: View,
  filters: nameFilter,
  list: listAcmeIssuers,
  find: async (op, id) => {
    const issuer = await findAcmeIssuer(op.tx, id);
    if (issuer === null) throw new OperationRefused(rules.acmeIssuerUnknown);
    return issuer;
  },
  create: (op, deps, input) => createAcmeIssuer(op, deps, writeOf(input)),
  update: (op, deps, { id, input }) => updateAcmeIssuer(op, deps, { id, ...writeOf(input) }),
  remove: deleteAcmeIssuer,
  view,
});
