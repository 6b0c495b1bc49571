/**
 * A SCEP issuer: where devices get their certificates, with the key they shall make and the challenge they shall bring.
 * Operators make those of other authorities; the built-in one is provisioned at start and read-only, like any that the
 * configuration file provisions. It never holds a key of its own: the authority does.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";

export type ScepIssuerId = Uuid<"ScepIssuer">;

export type ScepIssuer = {
  readonly id: ScepIssuerId;
  readonly provisioningUid: string | null;
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly keySize: number;
  readonly keyUsage: number;
  readonly backend: string;
  /** The backend's settings as sealed JSON; null for the built-in one. */
  readonly backendSettingsSealed: Buffer | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export const builtInProvisioningUid = "built-in";
export const builtInBackend = "BUILT_IN";

/** The built-in issuer as it is at first start; its URL follows the base URL at each further one. */
export const builtInScepIssuer = {
  provisioningUid: builtInProvisioningUid,
  name: "Built-in CA",
  description: "The certificate authority of this server",
  keySize: 2048,
  keyUsage: 5,
  backend: builtInBackend,
} as const;

/** Where the SCEP server answers, below the base URL. */
export const scepPath = "/scep/";

/** The URL that devices are given. */
export function scepUrl(baseUrl: URL): string {
  return new URL(scepPath, baseUrl).href;
}

/** Sizes of RSA keys a payload may ask for, and uses: 1 signing, 4 encryption, 5 both, 0 open (spec 8.1). */
export const scepKeySizes = [1024, 2048, 4096] as const;
export const scepKeyUsages = [0, 1, 4, 5] as const;
export const scepKeySizeDefault = 2048;
export const scepKeyUsageDefault = 0;
/** The reference has no limit on names; an index entry of PostgreSQL has. */
export const scepIssuerNameCharactersMax = 256;
export const scepUrlCharactersMax = 200;

/** What callers write; what is omitted stays, and has its default at first. */
export type ScepIssuerInput = {
  readonly name: string;
  readonly description?: string;
  readonly url: string;
  readonly keySize?: number;
  readonly keyUsage?: number;
};

export type ScepIssuerFilter = { readonly name?: string };

export const scepIssuerUnknown: Refusal = {
  kind: "not_found",
  code: "scep_issuer_unknown",
  detail: "No SCEPIssuer matches the given query.",
};

export const scepIssuerNameTaken: Refusal = {
  kind: "conflict",
  code: "scep_issuer_name_taken",
  field: "name",
  detail: "scep issuer with this name already exists.",
};

/** The refusal of an entry of the configuration file that means the built-in issuer. */
export const scepIssuerUidTaken: Refusal = {
  kind: "conflict",
  code: "scep_issuer_uid_taken",
  detail: `The uid "${builtInProvisioningUid}" is that of the built-in issuer`,
};

/** The refusal to delete an issuer that is provisioned, or that an enrollment uses. */
export const scepIssuerNotDeletable: Refusal = {
  kind: "conflict",
  code: "scep_issuer_not_deletable",
  detail: "This SCEP issuer cannot be deleted.",
};

/** Provisioned issuers are changed where they are provisioned (http-api 2.3). */
export function refuseScepIssuerUpdate({ provisioningUid }: ScepIssuer): Refusal | null {
  if (provisioningUid === null) return null;
  return {
    kind: "conflict",
    code: "scep_issuer_provisioned",
    detail: "This SCEP issuer cannot be updated.",
  };
}
