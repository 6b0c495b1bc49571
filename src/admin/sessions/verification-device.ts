/**
 * A verification device is what a person proves itself with after the password: an app with one-time codes, or a passkey.
 * People add their own; the next login asks for one of them. A device of codes counts once a code has confirmed it.
 * It never replaces the password.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";

export type VerificationDeviceId = Uuid<"VerificationDevice">;

export type VerificationKind = "totp" | "webauthn";

export type VerificationDevice = {
  readonly id: VerificationDeviceId;
  readonly accountId: number;
  readonly kind: VerificationKind;
  readonly name: string;
  readonly createdAt: Date;
  readonly confirmedAt: Date | null;
  readonly lastUsedAt: Date | null;
};

/** One-time codes: the sealed secret, and the time step of the last code taken. */
export type TotpDevice = VerificationDevice & { readonly sealedSecret: Buffer };

/** A passkey: what it signs with, and how often it says it did. */
export type Passkey = VerificationDevice & {
  readonly credentialId: string;
  readonly publicKey: Buffer;
  readonly signCount: string;
  readonly transports: readonly string[];
};

export const verificationDevicesMax = 10;
export const deviceNameCharactersMax = 100;
/** How long a passkey may take to answer. */
export const challengeSeconds = 300;
/** A device of codes that was never confirmed is forgotten after this long. */
export const unconfirmedSeconds = 3600;

export const deviceUnknown: Refusal = {
  kind: "not_found",
  code: "verification_device_unknown",
  detail: "No VerificationDevice matches the given query.",
};

export const tooManyDevices: Refusal = {
  kind: "invalid",
  code: "verification_devices_max",
  field: "non_field_errors",
  detail: `An account has at most ${verificationDevicesMax} verification devices.`,
};

export const wrongCode: Refusal = {
  kind: "invalid",
  code: "code_wrong",
  field: "code",
  detail: "This code is not right, or was used already. Wait for the next one.",
};

/** One text for whatever is wrong with a passkey's answer. */
export const wrongPasskey = (field: "assertion" | "registration"): Refusal => ({
  kind: "invalid",
  code: "passkey_refused",
  field,
  detail: "This passkey was not accepted. Try again.",
});

export const nothingToVerify: Refusal = {
  kind: "invalid",
  code: "second_factor_missing",
  field: "non_field_errors",
  detail: "Send a code or the assertion of a passkey.",
};

/** Passkeys belong to a name; browsers take no addresses (WebAuthn 5.1.2). */
export const passkeysNeedName: Refusal = {
  kind: "invalid",
  code: "passkeys_need_name",
  field: "non_field_errors",
  detail: "Passkeys need a server that is reached by name, not by address. Use an app with one-time codes.",
};
