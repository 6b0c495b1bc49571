import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { Secret } from "#platform/secret.ts";
import { type EnrollmentWorld, makeEnrollmentWorld } from "../../../test/tools/enrollment-world.ts";
import { insertTag } from "../../../test/tools/enrollments.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import type { SecretInput, SecretPurpose } from "./enrollment-secret.ts";
import {
  createEnrollmentSecret,
  openEnrollmentSecret,
  verifyEnrollmentSecret,
} from "./enrollment-secret-operations.ts";
import {
  findEnrollmentSecret,
  revokeEnrollmentSecret,
  updateEnrollmentSecret,
} from "./enrollment-secret-store.ts";

const database = useTestDatabase();
let world: EnrollmentWorld;

beforeAll(async () => {
  world = await makeEnrollmentWorld(database);
});
afterAll(() => world.deps.eventBuffer.close());

async function makeSecret(overrides: Partial<SecretInput> = {}) {
  const input: SecretInput = {
    purpose: "ota_enrollment",
    metaBusinessUnitId: world.metaBusinessUnitId,
    tagIds: [],
    serialNumbers: null,
    udids: null,
    quota: null,
    expiresAt: null,
    ...overrides,
  };
  const secret = await database.testOperation((op) => createEnrollmentSecret(op, world.deps, input));
  return { secret, text: openEnrollmentSecret(world.deps, secret) };
}

function verify(text: Secret<string>, options: { purpose?: SecretPurpose; udid?: string } = {}) {
  const { purpose = "ota_enrollment", udid = "U-1" } = options;
  return database.testOperation((op) =>
    verifyEnrollmentSecret(op, world.deps, { purpose, secret: text, serialNumber: "C02", udid }),
  );
}

async function listVerifications() {
  await world.deps.eventBuffer.flush();
  const rows = await database.database.many<{ payload: unknown }>(sql`
    select payload from events where type = 'enrollment_secret_verification' order by sequence desc`);
  return rows.map(({ payload }) => payload);
}

test("a secret is stored hashed and sealed, never as it is", async () => {
  const { secret, text } = await makeSecret();
  expect(text.reveal()).toMatch(/^[A-Za-z0-9]{64}$/);
  const row = await database.database.one(
    sql`select s::text as row from enrollment_secrets s where id = ${secret.id}`,
  );
  expect(JSON.stringify(row)).not.toContain(text.reveal());
  expect(JSON.stringify(row)).not.toContain(Buffer.from(text.reveal()).toString("hex"));
});

test("a secret lets in, is counted, and its request kept", async () => {
  const { secret, text } = await makeSecret();
  expect((await verify(text)).failure).toBeNull();
  expect((await findEnrollmentSecret(database.database, secret.id))?.requestCount).toBe(1);
  const requests = await database.database.many(
    sql`select serial_number, udid from enrollment_secret_requests where enrollment_secret_id = ${secret.id}`,
  );
  expect(requests).toEqual([{ serialNumber: "C02", udid: "U-1" }]);
  expect((await listVerifications())[0]).toEqual({ status: "success", type: "ota_enrollment" });
});

test("a failure changes nothing and leaves an event, even when the caller's transaction rolls back", async () => {
  const { secret, text } = await makeSecret({ udids: ["U-2"] });
  await expect(
    database.testOperation(async (op) => {
      const verification = {
        purpose: "ota_enrollment",
        secret: text,
        serialNumber: "C02",
        udid: "U-1",
      } as const;
      const { failure } = await verifyEnrollmentSecret(op, world.deps, verification);
      throw new Error(`refused: ${failure}`);
    }),
  ).rejects.toThrow("refused: udid mismatch");
  expect((await findEnrollmentSecret(database.database, secret.id))?.requestCount).toBe(0);
  expect((await listVerifications())[0]).toEqual({
    status: "failure",
    type: "ota_enrollment",
    reason: "udid mismatch",
  });
});

test("a secret is unknown for every purpose but its own, and so is one that only begins like it", async () => {
  const { text } = await makeSecret();
  expect((await verify(text, { purpose: "dep_enrollment" })).failure).toBe("unknown secret");
  expect((await verify(new Secret(`${text.reveal()}${"x".repeat(100_000)}`))).failure).toBe("unknown secret");
  expect((await verify(new Secret(""))).failure).toBe("unknown secret");
});

test("a revoked secret keeps the time it was first revoked at", async () => {
  const { secret, text } = await makeSecret();
  const first = database.clock.now();
  for (const at of [first, new Date(first.getTime() + 1_000)]) {
    await database.testOperation((op) => revokeEnrollmentSecret(op.tx, secret.id, at));
  }
  expect((await findEnrollmentSecret(database.database, secret.id))?.revokedAt).toEqual(first);
  expect((await verify(text)).failure).toBe("revoked");
});

describe("two sessions at once", () => {
  test("ten requests on a quota of three let three in", async () => {
    const { secret, text } = await makeSecret({ quota: 3 });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => verify(text, { udid: `U-${index}` })),
    );
    const failures = outcomes.map(({ failure }) => failure).filter((failure) => failure !== null);
    expect(failures).toEqual(Array.from({ length: 7 }, () => "quota used up"));
    const after = await findEnrollmentSecret(database.database, secret.id);
    expect(after?.requestCount).toBe(3);
  });
});

test("changing a secret replaces its tags and keeps its text", async () => {
  const tagIds = await database.testOperation(async (op) => [
    await insertTag(op.tx, "one"),
    await insertTag(op.tx, "two"),
    await insertTag(op.tx, "three"),
  ]);
  const { secret, text } = await makeSecret({ tagIds: tagIds.slice(0, 2) });
  expect(secret.tagIds).toEqual(tagIds.slice(0, 2));
  const patch = {
    metaBusinessUnitId: world.metaBusinessUnitId,
    tagIds: tagIds.slice(1),
    serialNumbers: [],
    udids: ["U-1"],
    quota: 5,
  };
  await database.testOperation((op) => updateEnrollmentSecret(op.tx, secret.id, patch));
  const after = await findEnrollmentSecret(database.database, secret.id);
  expect(after).toMatchObject(patch);
  expect(after && openEnrollmentSecret(world.deps, after).reveal()).toBe(text.reveal());
});
