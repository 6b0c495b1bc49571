/**
 * An ACME issuer: a directory where devices get certificates for keys they attest, and what those keys shall be.
 * Operators make them, or the configuration file provisions them, and then they are read-only.
 * It never asks a device for more than the device can: what it asks for is narrowed when it is delivered.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";

export type AcmeIssuerId = Uuid<"AcmeIssuer">;

export const acmeKeyTypes = ["RSA", "ECSECPrimeRandom"] as const;
export type AcmeKeyType = (typeof acmeKeyTypes)[number];

/** Uses of the key: 1 signing, 4 encryption, 5 both, 0 open. */
export const acmeUsageFlags = [0, 1, 4, 5] as const;

export type AcmeIssuer = {
  readonly id: AcmeIssuerId;
  readonly provisioningUid: string | null;
  readonly name: string;
  readonly description: string;
  readonly directoryUrl: string;
  readonly keyType: AcmeKeyType;
  readonly keySize: number;
  readonly usageFlags: number;
  /** Dotted OIDs. */
  readonly extendedKeyUsage: readonly string[];
  readonly hardwareBound: boolean;
  readonly attest: boolean;
  readonly backend: string;
  /** The backend's settings as sealed JSON. */
  readonly backendSettingsSealed: Buffer | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** The reference has no limit on names; an index entry of PostgreSQL has. */
export const acmeIssuerNameCharactersMax = 256;
export const acmeDirectoryUrlCharactersMax = 200;
/** An OID of two arcs has three characters. */
export const extendedKeyUsageCharactersMin = 3;
export const extendedKeyUsageCharactersMax = 256;
export const extendedKeyUsagesMax = 32;

/** What an issuer asks for, whole. */
export type AcmeIssuerFields = Pick<
  AcmeIssuer,
  | "name"
  | "description"
  | "directoryUrl"
  | "keyType"
  | "keySize"
  | "usageFlags"
  | "extendedKeyUsage"
  | "hardwareBound"
  | "attest"
>;

type Optional = "description" | "usageFlags" | "extendedKeyUsage" | "hardwareBound" | "attest";

/** What callers write; what is omitted stays, and has its default at first. */
export type AcmeIssuerInput = Omit<AcmeIssuerFields, Optional> & Partial<Pick<AcmeIssuerFields, Optional>>;

export const acmeIssuerDefaults: Pick<AcmeIssuerFields, Optional> = {
  description: "",
  usageFlags: 0,
  extendedKeyUsage: [],
  hardwareBound: true,
  attest: true,
};

export type AcmeIssuerFilter = { readonly name?: string };

const boundCurves = [256, 384];
const curves = [192, 256, 384, 521];

/**
 * Refuses keys that no device makes; the first fault only. What is omitted counts as what will be stored, where the
 * reference counts it as false and stores an issuer that cannot work.
 */
export function refuseAcmeKey(issuer: AcmeIssuerFields): Refusal | null {
  const { keyType, keySize, hardwareBound, attest } = issuer;
  if (keyType === "RSA" && hardwareBound)
    return invalid("key_type", "Hardware bound keys must be of type ECSECPrimeRandom");
  if (attest && !hardwareBound)
    return invalid("hardware_bound", "When attest is true, hardware_bound also needs to be true");
  if (keyType === "RSA") {
    return keySize % 8 === 0 && keySize >= 1024 && keySize <= 4096
      ? null
      : invalid("key_size", "RSA Key size must be a multiple of 8 in the range of 1024 through 4096");
  }
  if (hardwareBound) {
    return boundCurves.includes(keySize)
      ? null
      : invalid("key_size", "Hardware bound ECSECPrimeRandom keys must be one of the P-256 or P-384 curves");
  }
  return curves.includes(keySize)
    ? null
    : invalid("key_size", "ECSECPrimeRandom keys must be one of the P-192, P-256, P-384, or P-521 curves");
}

function invalid(field: string, detail: string): Refusal {
  return { kind: "invalid", code: "acme_key_invalid", field, detail };
}

export const acmeIssuerUnknown: Refusal = {
  kind: "not_found",
  code: "acme_issuer_unknown",
  detail: "No ACMEIssuer matches the given query.",
};

export const acmeIssuerNameTaken: Refusal = {
  kind: "conflict",
  code: "acme_issuer_name_taken",
  field: "name",
  detail: "acme issuer with this name already exists.",
};

/** The refusal to delete an issuer that is provisioned, or that an enrollment or a certificate asset uses. */
export const acmeIssuerNotDeletable: Refusal = {
  kind: "conflict",
  code: "acme_issuer_not_deletable",
  detail: "This ACME issuer cannot be deleted.",
};

/** Provisioned issuers are changed where they are provisioned (http-api 2.3). */
export function refuseAcmeIssuerUpdate({ provisioningUid }: AcmeIssuer): Refusal | null {
  if (provisioningUid === null) return null;
  return { kind: "conflict", code: "acme_issuer_provisioned", detail: "This ACME issuer cannot be updated." };
}
