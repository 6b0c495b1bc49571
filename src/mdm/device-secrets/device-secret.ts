// What a device entrusts to us: unlock token, bootstrap token, the PIN of the last acknowledged lock, the Activation
// Lock bypass code, and where it was when it was lost. Check-in stores tokens, answers the others, a purge empties all
// but the bypass code; operators may read the PIN, the bypass code and the place.
// A secret is never held or shown unsealed without its own right and its own event.

import type { DeviceLocation } from "#protocol/mdm/answers/device-location.ts";
import type { Refusal } from "#platform/errors.ts";
import type { Secret } from "#platform/secret.ts";

/** Where a lost device was, as it is kept: with when and upon which command it said so. */
export type StoredLocation = DeviceLocation & { readonly reportedAt: Date; readonly commandUuid: string };

/** The text that {@link readStoredLocation} reads. */
export function writeStoredLocation(location: StoredLocation): string {
  return JSON.stringify(location);
}

/** Reads a location that was sealed as {@link writeStoredLocation} wrote it. */
export function readStoredLocation(secret: Secret<string>): StoredLocation {
  return JSON.parse(secret.reveal(), (key, value: unknown) =>
    typeof value === "string" && key.endsWith("At") ? new Date(value) : value,
  ) as StoredLocation;
}

/** The sealed columns of a device. */
export const deviceSecretColumns = {
  unlockToken: "unlock_token_sealed",
  bootstrapToken: "bootstrap_token_sealed",
  deviceLockPin: "device_lock_pin_sealed",
  activationLockBypassCode: "activation_lock_bypass_code_sealed",
  location: "location_sealed",
} as const;

export type DeviceSecretName = keyof typeof deviceSecretColumns;

/** Tokens are some hundred bytes to a few kilobytes; more than this is no token. */
export const deviceSecretBytesMax = 64 * 1024;

/** Where a secret of a device lives; the UDID never changes and never comes back for another row. */
export function deviceSecretContext(name: DeviceSecretName, udid: string) {
  return { table: "devices", column: deviceSecretColumns[name], row: udid };
}

/** Longest reason that somebody gives for reading a secret: a sentence or the number of a ticket. */
export const revealReasonCharactersMax = 500;

/** Refuses a reason that is no line of text: control characters are no words, and PostgreSQL keeps no zero bytes. */
export function refuseReason(reason: string | null): Refusal | null {
  const refusal = { kind: "invalid", code: "reveal_reason_malformed", field: "reason" } as const;
  if (reason === null) return null;
  if (reason.length > revealReasonCharactersMax) {
    const detail = `Ensure this field has no more than ${revealReasonCharactersMax} characters.`;
    return { ...refusal, detail };
  }
  return /\p{Cc}/u.test(reason) ? { ...refusal, detail: "Enter one line of text." } : null;
}
