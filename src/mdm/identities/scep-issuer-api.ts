/** The operators' door to SCEP issuers (http-api 2.3). */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { createAjv, createInputValidator } from "#platform/http/validate-input.ts";
import { choice, nullable, patternTextKeyword, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import * as rules from "./scep-issuer.ts";
import type { ScepIssuer } from "./scep-issuer.ts";
import { backendRules, digicertSeatIdMappings, externalBackends } from "./scep-issuer-backend.ts";
import {
  type IssuerDeps,
  type ScepIssuerWrite,
  createScepIssuer,
  deleteScepIssuer,
  openIssuerBackend,
  updateScepIssuer,
} from "./scep-issuer-operations.ts";
import { findScepIssuer, listScepIssuers } from "./scep-issuer-store.ts";

/** What the endpoints need: the sealer of backend settings. */
export type ScepIssuerDeps = IssuerDeps;

/** Longest member of backend settings: tokens of a few kilobytes exist. */
const settingCharactersMax = 8_192;
/** Longest wait for one answer of an issuer, and most tries, that an operator may ask for. */
const requestTimeoutSecondsMax = 300;
const retriesMax = 10;

// Which members are required is the operation's question: an object that is there but empty is not there (2.3).
const text = Type.Optional(Type.String({ minLength: 1, maxLength: settingCharactersMax }));
const url = Type.Optional(Type.String({ minLength: 1, maxLength: settingCharactersMax, format: "uri" }));
const guid = Type.Optional(
  Type.String({
    pattern: "^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$",
    [patternTextKeyword]: "Not a valid GUID",
  }),
);
const webCa = Type.Object({ url, username: text, password: text });

const kwargs = {
  digicert_kwargs: Type.Object({
    api_base_url: Type.Optional(
      Type.String({
        maxLength: settingCharactersMax,
        format: "uri",
        pattern: "^[^?#]+/api/([?#].*)?$",
        [patternTextKeyword]: "URL path must end with '/api/'",
        default: backendRules.DIGICERT.defaults["api_base_url"],
      }),
    ),
    api_token: text,
    profile_guid: guid,
    business_unit_guid: guid,
    seat_type: Type.Optional(choice(["DEVICE_SEAT", "USER_SEAT"], { default: "DEVICE_SEAT" })),
    seat_id_mapping: Type.Optional(choice(digicertSeatIdMappings, { default: "common_name" })),
    default_seat_email: Type.Optional(Type.String({ minLength: 1, maxLength: 254, format: "email" })),
  }),
  ident_kwargs: Type.Object({
    url,
    bearer_token: text,
    request_timeout: Type.Optional(
      Type.Integer({ minimum: 1, maximum: requestTimeoutSecondsMax, default: 30 }),
    ),
    max_retries: Type.Optional(Type.Integer({ minimum: 1, maximum: retriesMax, default: 3 })),
  }),
  microsoft_ca_kwargs: webCa,
  okta_ca_kwargs: webCa,
  static_challenge_kwargs: Type.Object({ challenge: text }),
} as const;

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: rules.scepIssuerNameCharactersMax }),
  description: Type.Optional(Type.String({ default: "" })),
  url: Type.String({ minLength: 1, maxLength: rules.scepUrlCharactersMax, format: "uri" }),
  key_size: Type.Optional(choice(rules.scepKeySizes, { default: rules.scepKeySizeDefault })),
  key_usage: Type.Optional(choice(rules.scepKeyUsages, { default: rules.scepKeyUsageDefault })),
  backend: choice(externalBackends),
  digicert_kwargs: Type.Optional(nullable(kwargs.digicert_kwargs)),
  ident_kwargs: Type.Optional(nullable(kwargs.ident_kwargs)),
  microsoft_ca_kwargs: Type.Optional(nullable(kwargs.microsoft_ca_kwargs)),
  okta_ca_kwargs: Type.Optional(nullable(kwargs.okta_ca_kwargs)),
  static_challenge_kwargs: Type.Optional(nullable(kwargs.static_challenge_kwargs)),
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
  backend: Type.Optional(choice(externalBackends)),
  digicert_kwargs: Type.Optional(kwargs.digicert_kwargs),
  ident_kwargs: Type.Optional(kwargs.ident_kwargs),
  microsoft_ca_kwargs: Type.Optional(kwargs.microsoft_ca_kwargs),
  okta_ca_kwargs: Type.Optional(kwargs.okta_ca_kwargs),
  static_challenge_kwargs: Type.Optional(kwargs.static_challenge_kwargs),
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
    ...viewBackend(deps, issuer),
  };
}

/** Settings are answered in clear, secrets included: clients compare them with what they want (http-api 2.3). */
function viewBackend(deps: ScepIssuerDeps, issuer: ScepIssuer): Readonly<Record<string, unknown>> {
  const opened = issuer.provisioningUid === null ? openIssuerBackend(deps, issuer) : null;
  if (opened === null) return {};
  const { backend, settings } = opened;
  return { backend, [backendRules[backend].member]: settings };
}

function writeOf(body: Static<typeof Body>): ScepIssuerWrite {
  const { name, description, key_size: keySize, key_usage: keyUsage, backend } = body;
  return {
    input: {
      name,
      url: body.url,
      ...(description === undefined ? {} : { description }),
      ...(keySize === undefined ? {} : { keySize }),
      ...(keyUsage === undefined ? {} : { keyUsage }),
    },
    backend: {
      backend,
      settingsOf: {
        DIGICERT: body.digicert_kwargs ?? null,
        IDENT: body.ident_kwargs ?? null,
        MICROSOFT_CA: body.microsoft_ca_kwargs ?? null,
        OKTA_CA: body.okta_ca_kwargs ?? null,
        STATIC_CHALLENGE: body.static_challenge_kwargs ?? null,
      },
    },
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
