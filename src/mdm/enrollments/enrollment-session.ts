/**
 * Enrollment sessions: one attempt and lifetime of one device's enrollment, of any kind, and how far it has come.
 * Devices move theirs forward at the enrollment and check-in doors; operators start one with a direct profile.
 * A session never moves back, never changes its device, and is never made again for a device that repeats a message.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Id, Uuid } from "#platform/ids.ts";
import type { EnrollmentSecret, SecretPurpose } from "./enrollment-secret.ts";

export type EnrollmentSessionId = Id<"EnrollmentSession">;
export type OtaEnrollmentId = Id<"OtaEnrollment">;

/** Automated Device Enrollment, over the air, account-driven, and the renewal of any of them. */
export const sessionKinds = ["dep", "ota", "user", "re"] as const;
export type SessionKind = (typeof sessionKinds)[number];

export type SessionStatus =
  | "PHASE_1"
  | "PHASE_2"
  | "PHASE_3"
  | "STARTED"
  | "ACCOUNT_DRIVEN_START"
  | "ACCOUNT_DRIVEN_AUTHENTICATED"
  | "AUTHENTICATED"
  | "COMPLETED";

/** The statuses of each kind, in their order (spec 0.6). A session moves by one step at a time. */
export const sessionStatuses: Readonly<Record<SessionKind, readonly SessionStatus[]>> = {
  dep: ["STARTED", "AUTHENTICATED", "COMPLETED"],
  ota: ["PHASE_1", "PHASE_2", "PHASE_3", "AUTHENTICATED", "COMPLETED"],
  user: ["ACCOUNT_DRIVEN_START", "ACCOUNT_DRIVEN_AUTHENTICATED", "STARTED", "AUTHENTICATED", "COMPLETED"],
  re: ["STARTED", "AUTHENTICATED", "COMPLETED"],
};

/** The purpose of a session's own secret. */
export const sessionSecretPurposes: Readonly<Record<SessionKind, SecretPurpose>> = {
  dep: "dep_enrollment_session",
  ota: "ota_enrollment_session",
  user: "user_enrollment_session",
  re: "re_enrollment_session",
};

/** Uses of a session's secret: the realm login, phase 2 and phase 3 of OTA; without a login one less (spec 0.6). */
export const sessionQuotas = {
  dep: 1,
  otaFromRealmUser: 3,
  otaFromMachineInfo: 2,
  otaDirect: 1,
  user: 10,
  re: 1,
};
/** A re-enrollment profile is sent to a device that is connected: an hour is generous (spec 0.6). */
export const reenrollmentSeconds = 60 * 60;
/** How long a direct profile may be used after its download (decisions, "Direct profile"). */
export const directProfileSeconds = 24 * 60 * 60;

/** What a session takes from the enrollment it belongs to. */
export type SessionEnrollment = {
  readonly kind: "ota";
  readonly id: OtaEnrollmentId;
  readonly name: string;
  readonly displayName: string;
  readonly pushCertificateId: number;
  /** Null while the push certificate has no certificate yet. */
  readonly pushTopic: string | null;
  readonly scepIssuerId: Uuid<"ScepIssuer">;
  readonly blueprintId: number | null;
  readonly realmId: string | null;
};

export type EnrollmentSession = {
  readonly id: EnrollmentSessionId;
  readonly kind: SessionKind;
  readonly status: SessionStatus;
  /** The device that authenticated; a session of kind `re` has it from the start. */
  readonly deviceId: number | null;
  readonly realmUserId: string | null;
  readonly renewsSessionId: EnrollmentSessionId | null;
  /** Of kind `re`: when the device enrolled for the first time, through all renewals. */
  readonly firstEnrolledAt: Date | null;
  readonly createdAt: Date;
  /** Its own secret, with the business unit and tags of the enrollment's at the time it was made. */
  readonly secret: EnrollmentSecret;
  readonly enrollment: SessionEnrollment;
};

/** A step of a session: `advance` writes, `repeat` finds it done by the same device before and writes nothing. */
export type SessionStep = "advance" | "repeat";

type Progress = Pick<EnrollmentSession, "kind" | "status" | "deviceId">;

/**
 * Plans the step to `AUTHENTICATED`.
 *
 * @returns `repeat` when this device authenticated before: devices repeat an Authenticate whose answer was lost, and
 *   the reference's 500 would strand them (spec 0.6, hazard 5).
 */
export function planAuthenticate(session: Progress, deviceId: number): SessionStep | Refusal {
  const isSameDevice = session.deviceId === deviceId;
  if (isSameDevice && isAtOrBeyond(session, "AUTHENTICATED")) return "repeat";
  const isDeviceAsExpected = session.kind === "re" ? isSameDevice : session.deviceId === null;
  if (!isDeviceAsExpected) return wrongDevice;
  return isJustBefore(session, "AUTHENTICATED") ? "advance" : wrongStatus(session, "AUTHENTICATED");
}

/** Plans the step to `COMPLETED`; every TokenUpdate after the first is a `repeat`. */
export function planComplete(session: Progress, deviceId: number): SessionStep | Refusal {
  if (session.deviceId !== deviceId) return wrongDevice;
  if (session.status === "COMPLETED") return "repeat";
  return session.status === "AUTHENTICATED" ? "advance" : wrongStatus(session, "COMPLETED");
}

/**
 * Plans the step to a phase of OTA. A session already in that phase repeats it: the door has compared serial number
 * and UDID with those the secret is bound to, so it is the device whose answer was lost (hazard 5).
 */
export function planPhase(session: Progress, phase: "PHASE_2" | "PHASE_3"): SessionStep | Refusal {
  if (session.status === phase && session.deviceId === null) return "repeat";
  return isJustBefore(session, phase) ? "advance" : wrongStatus(session, phase);
}

/** Whether a session is in the status, or has been. */
export function isAtOrBeyond(
  { kind, status }: Pick<Progress, "kind" | "status">,
  other: SessionStatus,
): boolean {
  const order = sessionStatuses[kind];
  return order.includes(other) && order.indexOf(status) >= order.indexOf(other);
}

function isJustBefore({ kind, status }: Progress, next: SessionStatus): boolean {
  const order = sessionStatuses[kind];
  return order.includes(next) && order.indexOf(status) === order.indexOf(next) - 1;
}

const wrongDevice: Refusal = {
  kind: "invalid",
  code: "enrollment_session_of_another_device",
  detail: "enrollment session belongs to another device",
};

function wrongStatus({ kind, status }: Progress, next: SessionStatus): Refusal {
  return {
    kind: "invalid",
    code: "enrollment_session_wrong_status",
    detail: `${kind} enrollment session has wrong status: ${status} before ${next}`,
  };
}

/** A session cannot be renewed before a device has authenticated with it (spec 0.6). */
export const sessionWithoutDevice: Refusal = {
  kind: "invalid",
  code: "enrollment_session_without_device",
  detail: "The enrollment session doesn't have an enrolled device",
};

/** When the device of a session enrolled for the first time: renewals hand the date on (spec 0.6). */
export function firstEnrollmentAt(session: Pick<EnrollmentSession, "firstEnrolledAt" | "createdAt">): Date {
  return session.firstEnrolledAt ?? session.createdAt;
}

/** Who a certificate of a session's enrollment was issued to, as the authority keeps it. */
export function sessionBearer(id: EnrollmentSessionId): string {
  return `session:${id}`;
}

/** A session as events tell it (spec 0.6); a renewal reports its enrollment under the original key. */
export function sessionEventFields(session: EnrollmentSession): Readonly<Record<string, unknown>> {
  const { id, kind, status, enrollment } = session;
  return {
    enrollment_session: { pk: id, type: kind, status },
    [`${enrollment.kind}_enrollment`]: { pk: enrollment.id, name: enrollment.name },
  };
}
