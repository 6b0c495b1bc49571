/**
 * Device authentication: which enrolled device, if any, a presented identity speaks for.
 * Chain, pin and session are decided here together; the check-in and connect doors only ask.
 * It never trusts an identifier of the body: that one must agree with what the certificate says.
 */
import type { Refusal } from "#platform/errors.ts";
import type { EnrollmentSessionId, SessionKind, SessionStatus } from "#mdm/enrollments/enrollment-session.ts";
import type { InventoryCollection } from "#mdm/commands/inventory-plan.ts";
import type { DeviceId, DeviceUserId } from "#mdm/devices/device.ts";
import type { PlanFacts, StoredPlan } from "#mdm/reconcile/plan-key.ts";

/** What check-in and connect need of a device that is known, read with one statement. */
export type KnownDevice = InventoryCollection &
  PlanFacts &
  StoredPlan & {
    /** Whether the target that speaks was ever planned. */
    readonly hasPlan: boolean;
    readonly id: DeviceId;
    readonly udid: string;
    readonly blockedAt: Date | null;
    readonly checkoutAt: Date | null;
    readonly hasDeviceLockPin: boolean;
    readonly certFingerprint: Buffer | null;
    readonly certNotValidAfter: Date | null;
    /** Whether an inventory that is collected was never reported since the enrollment, or too long ago. */
    readonly lacksInventory: boolean;
    /** The session the device is enrolled with. */
    readonly sessionId: EnrollmentSessionId | null;
    /** When the last renewal was begun; null when the certificate is not near its end. */
    readonly lastRenewalAt: Date | null;
    /** The user channel the message speaks for, when it is known. */
    readonly deviceUserId: DeviceUserId | null;
    readonly hasDueCommand: boolean;
    /** Whether one waits because the device said NotNow. */
    readonly hasPostponedCommand: boolean;
    /** What a TokenUpdate would change, so that one that changes nothing costs nothing more. */
    readonly enrollmentId: string | null;
    readonly token: Buffer | null;
    readonly pushMagic: string | null;
    readonly supersededTokens: readonly Buffer[];
    readonly tokenRejectedAt: Date | null;
    readonly tokenRejectedReason: string | null;
    readonly pushCertificateId: number;
    readonly pushTopic: string | null;
  };

/** The session of the certificate, as events tell it. */
export type KnownSession = {
  readonly id: EnrollmentSessionId;
  readonly kind: SessionKind;
  readonly status: SessionStatus;
  readonly otaEnrollmentId: number;
  readonly otaEnrollmentName: string;
  /** The blueprint of the enrollment. */
  readonly blueprintId: number | null;
};

/** How the certificate stands to the device. */
export type Pin =
  /** It is the pinned one. */
  | "pinned"
  /** It would replace the pinned one, or is the first. */
  | "new"
  /** The proxy vouches for a name without a certificate. */
  | "name_only";

export type IdentityState = "pinned" | "replaced" | null;

/** For how long after its end a pinned certificate still gets the one thing that mends it (decisions, "Renewal"). */
export const expiredIdentitySeconds = 30 * 24 * 3600;

/** What is known of the presented certificate and of the device its session belongs to. */
export type PinFacts = {
  readonly fingerprint: Buffer | null;
  /** The state under which this fingerprint is stored, for whatever device. */
  readonly state: IdentityState;
  readonly sessionId: EnrollmentSessionId;
  readonly notAfter: Date | null;
  readonly device: Pick<KnownDevice, "certFingerprint" | "certNotValidAfter" | "sessionId"> | null;
};

/**
 * Decides how a certificate stands to its session's device. A renewed one comes from the same session (SCEP renewal)
 * or from a later one (re-enrollment) and ends no earlier than the pinned one; anything else would be a step back.
 */
export function decidePin(facts: PinFacts): Pin | Refusal {
  if (facts.state === "replaced") return replaced;
  if (facts.state === "pinned") return "pinned";
  const { device } = facts;
  if (device !== null && device.sessionId !== null && facts.sessionId < device.sessionId) return replaced;
  if (facts.fingerprint === null) return "name_only";
  const isStepBack =
    device?.sessionId === facts.sessionId &&
    device.certNotValidAfter !== null &&
    facts.notAfter !== null &&
    facts.notAfter < device.certNotValidAfter;
  return isStepBack ? replaced : "new";
}

const replaced: Refusal = {
  kind: "invalid",
  code: "certificate_replaced",
  detail: "client certificate was replaced by a newer one",
};

/** Whether a certificate holds, has ended a while ago, or is of no use any more. */
export function decideValidity(notAfter: Date | null, at: Date): "valid" | "expired" | Refusal {
  if (notAfter === null || at <= notAfter) return "valid";
  const isMendable = at.getTime() <= notAfter.getTime() + expiredIdentitySeconds * 1000;
  return isMendable ? "expired" : certificateExpired;
}

const certificateExpired: Refusal = {
  kind: "invalid",
  code: "certificate_expired",
  detail: "client certificate has expired",
};

/** The refusal of everything but the renewal to a device whose certificate has ended. */
export const certificateExpiredForMessage: Refusal = certificateExpired;

/** Refuses a message whose device is not the one of the certificate (spec 1.1; applies to every message). */
export function refuseDeviceMismatch(device: Pick<KnownDevice, "udid"> | null, key: string): Refusal | null {
  if (device === null) {
    return {
      kind: "invalid",
      code: "enrollment_session_without_device",
      detail: "enrollment session has no enrolled device",
    };
  }
  if (device.udid === key) return null;
  return {
    kind: "invalid",
    code: "device_udid_mismatch",
    // The spelling is the reference's, and part of the wire contract of its events.
    detail: "enrollment session enrolled device UDID missmatch",
  };
}
