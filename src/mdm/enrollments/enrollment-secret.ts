/**
 * Enrollment secrets: what a device must know to enroll, and for how long, how often and by whom it may be used.
 * Operators change those of enrollments; those of sessions are made with their session and bound to its device.
 * The text of a secret never appears here but once, when it is made: rows hold its hash, and its sealed form.
 */
import { createHash } from "node:crypto";
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";

export type EnrollmentSecretId = Id<"EnrollmentSecret">;

/** What a secret is for; one never works for another purpose (spec 0.5). */
export type SecretPurpose =
  | "dep_enrollment"
  | "dep_enrollment_session"
  | "ota_enrollment"
  | "ota_enrollment_session"
  | "user_enrollment"
  | "user_enrollment_session"
  | "re_enrollment_session";

/** A secret as it is stored. An empty list of serial numbers or UDIDs restricts nothing, as no list does. */
export type EnrollmentSecret = {
  readonly id: EnrollmentSecretId;
  readonly purpose: SecretPurpose;
  readonly secretHash: Buffer;
  readonly secretSealed: Buffer;
  readonly metaBusinessUnitId: number;
  /** Sorted. */
  readonly tagIds: readonly number[];
  readonly serialNumbers: readonly string[] | null;
  readonly udids: readonly string[] | null;
  readonly quota: number | null;
  readonly requestCount: number;
  readonly revokedAt: Date | null;
  readonly expiresAt: Date | null;
};

/** What a new secret of any purpose starts with. */
export type SecretInput = {
  readonly purpose: SecretPurpose;
  readonly metaBusinessUnitId: number;
  readonly tagIds: readonly number[];
  readonly serialNumbers: readonly string[] | null;
  readonly udids: readonly string[] | null;
  readonly quota: number | null;
  readonly expiresAt: Date | null;
};

/**
 * Characters of a secret by purpose. A session's secret is part of a certificate's common name, which X.520 limits to
 * 64 characters: `MDM$DEP$`, `MDM$OTA$`, `MDM$USER$` and `MDM$RE$` take the rest (spec 0.6, hazard 9).
 */
export const secretLengths: Readonly<Record<SecretPurpose, number>> = {
  dep_enrollment: 64,
  dep_enrollment_session: 56,
  ota_enrollment: 64,
  ota_enrollment_session: 56,
  user_enrollment: 64,
  user_enrollment_session: 55,
  re_enrollment_session: 57,
};

/** The longest secret has so many characters. */
export const secretCharactersMax = 64;
/** Most requests an operator may allow one secret (http-api 3.5). */
export const secretQuotaMax = 200_000;
/** Most tags a secret gives its machines; taxonomies of real fleets stay far below. */
export const secretTagsMax = 1_000;
/** Most entries of an allow-list: far beyond a purchase order, far below what would hurt a row. */
export const allowListEntriesMax = 10_000;
/** Longest serial number or UDID in an allow-list; Apple's have at most 40 characters. */
export const allowListEntryCharactersMax = 255;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Bytes from here on are thrown away, so that every character is equally likely. */
const unbiasedBytesEnd = 256 - (256 % alphabet.length);

/**
 * Makes the text of a secret: letters and digits, each equally likely, almost six bits a character.
 *
 * @param randomBytes A cryptographic source of random bytes.
 */
export function generateSecretText(
  purpose: SecretPurpose,
  randomBytes: (size: number) => Uint8Array,
): string {
  const length = secretLengths[purpose];
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < unbiasedBytesEnd && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

/**
 * What the text of a secret is stored and looked up as. Secrets are long and random, so a plain hash hides them; of
 * hostile text no more is hashed than tells it from any secret.
 */
export function hashSecret(text: string): Buffer {
  return createHash("sha256")
    .update(text.slice(0, secretCharactersMax + 1))
    .digest();
}

/** Why a secret does not open the door; the words are those of the wire (spec 0.5). */
export type SecretFailure =
  | "unknown secret"
  | "revoked"
  | "expired"
  | "serial number mismatch"
  | "udid mismatch"
  | "business unit mismatch"
  | "quota used up";

/** Who wants to use a secret, and when. */
export type SecretUse = {
  readonly serialNumber: string | null;
  readonly udid: string | null;
  /** The business unit asked for, or null when none is. */
  readonly metaBusinessUnitId: number | null;
  readonly at: Date;
  /** True when this device was let in before and asks again: what it used up then is still its own (hazard 5). */
  readonly isRepeat: boolean;
};

/**
 * Decides whether a secret may be used, in the order of spec 0.5; the first failure wins.
 *
 * @param secret The locked row, or null when none of the purpose has this secret.
 */
export function findSecretFailure(secret: EnrollmentSecret | null, use: SecretUse): SecretFailure | null {
  if (secret === null) return "unknown secret";
  if (secret.revokedAt !== null) return "revoked";
  if (secret.expiresAt !== null && secret.expiresAt <= use.at) return "expired";
  if (!isAllowed(secret.serialNumbers, use.serialNumber)) return "serial number mismatch";
  if (!isAllowed(secret.udids, use.udid)) return "udid mismatch";
  const { metaBusinessUnitId: unit } = use;
  if (unit !== null && unit !== secret.metaBusinessUnitId) return "business unit mismatch";
  if (secret.quota !== null && secret.requestCount >= secret.quota && !use.isRepeat) return "quota used up";
  return null;
}

function isAllowed(allowList: readonly string[] | null, value: string | null): boolean {
  if (allowList === null || allowList.length === 0) return true;
  return value !== null && allowList.includes(value);
}

/** Refuses a device whose secret failed, with the reason the device doors report (spec 1.9 step 4, 1.11). */
export function secretRefusal(failure: SecretFailure): Refusal {
  return {
    kind: "invalid",
    code: `enrollment_secret_${failure.replaceAll(" ", "_")}`,
    detail: `secret verification failed: '${failure}'`,
  };
}
