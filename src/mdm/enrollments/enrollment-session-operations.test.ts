import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { OperationRefused } from "#platform/errors.ts";
import { Secret } from "#platform/secret.ts";
import {
  type EnrollmentWorld,
  makeEnrollment,
  makeEnrollmentWorld,
} from "../../../test/tools/enrollment-world.ts";
import { insertDevice } from "../../../test/tools/enrollments.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import type { SecretInput } from "./enrollment-secret.ts";
import { createEnrollmentSecret, openEnrollmentSecret } from "./enrollment-secret-operations.ts";
import { type EnrollmentSession, type SessionStatus, reenrollmentSeconds } from "./enrollment-session.ts";
import {
  authenticateSession,
  completeSession,
  createReenrollmentSession,
  findSession,
  findSessionById,
  findSessionForIdentity,
  lockExisting,
} from "./enrollment-session-operations.ts";
import { insertSession } from "./enrollment-session-store.ts";
import { identitySubjectInput, identitySubjectOfName, planIdentity } from "./identity-subject.ts";
import { decodeName, encodeName } from "#protocol/x509/name.ts";

const database = useTestDatabase();
let world: EnrollmentWorld;
let deviceCount = 0;

beforeAll(async () => {
  world = await makeEnrollmentWorld(database);
});
beforeEach(() => database.clock.set(testStart));
afterAll(() => world.deps.eventBuffer.close());

type SessionFacts = {
  readonly status?: SessionStatus;
  readonly secret?: Partial<SecretInput>;
};

async function makeSession({
  status = "PHASE_3",
  secret = {},
}: SessionFacts = {}): Promise<EnrollmentSession> {
  const { enrollment } = await makeEnrollment(database, world);
  return database.testOperation(async (op) => {
    const made = await createEnrollmentSecret(op, world.deps, {
      purpose: "ota_enrollment_session",
      metaBusinessUnitId: world.metaBusinessUnitId,
      tagIds: [],
      serialNumbers: ["C02"],
      udids: ["U-1"],
      quota: 2,
      expiresAt: null,
      ...secret,
    });
    const id = await insertSession(
      op.tx,
      {
        kind: "ota",
        status,
        otaEnrollmentId: enrollment.id,
        secretId: made.id,
        deviceId: null,
        realmUserId: null,
        renewsSessionId: null,
        firstEnrolledAt: null,
      },
      op.at,
    );
    return lockExisting(op, id);
  });
}

async function makeDevice(): Promise<number> {
  const facts = {
    udid: `udid ${deviceCount++}`,
    serialNumber: "C02",
    pushCertificateId: world.pushCertificateId,
  };
  return database.testOperation((op) => insertDevice(op.tx, facts, op.at));
}

function authenticate(session: EnrollmentSession, deviceId: number, udid = "U-1") {
  return database.testOperation((op) =>
    authenticateSession(op, session, { deviceId, serialNumber: "C02", udid }),
  );
}

function complete(session: EnrollmentSession, deviceId: number) {
  return database.testOperation((op) => completeSession(op, session, deviceId));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperationRefused)) throw new Error("Expected a refusal", { cause: error });
  return error.refusal.code;
}

describe("authenticateSession", () => {
  test("attaches the device, and finds it attached when the device repeats", async () => {
    const session = await makeSession();
    const deviceId = await makeDevice();
    expect(await authenticate(session, deviceId)).toMatchObject({ status: "AUTHENTICATED", deviceId });
    expect(await authenticate(session, deviceId)).toMatchObject({ status: "AUTHENTICATED", deviceId });
    expect(await findSessionById(database.database, session.id)).toMatchObject({
      status: "AUTHENTICATED",
      deviceId,
    });
  });

  test("an Authenticate repeated after completion leaves the session completed", async () => {
    const session = await makeSession();
    const deviceId = await makeDevice();
    await authenticate(session, deviceId);
    expect(await complete(session, deviceId)).toMatchObject({
      isFirst: true,
      session: { status: "COMPLETED" },
    });
    expect((await authenticate(session, deviceId)).status).toBe("COMPLETED");
    expect(await complete(session, deviceId)).toMatchObject({ isFirst: false });
  });

  test("refuses another device, and a session that is not that far", async () => {
    const [first, second] = [await makeDevice(), await makeDevice()];
    const session = await makeSession();
    await authenticate(session, first);
    expect(await codeOf(authenticate(session, second))).toBe("enrollment_session_of_another_device");
    expect(await codeOf(complete(session, second))).toBe("enrollment_session_of_another_device");
    const early = await makeSession({ status: "PHASE_2" });
    expect(await codeOf(authenticate(early, first))).toBe("enrollment_session_wrong_status");
    expect(await codeOf(complete(early, first))).toBe("enrollment_session_of_another_device");
  });

  test("two devices at once: one gets the session", async () => {
    const session = await makeSession({ secret: { serialNumbers: null, udids: null } });
    const devices = [await makeDevice(), await makeDevice(), await makeDevice()];
    const outcomes = await Promise.allSettled(devices.map((id) => authenticate(session, id, `U-${id}`)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("a session bound to no machine is bound to the first one", async () => {
    const session = await makeSession({ secret: { serialNumbers: null, udids: null } });
    await authenticate(session, await makeDevice(), "U-77");
    const after = await findSessionById(database.database, session.id);
    expect(after?.secret).toMatchObject({ serialNumbers: ["C02"], udids: ["U-77"] });
  });

  test("refuses another machine than the session is bound to, and a secret that ended or was revoked", async () => {
    const deviceId = await makeDevice();
    const session = await makeSession();
    expect(await codeOf(authenticate(session, deviceId, "U-2"))).toBe("enrollment_secret_udid_mismatch");
    const ended = await makeSession({ secret: { expiresAt: testStart } });
    expect(await codeOf(authenticate(ended, deviceId))).toBe("enrollment_secret_expired");
    expect((await findSessionById(database.database, ended.id))?.status).toBe("PHASE_3");
  });

  test("a secret that ends afterwards does not matter to the enrolled device", async () => {
    const expiresAt = new Date(testStart.getTime() + 1_000);
    const session = await makeSession({ secret: { expiresAt } });
    const deviceId = await makeDevice();
    await authenticate(session, deviceId);
    database.clock.advance(3_600);
    expect((await authenticate(session, deviceId)).status).toBe("AUTHENTICATED");
    expect((await complete(session, deviceId)).isFirst).toBe(true);
  });
});

describe("createReenrollmentSession", () => {
  async function enroll() {
    const session = await makeSession();
    const deviceId = await makeDevice();
    await authenticate(session, deviceId);
    return { session, deviceId };
  }

  function renew(current: EnrollmentSession, deviceId: number) {
    return database.testOperation((op) =>
      createReenrollmentSession(op, world.deps, {
        deviceId,
        currentSessionId: current.id,
        serialNumber: "C02",
        udid: "U-1",
      }),
    );
  }

  test("is bound to the device, for an hour, with a secret of 57 characters", async () => {
    const { session, deviceId } = await enroll();
    const renewal = await renew(session, deviceId);
    expect(renewal).toMatchObject({
      kind: "re",
      status: "STARTED",
      deviceId,
      renewsSessionId: session.id,
      firstEnrolledAt: testStart,
      enrollment: session.enrollment,
      secret: {
        quota: 1,
        serialNumbers: ["C02"],
        udids: ["U-1"],
        metaBusinessUnitId: world.metaBusinessUnitId,
        expiresAt: new Date(testStart.getTime() + reenrollmentSeconds * 1000),
      },
    });
    expect(openEnrollmentSecret(world.deps, renewal.secret).reveal()).toHaveLength(57);
  });

  test("keeps the first date and the enrollment through renewals of renewals", async () => {
    const { session, deviceId } = await enroll();
    database.clock.advance(86_400);
    const first = await renew(session, deviceId);
    await authenticate(first, deviceId);
    await complete(first, deviceId);
    database.clock.advance(86_400);
    const second = await renew(first, deviceId);
    expect(second.firstEnrolledAt).toEqual(testStart);
    expect(second).toMatchObject({ renewsSessionId: first.id, enrollment: session.enrollment });
  });

  test("is refused to a session without device and to another device", async () => {
    const { session } = await enroll();
    const unused = await makeSession();
    const other = await makeDevice();
    expect(await codeOf(renew(unused, other))).toBe("enrollment_session_without_device");
    expect(await codeOf(renew(session, other))).toBe("enrollment_session_without_device");
  });

  test("only its device authenticates with it, and may repeat it", async () => {
    const { session, deviceId } = await enroll();
    const renewal = await renew(session, deviceId);
    expect(await codeOf(authenticate(renewal, await makeDevice()))).toBe(
      "enrollment_session_of_another_device",
    );
    expect((await authenticate(renewal, deviceId)).status).toBe("AUTHENTICATED");
    expect((await authenticate(renewal, deviceId)).status).toBe("AUTHENTICATED");
  });
});

describe("findSessionForIdentity", () => {
  async function subjectOf(session: EnrollmentSession) {
    const secret = openEnrollmentSecret(world.deps, session.secret).reveal();
    const input = identitySubjectInput(planIdentity(session, secret, { use: "mdm" }));
    return identitySubjectOfName(decodeName(encodeName(input)));
  }

  test("finds the session its certificate names, whatever became of the secret", async () => {
    const session = await makeSession({ secret: { expiresAt: new Date(0) } });
    expect(await findSessionForIdentity(database.database, await subjectOf(session))).toMatchObject({
      id: session.id,
    });
  });

  test("finds nothing for a secret of another kind, nor for that of an enrollment", async () => {
    const session = await makeSession();
    const subject = await subjectOf(session);
    const asRenewal = { ...subject, commonName: subject.commonName?.replace("$OTA$", "$RE$") ?? null };
    expect(await findSessionForIdentity(database.database, asRenewal)).toMatchObject({
      detail: "Bad re-enrollment session secret in client certificate CN",
    });
    const { challenge } = await makeEnrollment(database, world);
    expect(
      await findSessionForIdentity(database.database, { ...subject, commonName: `MDM$OTA$${challenge}` }),
    ).toMatchObject({ code: "enrollment_session_secret_unknown" });
  });

  test("a session is found by its secret in one statement", async () => {
    const session = await makeSession();
    const secret = openEnrollmentSecret(world.deps, session.secret);
    const before = database.database.statementCount();
    expect((await findSession(database.database, "ota", secret))?.id).toBe(session.id);
    expect(database.database.statementCount() - before).toBe(1);
    expect(await findSession(database.database, "ota", new Secret("nobody's"))).toBeNull();
  });
});

test("a session belongs to a device row, and is of one enrollment", async () => {
  const session = await makeSession();
  await expect(
    database.testOperation((op) =>
      op.tx.run(sql`update enrollment_sessions set device_id = 123456 where id = ${session.id}`),
    ),
  ).rejects.toThrow("enrollment_sessions_device_id_fkey");
});
