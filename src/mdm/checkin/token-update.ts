/**
 * TokenUpdate: a device, or a user on it, says how it can be pushed to. Decided here, written by the operations.
 * The device channel sets the device's token; a user channel never touches it.
 * A token that was replaced before does not come back: an old message sent again changes nothing.
 */
import { createHash } from "node:crypto";
import { isSharedIpadUser, userKey } from "#protocol/mdm/identifiers.ts";
import type { TokenUpdateMessage } from "#protocol/mdm/checkin.ts";
import type { Refusal } from "#platform/errors.ts";
import type { Device, DevicePatch, DeviceUserUpdate } from "#mdm/devices/device.ts";
import type { MdmRequestFacts } from "./checkin-events.ts";

/** Tokens a device had before that are remembered, as digests. Apple changes a token a few times a year at most. */
export const supersededTokensMax = 16;

export type TokenUpdateFacts = {
  readonly device: Pick<
    Device,
    "token" | "pushMagic" | "tokenRejectedAt" | "blueprintId" | "checkoutAt" | "supersededTokens"
  >;
  readonly enrollment: { readonly sessionId: number; readonly blueprintId: number | null };
  readonly pushCertificateId: number;
  readonly message: TokenUpdateMessage;
};

export type TokenUpdatePlan = {
  /** A known old token: nothing of the message is taken over. */
  readonly isStale: boolean;
  readonly patch: DevicePatch;
  readonly user: DeviceUserUpdate | null;
  /** Null keeps the stored one; absent and malformed both mean that. */
  readonly unlockToken: Buffer | null;
  /** Whether the device has a push token afterwards, so that its session is complete. */
  readonly completesSession: boolean;
};

/** Plans a TokenUpdate (spec 1.3). The same message twice plans the same state. */
export function planTokenUpdate(facts: TokenUpdateFacts): TokenUpdatePlan | Refusal {
  const { device, message } = facts;
  const key = userKey(message.identifiers);
  if (key !== null) return planUserUpdate(facts, key);
  if (isSuperseded(facts)) {
    return { isStale: true, patch: {}, user: null, unlockToken: null, completesSession: false };
  }
  const patch: DevicePatch = {
    ...enrollmentPatch(facts),
    token: message.token,
    pushMagic: message.pushMagic,
    tokenRejectedAt: null,
    tokenRejectedReason: null,
    supersededTokens: supersededAfter(device, message),
  };
  return { isStale: false, patch, user: null, unlockToken: message.unlockToken, completesSession: true };
}

function planUserUpdate(facts: TokenUpdateFacts, key: string): TokenUpdatePlan | Refusal {
  const { device, message } = facts;
  const plan = {
    isStale: false,
    patch: enrollmentPatch(facts),
    unlockToken: null,
    completesSession: device.token !== null,
  };
  // Nobody is signed in on this Shared iPad: there is a channel, but no user of it (spec 1.3).
  if (isSharedIpadUser(key)) return { ...plan, user: null };
  const { enrollmentUserId, userLongName, userShortName } = message.identifiers;
  const user = {
    userId: key,
    enrollmentId: enrollmentUserId,
    // Names are optional on the wire; the reference's 500 without them would leave the user unmanaged.
    longName: userLongName ?? userShortName ?? "",
    shortName: userShortName ?? "",
    token: message.token,
  };
  return { ...plan, user };
}

/** What every TokenUpdate says of the enrollment, on either channel. */
function enrollmentPatch({ device, enrollment, pushCertificateId, message }: TokenUpdateFacts): DevicePatch {
  const { awaitingConfiguration } = message;
  return {
    enrollmentId: message.identifiers.enrollmentId,
    pushCertificateId,
    sessionId: enrollment.sessionId,
    checkoutAt: null,
    // An operator's choice stays (decisions, "TokenUpdate and blueprint").
    ...(device.blueprintId === null ? { blueprintId: enrollment.blueprintId } : {}),
    ...(awaitingConfiguration === null ? {} : { awaitingConfiguration }),
  };
}

/** A push token with its magic, as it is remembered once it is no longer in force. */
export function tokenDigest(token: Uint8Array, pushMagic: string): Buffer {
  return createHash("sha256").update(pushMagic).update("\0").update(token).digest();
}

/** Unless Apple has rejected the present one: then any token is better. */
function isSuperseded({ device, message }: TokenUpdateFacts): boolean {
  if (device.token === null || device.tokenRejectedAt !== null) return false;
  const digest = tokenDigest(message.token, message.pushMagic);
  return device.supersededTokens.some((superseded) => digest.equals(superseded));
}

function supersededAfter(device: TokenUpdateFacts["device"], message: TokenUpdateMessage): readonly Buffer[] {
  const present = tokenDigest(message.token, message.pushMagic);
  const kept = device.supersededTokens.filter((superseded) => !present.equals(superseded));
  if (device.token === null || device.pushMagic === null) return kept;
  const former = tokenDigest(device.token, device.pushMagic);
  return former.equals(present) ? kept : [former, ...kept].slice(0, supersededTokensMax);
}

/** What the event of a TokenUpdate tells (spec 1.3). */
export function tokenUpdateFacts(
  message: TokenUpdateMessage,
  { pushCertificateId, plan }: { readonly pushCertificateId: number; readonly plan: TokenUpdatePlan },
): Partial<MdmRequestFacts> {
  const key = userKey(message.identifiers);
  return {
    pushCertificate: { pk: pushCertificateId, topic: message.topic },
    awaitingConfiguration: message.awaitingConfiguration,
    userId: key,
    tokenType: key === null ? "device" : "user",
    deviceCreated: false,
    userCreated: false,
    ...(plan.isStale ? { status: "warning", reason: "superseded push token" } : {}),
  };
}
