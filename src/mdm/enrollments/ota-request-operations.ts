/** Answers the second and third phase of OTA, each in one transaction (spec 1.11). */
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, invariant, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import type { DeviceAttributes } from "#protocol/ota/device-attributes.ts";
import { otaEnrollmentRequest } from "./enrollment-events.ts";
import {
  type OtaFlavour,
  type ProfileDeps,
  buildMdmProfile,
  buildOtaScepProfile,
} from "./enrollment-profile-operations.ts";
import { type EnrollmentSecret, findSecretFailure, hashSecret, secretRefusal } from "./enrollment-secret.ts";
import { createEnrollmentSecret, verifyEnrollmentSecret } from "./enrollment-secret-operations.ts";
import { bindEnrollmentSecret } from "./enrollment-secret-store.ts";
import {
  type EnrollmentSession,
  planPhase,
  sessionEventFields,
  sessionQuotas,
  sessionSecretPurposes,
} from "./enrollment-session.ts";
import { lockExisting, moveSession } from "./enrollment-session-operations.ts";
import * as store from "./enrollment-session-store.ts";
import { type IdentitySubject, parseOtaIdentityName } from "./identity-subject.ts";
import type { OtaEnrollment } from "./ota-enrollment.ts";
import {
  type FetchedChallenge,
  type ScepChallengeOrder,
  isScepChallengeOrder,
} from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import { findOtaEnrollmentBySecret } from "./ota-enrollment-store.ts";
import { type OtaRequest, otaRefusals, refuseBusinessUnit } from "./ota-request.ts";

/** What the OTA doors need beyond profiles. */
export type OtaRequestDeps = ProfileDeps & {
  /** Devices are a slice above this one, so whether one is blocked is asked through this function. */
  readonly isSerialBlocked: (reader: Reader, serialNumber: string) => Promise<boolean>;
};

/** The profile that answers a request. */
export type OtaAnswer = { readonly phase: 2 | 3; readonly profile: Buffer };

/** A request whose session moved on, and whose profile needs a challenge that is fetched first. */
export type OtaOrder = { readonly order: ScepChallengeOrder; readonly sessionId: EnrollmentSession["id"] };

/**
 * Answers a verified request with the next profile, and records it. With an issuer of another organisation the answer
 * is an order: the session has moved on, and {@link finishOtaRequest} builds the profile once the order is filled. Should
 * that fail, the device asks again and finds its session where it is.
 *
 * @throws {OperationRefused} Each reason of spec 1.11, word for word; nothing is written then but buffered events.
 */
export async function answerOtaRequest(
  op: Operation,
  deps: OtaRequestDeps,
  { request, flavour }: { readonly request: OtaRequest; readonly flavour: OtaFlavour },
): Promise<OtaAnswer | OtaOrder> {
  const { attributes, phase } = request;
  const { serialNumber } = attributes;
  if (await deps.isSerialBlocked(op.tx, serialNumber)) throw new OperationRefused(otaRefusals.deviceBlocked);
  const session =
    phase === 2
      ? await enterPhase2(op, deps, { attributes, flavour })
      : await enterPhase3(op, request.subject, attributes);
  return buildAnswer(op, deps, { request, session, fetched: null });
}

/**
 * Builds the profile of a request whose challenge was fetched.
 *
 * @throws {OperationRefused} When the session moved on meanwhile.
 */
export async function finishOtaRequest(
  op: Operation,
  deps: OtaRequestDeps,
  facts: {
    readonly request: OtaRequest;
    readonly sessionId: EnrollmentSession["id"];
    readonly fetched: FetchedChallenge;
  },
): Promise<OtaAnswer | OtaOrder> {
  const session = await lockExisting(op, facts.sessionId);
  return buildAnswer(op, deps, { ...facts, session });
}

async function buildAnswer(
  op: Operation,
  deps: OtaRequestDeps,
  {
    request,
    session,
    fetched,
  }: {
    readonly request: OtaRequest;
    readonly session: EnrollmentSession;
    readonly fetched: FetchedChallenge | null;
  },
): Promise<OtaAnswer | OtaOrder> {
  const { phase } = request;
  const { serialNumber, udid } = request.attributes;
  const profile =
    phase === 2
      ? await buildOtaScepProfile(op, deps, session, fetched)
      : await buildMdmProfile(op, deps, session, { serialNumber, fetched });
  if (isScepChallengeOrder(profile)) return { order: profile, sessionId: session.id };
  op.record(otaEnrollmentRequest({ status: "success", phase, serialNumber, udid, session }));
  return { phase, profile };
}

async function enterPhase2(
  op: Operation,
  deps: OtaRequestDeps,
  { attributes, flavour }: { readonly attributes: DeviceAttributes; readonly flavour: OtaFlavour },
): Promise<EnrollmentSession> {
  if (attributes.challenge === null) throw new OperationRefused(otaRefusals.challengeMissing);
  const secret = new Secret(attributes.challenge);
  return flavour === "enrollment"
    ? enterByEnrollment(op, deps, { attributes, secret })
    : enterBySession(op, deps, { attributes, secret });
}

type Entry = { readonly attributes: DeviceAttributes; readonly secret: Secret<string> };

/** By the secret of an enrollment: a session is made, or the one whose answer this machine never got is found again. */
async function enterByEnrollment(
  op: Operation,
  deps: OtaRequestDeps,
  { attributes, secret }: Entry,
): Promise<EnrollmentSession> {
  const { serialNumber, udid } = attributes;
  let enrollment: OtaEnrollment | null = null;
  let pending: EnrollmentSession | null = null;
  const verified = await verifyEnrollmentSecret(op, deps, {
    purpose: "ota_enrollment",
    secret,
    serialNumber,
    udid,
    isRepeat: async ({ id }) => {
      enrollment = await findOtaEnrollmentBySecret(op.tx, id);
      pending = await findPending(op, enrollment, attributes);
      return pending !== null;
    },
    findOwner: async () => enrollment && ownerOf(enrollment),
  });
  if (verified.failure !== null) throw new OperationRefused(secretRefusal(verified.failure));
  return createPhase2Session(op, deps, { attributes, secret: verified.secret, enrollment, pending });
}

function ownerOf({ id, name }: Pick<OtaEnrollment, "id" | "name">) {
  return { key: "ota_enrollment", fields: { pk: id, name } };
}

/** The session of a machine that began and never authenticated: it used up its place, and keeps it (hazard 5). */
async function findPending(
  op: Operation,
  enrollment: OtaEnrollment | null,
  { serialNumber, udid }: DeviceAttributes,
): Promise<EnrollmentSession | null> {
  invariant(enrollment !== null, "a secret of the purpose has an enrollment");
  const session = await store.findPendingSession(op.tx, enrollment.id, { serialNumber, udid });
  if (session === null) return null;
  const use = { serialNumber, udid, metaBusinessUnitId: null, at: op.at, isRepeat: true };
  return findSecretFailure(session.secret, use) === null ? session : null;
}

type Phase2Facts = {
  readonly attributes: DeviceAttributes;
  readonly secret: EnrollmentSecret;
  readonly enrollment: OtaEnrollment | null;
  readonly pending: EnrollmentSession | null;
};

async function createPhase2Session(
  op: Operation,
  deps: OtaRequestDeps,
  { attributes, secret, enrollment, pending }: Phase2Facts,
): Promise<EnrollmentSession> {
  invariant(enrollment !== null, "a verified secret has an enrollment");
  if (enrollment.realm !== null) throw new OperationRefused(otaRefusals.enrollmentWithRealm);
  if (pending?.status === "PHASE_2") return pending;
  const sessionSecret = await createEnrollmentSecret(op, deps, {
    purpose: sessionSecretPurposes.ota,
    metaBusinessUnitId: secret.metaBusinessUnitId,
    tagIds: secret.tagIds,
    serialNumbers: [attributes.serialNumber],
    udids: [attributes.udid],
    quota: sessionQuotas.otaFromMachineInfo,
    expiresAt: secret.expiresAt,
  });
  const otaEnrollmentId = enrollment.id;
  const nobody = { deviceId: null, realmUserId: null, renewsSessionId: null, firstEnrolledAt: null };
  const row = {
    kind: "ota",
    status: "PHASE_2",
    otaEnrollmentId,
    secretId: sessionSecret.id,
    ...nobody,
  } as const;
  return lockExisting(op, await store.insertSession(op.tx, row, op.at));
}

/** By the secret of a session that began with a login: it moves on, and is bound to this machine from now on. */
async function enterBySession(
  op: Operation,
  deps: OtaRequestDeps,
  { attributes, secret }: Entry,
): Promise<EnrollmentSession> {
  const { serialNumber, udid } = attributes;
  const found = await store.findSessionBySecretHash(op.tx, "ota", hashSecret(secret.reveal()));
  const verified = await verifyEnrollmentSecret(op, deps, {
    purpose: sessionSecretPurposes.ota,
    secret,
    serialNumber,
    udid,
    findOwner: async () => found && { key: "enrollment_session", fields: sessionEventFields(found) },
  });
  if (verified.failure !== null) throw new OperationRefused(secretRefusal(verified.failure));
  invariant(found !== null, "a verified session secret has a session");
  const session = await lockExisting(op, found.id);
  throwIfRefused(session.realmUserId === null ? otaRefusals.sessionWithoutRealmUser : null);
  const step = planPhase(session, "PHASE_2");
  if (typeof step === "object") throw new OperationRefused(otaRefusals.sessionWrongStatus);
  if (step === "repeat") return session;
  await bindEnrollmentSecret(op.tx, session.secret.id, { serialNumber, udid });
  await moveSession(op, session, { status: "PHASE_2" });
  return lockExisting(op, session.id);
}

/**
 * By the certificate of the second phase: the session it names moves on, whatever door it came through. Beyond the
 * reference, a session that was revoked or has ended, and a UDID that is not the second phase's, are refused.
 */
async function enterPhase3(
  op: Operation,
  subject: IdentitySubject,
  { serialNumber, udid }: DeviceAttributes,
): Promise<EnrollmentSession> {
  if (subject.serialNumber !== serialNumber) throw new OperationRefused(otaRefusals.serialNumberMismatch);
  const secret = parseOtaIdentityName(subject);
  const found =
    secret === null ? null : await store.findSessionBySecretHash(op.tx, "ota", hashSecret(secret));
  if (found === null) throw new OperationRefused(otaRefusals.sessionNotFound);
  const session = await lockExisting(op, found.id);
  const step = planPhase(session, "PHASE_3");
  if (typeof step === "object") throw new OperationRefused(otaRefusals.sessionWrongStatus);
  const use = { serialNumber, udid, metaBusinessUnitId: null, at: op.at, isRepeat: true };
  const failure = findSecretFailure(session.secret, use);
  throwIfRefused(refuseBusinessUnit(subject, session), failure === null ? null : secretRefusal(failure));
  return step === "repeat" ? session : moveSession(op, session, { status: "PHASE_3" });
}
