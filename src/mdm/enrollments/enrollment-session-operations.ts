/** Moves enrollment sessions forward, makes those of renewals, and finds the one a certificate names. */
import { OperationRefused, type Refusal, invariant } from "#platform/errors.ts";
import type { Reader } from "#platform/db/database.ts";
import type { Operation } from "#platform/operation.ts";
import type { Secret } from "#platform/secret.ts";
import { findSecretFailure, hashSecret, secretRefusal } from "./enrollment-secret.ts";
import { type SecretDeps, createEnrollmentSecret } from "./enrollment-secret-operations.ts";
import { bindEnrollmentSecret } from "./enrollment-secret-store.ts";
import {
  type EnrollmentSession,
  type EnrollmentSessionId,
  type SessionKind,
  type SessionStatus,
  firstEnrollmentAt,
  planAuthenticate,
  planComplete,
  reenrollmentSeconds,
  sessionBearer,
  sessionQuotas,
  sessionSecretPurposes,
  sessionWithoutDevice,
} from "./enrollment-session.ts";
import * as store from "./enrollment-session-store.ts";
import {
  type IdentitySubject,
  parseIdentityName,
  refuseIdentityDetails,
  unknownSessionSecret,
} from "./identity-subject.ts";
import { secondsAfter } from "#platform/clock.ts";
import { type BearerCertificate, listNewestOfBearers } from "#mdm/identities/identity-operations.ts";

/** Finds the session of a kind by its secret, without locking it. */
export function findSession(
  reader: Reader,
  kind: SessionKind,
  secret: Secret<string>,
): Promise<EnrollmentSession | null> {
  return store.findSessionBySecretHash(reader, kind, hashSecret(secret.reveal()));
}

/** Finds a session by its id, without locking it. */
export function findSessionById(reader: Reader, id: EnrollmentSessionId): Promise<EnrollmentSession | null> {
  return store.findSessionById(reader, id);
}

/** Whether a session renews another, so that the device has not enrolled anew in between. */
export function isSameEnrollment(
  reader: Reader,
  currentId: EnrollmentSessionId,
  earlierId: EnrollmentSessionId,
): Promise<boolean> {
  return currentId === earlierId ? Promise.resolve(true) : store.isRenewalOf(reader, currentId, earlierId);
}

/**
 * Finds the session that the subject of a device's certificate names: all checks of spec 2.2, in their order, each
 * refused with the reason of the wire. Expiry, revocation and quota of the secret are not looked at, so that enrolled
 * devices keep working. The certificate's chain and pin are the caller's to check.
 */
export async function findSessionForIdentity(
  reader: Reader,
  subject: IdentitySubject,
): Promise<EnrollmentSession | Refusal> {
  const name = parseIdentityName(subject);
  if ("code" in name) return name;
  const session = await store.findSessionBySecretHash(reader, name.kind, hashSecret(name.secret));
  if (session === null) return unknownSessionSecret(name.kind);
  return refuseIdentityDetails(subject, session) ?? session;
}

/** A session of a device, with the newest certificate of our authority that it brought; null for none of ours. */
export type DeviceSession = store.SessionListed & { readonly certificate: BearerCertificate | null };

/** One page of the sessions of a device, the newest first: the present one and those before. */
export async function listDeviceSessions(
  reader: Reader,
  deviceId: number,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly count: number; readonly rows: readonly DeviceSession[] }> {
  const { count, rows } = await store.listSessionsOfDevice(reader, deviceId, page);
  const bearers = rows.map(({ id }) => sessionBearer(id));
  const certificates = bearers.length === 0 ? [] : await listNewestOfBearers(reader, bearers);
  const certificateOf = new Map(certificates.map((certificate) => [certificate.boundTo, certificate]));
  return {
    count,
    rows: rows.map((row) => ({ ...row, certificate: certificateOf.get(sessionBearer(row.id)) ?? null })),
  };
}

/** The device that authenticates: its row, and what it says it is. */
export type AuthenticatingDevice = {
  readonly deviceId: number;
  readonly serialNumber: string | null;
  readonly udid: string | null;
};

/**
 * Moves a session to `AUTHENTICATED` and attaches its device; the same device may repeat it (hazard 5).
 *
 * The first time, the session's secret must still hold and be bound to no other machine; one bound to none is bound
 * to this one from now on (decisions, "Direct profile").
 *
 * @throws {OperationRefused} `enrollment_session_of_another_device`, `enrollment_session_wrong_status`,
 *   `enrollment_secret_…`.
 */
export async function authenticateSession(
  op: Operation,
  { id }: Pick<EnrollmentSession, "id">,
  device: AuthenticatingDevice,
): Promise<EnrollmentSession> {
  const session = await lockExisting(op, id);
  const step = planAuthenticate(session, device.deviceId);
  if (typeof step === "object") throw new OperationRefused(step);
  if (step === "repeat") return session;
  const { serialNumber, udid } = device;
  const use = { serialNumber, udid, metaBusinessUnitId: null, at: op.at, isRepeat: true };
  const failure = findSecretFailure(session.secret, use);
  if (failure !== null) throw new OperationRefused(secretRefusal(failure));
  await bindSession(op, session, device);
  return moveSession(op, session, { status: "AUTHENTICATED", deviceId: device.deviceId });
}

/**
 * Moves a session to `COMPLETED`; every later TokenUpdate of the same device finds it there.
 *
 * @returns The session, and whether this was the step.
 * @throws {OperationRefused} `enrollment_session_of_another_device`, `enrollment_session_wrong_status`.
 */
export async function completeSession(
  op: Operation,
  { id }: Pick<EnrollmentSession, "id">,
  deviceId: number,
): Promise<{ readonly session: EnrollmentSession; readonly isFirst: boolean }> {
  const session = await lockExisting(op, id);
  const step = planComplete(session, deviceId);
  if (typeof step === "object") throw new OperationRefused(step);
  if (step === "repeat") return { session, isFirst: false };
  return { session: await moveSession(op, session, { status: "COMPLETED", deviceId }), isFirst: true };
}

/** Locks a session that is known to be there: sessions are never deleted. */
export async function lockExisting(op: Operation, id: EnrollmentSessionId): Promise<EnrollmentSession> {
  const session = await store.lockSession(op.tx, id);
  invariant(session !== null, "a session that was found is still there");
  return session;
}

/** Writes the status, and the device, of a locked session. */
export async function moveSession(
  op: Operation,
  session: EnrollmentSession,
  change: { readonly status: SessionStatus; readonly deviceId?: number },
): Promise<EnrollmentSession> {
  const moved = { ...session, ...change };
  await store.updateSessionStatus(op.tx, moved, op.at);
  return moved;
}

/** Only a direct profile makes a session that is bound to less than one machine; account-driven ones stay unbound. */
async function bindSession(op: Operation, { kind, secret }: EnrollmentSession, device: AuthenticatingDevice) {
  const { serialNumber, udid } = device;
  if (kind !== "ota" || serialNumber === null || udid === null) return;
  if (secret.serialNumbers?.length === 1 && secret.udids?.length === 1) return;
  await bindEnrollmentSecret(op.tx, secret.id, { serialNumber, udid });
}

/** Whose enrollment is renewed. */
export type ReenrollmentInput = {
  readonly deviceId: number;
  readonly currentSessionId: EnrollmentSessionId;
  readonly serialNumber: string;
  readonly udid: string;
};

/**
 * Makes the session with which an enrolled device renews its enrollment (spec 0.6): bound to that device, for an hour,
 * with the enrollment, realm user, business unit, tags and first date of the session it renews, itself a renewal or not.
 *
 * @throws {OperationRefused} `enrollment_session_without_device`, `enrollment_session_of_another_device`.
 */
export async function createReenrollmentSession(
  op: Operation,
  deps: SecretDeps,
  { deviceId, currentSessionId, serialNumber, udid }: ReenrollmentInput,
): Promise<EnrollmentSession> {
  const current = await lockExisting(op, currentSessionId);
  if (current.deviceId !== deviceId) throw new OperationRefused(sessionWithoutDevice);
  const secret = await createEnrollmentSecret(op, deps, {
    purpose: sessionSecretPurposes.re,
    metaBusinessUnitId: current.secret.metaBusinessUnitId,
    tagIds: current.secret.tagIds,
    serialNumbers: [serialNumber],
    udids: [udid],
    quota: sessionQuotas.re,
    expiresAt: secondsAfter(op.at, reenrollmentSeconds),
  });
  const id = await store.insertSession(
    op.tx,
    {
      kind: "re",
      status: "STARTED",
      otaEnrollmentId: current.enrollment.id,
      secretId: secret.id,
      deviceId,
      realmUserId: current.realmUserId,
      renewsSessionId: current.id,
      firstEnrolledAt: firstEnrollmentAt(current),
    },
    op.at,
  );
  return lockExisting(op, id);
}
