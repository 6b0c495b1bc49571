/**
 * The backend of an issuer, SCEP or ACME: where the challenges of another organisation's certificate authority come from.
 * Operators write its settings with the issuer (http-api 2.3); the sender of challenges reads them when a device needs one.
 * Stored sealed as one JSON object with the wire's member names; shown in clear to whoever may view issuers.
 */
import { createHash } from "node:crypto";
import type { Refusal } from "#platform/errors.ts";

export const externalBackends = ["DIGICERT", "IDENT", "MICROSOFT_CA", "OKTA_CA", "STATIC_CHALLENGE"] as const;
export type ExternalBackend = (typeof externalBackends)[number];

export type WebCaSettings = { readonly url: string; readonly username: string; readonly password: string };

export const digicertSeatIdMappings = [
  "common_name",
  "email",
  "serial_number",
  "unique_identifier",
  "user_identifier",
  "pseudonym",
  "dn_qualifier",
  "rfc822Name",
  "dNSName",
] as const;

/** The settings of each backend, as the wire names them. */
export type BackendSettings = {
  readonly STATIC_CHALLENGE: { readonly challenge: string };
  readonly MICROSOFT_CA: WebCaSettings;
  readonly OKTA_CA: WebCaSettings;
  readonly IDENT: {
    readonly url: string;
    readonly bearer_token: string;
    readonly request_timeout: number;
    readonly max_retries: number;
  };
  readonly DIGICERT: {
    readonly api_base_url: string;
    readonly api_token: string;
    readonly profile_guid: string;
    readonly business_unit_guid: string;
    readonly seat_type: "DEVICE_SEAT" | "USER_SEAT";
    readonly seat_id_mapping: (typeof digicertSeatIdMappings)[number];
    readonly default_seat_email: string;
  };
};

/** A backend with its settings; the union over all of them. */
export type IssuerBackend = {
  readonly [Backend in ExternalBackend]: {
    readonly backend: Backend;
    readonly settings: BackendSettings[Backend];
  };
}[ExternalBackend];

type BackendRules = {
  /** The member of the wire that holds the settings. */
  readonly member: string;
  readonly required: readonly string[];
  readonly defaults: Readonly<Record<string, string | number>>;
  readonly secrets: readonly string[];
  readonly urls: readonly string[];
  readonly guids: readonly string[];
};

const webCa = { required: ["url", "username", "password"], secrets: ["password"], urls: ["url"] } as const;

export const backendRules: { readonly [Backend in ExternalBackend]: BackendRules } = {
  DIGICERT: {
    member: "digicert_kwargs",
    required: ["api_token", "profile_guid", "business_unit_guid", "default_seat_email"],
    defaults: {
      api_base_url: "https://one.digicert.com/mpki/api/",
      seat_type: "DEVICE_SEAT",
      seat_id_mapping: "common_name",
    },
    secrets: ["api_token"],
    urls: ["api_base_url"],
    guids: ["profile_guid", "business_unit_guid"],
  },
  IDENT: {
    member: "ident_kwargs",
    required: ["url", "bearer_token"],
    defaults: { request_timeout: 30, max_retries: 3 },
    secrets: ["bearer_token"],
    urls: ["url"],
    guids: [],
  },
  MICROSOFT_CA: { ...webCa, member: "microsoft_ca_kwargs", defaults: {}, guids: [] },
  OKTA_CA: { ...webCa, member: "okta_ca_kwargs", defaults: {}, guids: [] },
  STATIC_CHALLENGE: {
    member: "static_challenge_kwargs",
    required: ["challenge"],
    defaults: {},
    secrets: ["challenge"],
    urls: [],
    guids: [],
  },
};

/** Whether a stored backend is one of these and not the built-in one. */
export function isExternalBackend(backend: string): backend is ExternalBackend {
  return (externalBackends as readonly string[]).includes(backend);
}

type Settings = Readonly<Record<string, string | number | undefined>>;

/** What a request says of backends: which one, and each settings object it carries. */
export type BackendInput = {
  readonly backend: ExternalBackend;
  readonly settingsOf: Readonly<Partial<Record<ExternalBackend, Settings | null>>>;
};

/**
 * Chooses the settings of the backend and completes them with their defaults. Exactly the object of the backend is
 * needed, the others must be absent (http-api 2.3). The types of the members were checked at the door.
 */
export function readBackend({ backend, settingsOf }: BackendInput): IssuerBackend | readonly Refusal[] {
  const rules = backendRules[backend];
  const own = settingsOf[backend] ?? null;
  if (own === null || Object.keys(own).length === 0) return [required(rules.member)];
  const others = externalBackends.filter(
    (other) => other !== backend && (settingsOf[other] ?? null) !== null,
  );
  if (others.length > 0) {
    return others.map((other) =>
      invalid(backendRules[other].member, "This field cannot be set for this backend."),
    );
  }
  const faults = refuseSettings(rules, own);
  if (faults.length > 0) return faults;
  const guids = rules.guids.map((name) => [name, hyphenatedGuid(String(own[name]))] as const);
  const settings = { ...rules.defaults, ...own, ...Object.fromEntries(guids) };
  // The door checked the types of the members, and the rules that none is missing.
  return { backend, settings } as unknown as IssuerBackend;
}

function refuseSettings(rules: BackendRules, own: Settings): Refusal[] {
  const missing = rules.required.filter((name) => own[name] === undefined);
  const open = rules.urls.filter(
    (name) => own[name] !== undefined && !isProtectedUrl(String(own[name] ?? "")),
  );
  return [
    ...missing.map((name) => required(`${rules.member}.${name}`)),
    ...open.map((name) => invalid(`${rules.member}.${name}`, openUrlDetail)),
  ];
}

const openUrlDetail = "The URL must be https, unless its host is a loopback address.";

/** Credentials travel over https only; beyond the reference, which takes any URL. */
export function isProtectedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (protocol === "https:") return true;
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
  return protocol === "http:" && isLoopback;
}

/** GUIDs are stored in lower case with hyphens, however they were sent. */
function hyphenatedGuid(text: string): string {
  const hex = text.replaceAll("-", "").toLowerCase();
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The settings as audit events show them: of each secret the SHA-256, as `<key>_hash` (http-api 1.15). */
export function auditedSettings({ backend, settings }: IssuerBackend): Settings {
  const { secrets } = backendRules[backend];
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) =>
      secrets.includes(name)
        ? [`${name}_hash`, createHash("sha256").update(String(value)).digest("hex")]
        : [name, value],
    ),
  );
}

function required(field: string): Refusal {
  return invalid(field, "This field is required.");
}

function invalid(field: string, detail: string): Refusal {
  return { kind: "invalid", code: "issuer_backend_invalid", field, detail };
}
