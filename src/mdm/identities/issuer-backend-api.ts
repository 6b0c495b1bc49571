/** The members of a backend on the wire: SCEP and ACME issuers have the same (http-api 2.3). */
import { type Static, Type } from "typebox";
import { choice, nullable, patternTextKeyword } from "#platform/http/wire-fields.ts";
import {
  type BackendInput,
  backendRules,
  digicertSeatIdMappings,
  externalBackends,
} from "./issuer-backend.ts";
import {
  type IssuerDeps,
  type IssuerRow,
  type IssuerTable,
  openIssuerBackend,
} from "./issuer-backend-operations.ts";

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

/** Members of a request: the one of the backend is needed, which is the operation's question. */
export const issuerBackendFields = {
  backend: choice(externalBackends),
  digicert_kwargs: Type.Optional(nullable(kwargs.digicert_kwargs)),
  ident_kwargs: Type.Optional(nullable(kwargs.ident_kwargs)),
  microsoft_ca_kwargs: Type.Optional(nullable(kwargs.microsoft_ca_kwargs)),
  okta_ca_kwargs: Type.Optional(nullable(kwargs.okta_ca_kwargs)),
  static_challenge_kwargs: Type.Optional(nullable(kwargs.static_challenge_kwargs)),
};

/** Members of an answer. Of a provisioned issuer they all stay out; of any other, those of other backends. */
export const issuerBackendViewFields = {
  backend: Type.Optional(choice(externalBackends)),
  digicert_kwargs: Type.Optional(kwargs.digicert_kwargs),
  ident_kwargs: Type.Optional(kwargs.ident_kwargs),
  microsoft_ca_kwargs: Type.Optional(kwargs.microsoft_ca_kwargs),
  okta_ca_kwargs: Type.Optional(kwargs.okta_ca_kwargs),
  static_challenge_kwargs: Type.Optional(kwargs.static_challenge_kwargs),
};

const Fields = Type.Object(issuerBackendFields);

/** Reads the members of a request. */
export function readBackendFields(body: Static<typeof Fields>): BackendInput {
  return {
    backend: body.backend,
    settingsOf: {
      DIGICERT: body.digicert_kwargs ?? null,
      IDENT: body.ident_kwargs ?? null,
      MICROSOFT_CA: body.microsoft_ca_kwargs ?? null,
      OKTA_CA: body.okta_ca_kwargs ?? null,
      STATIC_CHALLENGE: body.static_challenge_kwargs ?? null,
    },
  };
}

/** Settings are answered in clear, secrets included: clients compare them with what they want (http-api 2.3). */
export function viewIssuerBackend(
  deps: IssuerDeps,
  table: IssuerTable,
  issuer: IssuerRow & { readonly provisioningUid: string | null },
): Readonly<Record<string, unknown>> {
  const opened = issuer.provisioningUid === null ? openIssuerBackend(deps, table, issuer) : null;
  if (opened === null) return {};
  const { backend, settings } = opened;
  return { backend, [backendRules[backend].member]: settings };
}
