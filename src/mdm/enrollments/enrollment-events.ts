/** The events of this slice: the use of enrollment secrets, and what devices ask of the OTA doors. */
import type { DomainEvent, EventObjects } from "#platform/events/event.ts";
import type { SecretFailure, SecretPurpose } from "./enrollment-secret.ts";
import { type EnrollmentSession, type SessionEnrollment, sessionEventFields } from "./enrollment-session.ts";

/** The enrollment a secret belongs to, as events tell it; nothing when the secret is unknown. */
export type SecretOwner = {
  /** `ota_enrollment` and the like. */
  readonly key: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

/** One use of a secret, let in or not (spec 0.5). */
export function enrollmentSecretVerification(facts: {
  readonly purpose: SecretPurpose;
  readonly failure: SecretFailure | null;
  readonly owner: SecretOwner | null;
  readonly serialNumber: string | null;
}): DomainEvent {
  const { purpose, failure, owner, serialNumber } = facts;
  return {
    type: "enrollment_secret_verification",
    tags: ["mdm"],
    serialNumber,
    payload: {
      status: failure === null ? "success" : "failure",
      type: purpose,
      ...(failure === null ? {} : { reason: failure }),
      ...(owner === null ? {} : { [owner.key]: owner.fields }),
    },
  };
}

/** One request at an OTA door (spec section 10). */
export function otaEnrollmentRequest(facts: {
  readonly status: "success" | "failure";
  readonly reason?: string;
  readonly phase: 2 | 3 | null;
  readonly serialNumber: string | null;
  readonly udid: string | null;
  readonly session: EnrollmentSession | null;
}): DomainEvent {
  const { status, reason, phase, serialNumber, udid, session } = facts;
  return {
    type: "ota_enrollment_request",
    tags: ["mdm", "ota", "heartbeat"],
    serialNumber,
    payload: {
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(phase === null ? {} : { phase }),
      ...(udid === null ? {} : { udid }),
      ...(session === null ? {} : sessionEventFields(session)),
    },
    ...(session === null ? {} : { objects: enrollmentObjects(session.enrollment) }),
  };
}

/** The link from an event to the enrollment it is about. */
export function enrollmentObjects({ kind, id }: Pick<SessionEnrollment, "kind" | "id">): EventObjects {
  return { [`mdm_${kind}_enrollment`]: [String(id)] };
}
