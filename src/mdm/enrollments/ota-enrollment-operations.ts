/** What operators do with OTA enrollments, and the direct profiles they hand out. */
import { isScepChallengeOrder } from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import { ScepIssuerError, issuerChangedText } from "#mdm/identities/scep-backends/scep-issuer-error.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import { type ProfileDeps, buildMdmProfile, buildProfileService } from "./enrollment-profile-operations.ts";
import {
  type SecretDeps,
  createEnrollmentSecret,
  openEnrollmentSecret,
} from "./enrollment-secret-operations.ts";
import { findSecretFailure, hashSecret } from "./enrollment-secret.ts";
import * as secretStore from "./enrollment-secret-store.ts";
import { sessionQuotas, sessionSecretPurposes } from "./enrollment-session.ts";
import { lockExisting } from "./enrollment-session-operations.ts";
import { insertSession } from "./enrollment-session-store.ts";
import {
  type DirectProfileInput,
  type OtaEnrollment,
  type OtaEnrollmentFields,
  type OtaEnrollmentInput,
  deletionRefused,
  enrollmentNotFound,
  listReferenceRefusals,
  nameTaken,
  otaEnrollmentAuditValue,
  planDirectSession,
  planOtaEnrollment,
  refuseRevoked,
} from "./ota-enrollment.ts";
import * as store from "./ota-enrollment-store.ts";

const audited = { model: "mdm.otaenrollment", objectKey: "mdm_ota_enrollment", app: "mdm" } as const;

/** Finds an enrollment. @throws {OperationRefused} `ota_enrollment_not_found` */
export async function findOtaEnrollment(op: ReadOperation, id: number): Promise<OtaEnrollment> {
  return expectFound(await store.findOtaEnrollment(op.tx, id));
}

/**
 * Creates an enrollment with its secret.
 *
 * @throws {OperationRefused} `unknown_pk` and `ota_enrollment_name_taken`, all of them at once.
 */
export async function createOtaEnrollment(
  op: Operation,
  deps: SecretDeps,
  input: OtaEnrollmentInput,
): Promise<OtaEnrollment> {
  const fields = await decideFields(op, input, null);
  const secret = await createEnrollmentSecret(op, deps, {
    ...fields,
    purpose: "ota_enrollment",
    expiresAt: null,
  });
  const id = await store.insertOtaEnrollment(op.tx, { ...fields, secretId: secret.id }, op.at);
  if (id === null) throw new OperationRefused(nameTaken);
  const created = expectFound(await store.findOtaEnrollment(op.tx, id));
  op.record(
    auditEvent({ ...audited, action: "created", pk: id, newValue: otaEnrollmentAuditValue(created) }),
  );
  return created;
}

/**
 * Changes an enrollment and what may be changed of its secret; what is omitted stays (http-api 1.9).
 *
 * @throws {OperationRefused} `ota_enrollment_not_found`, `unknown_pk`, `ota_enrollment_name_taken`.
 */
export async function updateOtaEnrollment(
  op: Operation,
  id: number,
  input: OtaEnrollmentInput,
): Promise<OtaEnrollment> {
  const before = expectFound(await store.lockOtaEnrollment(op.tx, id));
  const fields = await decideFields(op, input, before);
  await secretStore.updateEnrollmentSecret(op.tx, before.secret.id, fields);
  if (!(await store.updateOtaEnrollment(op.tx, before.id, { fields, at: op.at }))) {
    throw new OperationRefused(nameTaken);
  }
  return recordUpdate(op, before);
}

async function decideFields(
  op: Operation,
  input: OtaEnrollmentInput,
  current: OtaEnrollment | null,
): Promise<OtaEnrollmentFields> {
  const fields = planOtaEnrollment(input, current);
  const found = await store.findReferences(op.tx, fields, current?.id ?? null);
  throwIfRefused(...listReferenceRefusals(fields, found));
  return fields;
}

async function recordUpdate(op: Operation, before: OtaEnrollment): Promise<OtaEnrollment> {
  const after = expectFound(await store.findOtaEnrollment(op.tx, before.id));
  op.record(
    auditEvent({
      ...audited,
      action: "updated",
      pk: before.id,
      prevValue: otaEnrollmentAuditValue(before),
      newValue: otaEnrollmentAuditValue(after),
    }),
  );
  return after;
}

/**
 * Deletes an enrollment that no session belongs to, and its secret with it.
 *
 * @throws {OperationRefused} `ota_enrollment_not_found`, `ota_enrollment_in_use`.
 */
export async function deleteOtaEnrollment(op: Operation, id: number): Promise<void> {
  // The lock keeps new sessions out until the end: they need a share of this very row.
  const enrollment = expectFound(await store.lockOtaEnrollment(op.tx, id));
  if (await store.hasSessions(op.tx, enrollment.id)) throw new OperationRefused(deletionRefused);
  await store.deleteOtaEnrollment(op.tx, enrollment.id);
  await secretStore.deleteEnrollmentSecret(op.tx, enrollment.secret.id);
  const prevValue = otaEnrollmentAuditValue(enrollment);
  op.record(auditEvent({ ...audited, action: "deleted", pk: enrollment.id, prevValue }));
}

/**
 * Revokes an enrollment: its secret lets nobody in any more, nor do profiles already handed out that no device has
 * authenticated with. Enrolled devices stay enrolled.
 *
 * @throws {OperationRefused} `ota_enrollment_not_found`, `ota_enrollment_revoked`.
 */
export async function revokeOtaEnrollment(op: Operation, id: number): Promise<OtaEnrollment> {
  const before = expectFound(await store.lockOtaEnrollment(op.tx, id));
  throwIfRefused(refuseRevoked(before));
  await secretStore.revokeEnrollmentSecret(op.tx, before.secret.id, op.at);
  await store.revokeUnusedSessions(op.tx, before.id, op.at);
  return recordUpdate(op, before);
}

/** Builds the signed profile that people install to enroll with this enrollment (spec 3.3). */
export async function buildOtaEnrollmentProfile(
  op: ReadOperation,
  deps: ProfileDeps,
  id: number,
): Promise<Buffer> {
  const enrollment = await findOtaEnrollment(op, id);
  throwIfRefused(refuseRevoked(enrollment));
  return buildProfileService(deps, {
    displayName: enrollment.displayName,
    challenge: openEnrollmentSecret(deps, enrollment.secret),
    flavour: "enrollment",
  });
}

/**
 * Builds the profile that a device begins with, for whoever knows the enrollment's secret: what a link or a QR code
 * leads to. The profile holds nothing that the link does not. Who may use it is asked when the device comes.
 *
 * @returns Null for a secret of no enrollment, for one that lets nobody in any more, and where a login comes first.
 */
export async function buildLinkedProfile(
  op: ReadOperation,
  deps: ProfileDeps,
  secretText: string,
): Promise<Buffer | null> {
  const secret = await secretStore.findEnrollmentSecretByHash(
    op.tx,
    "ota_enrollment",
    hashSecret(secretText),
  );
  if (secret === null) return null;
  const forAnyone = { ...secret, serialNumbers: null, udids: null };
  const use = { serialNumber: null, udid: null, metaBusinessUnitId: null, at: op.at, isRepeat: false };
  if (findSecretFailure(forAnyone, use) !== null) return null;
  const enrollment = await store.findOtaEnrollmentBySecret(op.tx, secret.id);
  return enrollment === null || enrollment.realm !== null
    ? null
    : buildOtaEnrollmentProfile(op, deps, enrollment.id);
}

/**
 * Makes a session at its third phase and builds its enrollment profile, for a machine that cannot do OTA (decisions,
 * "Direct profile").
 *
 * @throws {OperationRefused} `ota_enrollment_not_found`, `direct_profile_refused`, `push_certificate_incomplete`.
 */
export async function createDirectProfile(
  op: Operation,
  deps: ProfileDeps,
  { id, input }: { readonly id: number; readonly input: DirectProfileInput },
): Promise<Buffer> {
  const enrollment = expectFound(await store.lockOtaEnrollment(op.tx, id));
  const plan = planDirectSession(enrollment, input, op.at);
  if ("code" in plan) throw new OperationRefused(plan);
  const secret = await createEnrollmentSecret(op, deps, {
    ...plan,
    purpose: sessionSecretPurposes.ota,
    metaBusinessUnitId: enrollment.secret.metaBusinessUnitId,
    tagIds: enrollment.secret.tagIds,
    quota: sessionQuotas.otaDirect,
  });
  const sessionId = await insertSession(
    op.tx,
    {
      kind: "ota",
      status: "PHASE_3",
      otaEnrollmentId: enrollment.id,
      secretId: secret.id,
      deviceId: null,
      realmUserId: null,
      renewsSessionId: null,
      firstEnrolledAt: null,
    },
    op.at,
  );
  const session = await lockExisting(op, sessionId);
  const built = await buildMdmProfile(op, deps, session);
  if (!isScepChallengeOrder(built)) return built;
  // An operator waits here, and no device: the rows that are locked are those of a session nobody has yet.
  const again = await buildMdmProfile(op, deps, session, { fetched: await deps.fetchScepChallenge(built) });
  if (isScepChallengeOrder(again)) throw new ScepIssuerError(issuerChangedText);
  return again;
}

function expectFound(enrollment: OtaEnrollment | null): OtaEnrollment {
  if (enrollment === null) throw new OperationRefused(enrollmentNotFound);
  return enrollment;
}
