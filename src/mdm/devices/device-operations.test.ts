import { randomBytes, randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { insertBlueprint } from "../../../test/tools/blueprints.ts";
import { enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { insertPushCertificate } from "../../../test/tools/enrollments.ts";
import { runInterrupted, useTestDatabase } from "../../../test/tools/test-database.ts";
import { isTransient } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { type Device, deviceUsersMax } from "./device.ts";
import { createDeviceActivity } from "./device-activity-buffer.ts";
import { findIdentity, pinIdentity } from "./device-identity-operations.ts";
import {
  applyDevicePatch,
  blockDevice,
  findDevice,
  findDeviceUser,
  isSerialBlocked,
  purgeDevice,
  unblockDevice,
  upsertDeviceAtAuthenticate,
  upsertDeviceUser,
} from "./device-operations.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const noPush = { requestPush: async () => {} };

async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OperationRefused) return error.refusal.code;
    throw error;
  }
  return "nothing";
}

describe("Authenticate", () => {
  test("an unknown device is made, a known one renewed with its row kept", async () => {
    const pushCertificateId = await run((op) => insertPushCertificate(op.tx, randomUUID(), op.at));
    const authentication = {
      udid: randomUUID(),
      serialNumber: "FIRST",
      pushCertificateId,
      platform: null,
      patch: { osVersion: "15.1" },
      purges: true,
    };
    const first = await run((op) => upsertDeviceAtAuthenticate(op, authentication));
    expect(first).toMatchObject({ isNew: true, device: { platform: "macOS", osVersion: "15.1" } });
    const second = await run((op) =>
      upsertDeviceAtAuthenticate(op, { ...authentication, serialNumber: "SECOND", platform: "iOS" }),
    );
    expect(second.isNew).toBe(false);
    expect(second.device).toMatchObject({ id: first.device.id, serialNumber: "SECOND", platform: "iOS" });
  });

  test("flags of the new enrollment are written after the purge, and a block stays", async () => {
    const device = await run((op) => enrollDevice(op, { supervised: true, depEnrollment: true }));
    await run((op) => blockDevice(op, noPush, device.id));
    const again = await run((op) =>
      upsertDeviceAtAuthenticate(op, { ...device, patch: { userEnrollment: false }, purges: true }),
    );
    expect(again.device).toMatchObject({ userEnrollment: false, supervised: null, depEnrollment: null });
    expect(again.device.blockedAt).not.toBeNull();
  });

  test("a renewed identity purges nothing", async () => {
    const device = await run((op) => enrollDevice(op, { supervised: true, awaitingConfiguration: true }));
    const again = await run((op) =>
      upsertDeviceAtAuthenticate(op, { ...device, platform: null, patch: {}, purges: false }),
    );
    expect(again.device).toMatchObject({ supervised: true, awaitingConfiguration: true, pushMagic: "magic" });
  });

  test("two first Authenticates at once make one device", async () => {
    const pushCertificateId = await run((op) => insertPushCertificate(op.tx, randomUUID(), op.at));
    const authentication = {
      udid: randomUUID(),
      serialNumber: "ONCE",
      pushCertificateId,
      platform: "iOS" as const,
      patch: {},
      purges: true,
    };
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => run((op) => upsertDeviceAtAuthenticate(op, authentication))),
    );
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(results.map(({ device }) => device.id)).size).toBe(1);
  });
});

describe("purge", () => {
  const secrets = (device: Device, value: Buffer) =>
    run((op) =>
      op.tx.run(sql`update devices set unlock_token_sealed = ${value}, bootstrap_token_sealed = ${value},
                    device_lock_pin_sealed = ${value} where id = ${device.id}`),
    );
  const reported = new Date("2026-05-05T05:05:05Z");
  const state = {
    deviceInformationUpdatedAt: reported,
    profilesUpdatedAt: reported,
    lockedAt: reported,
    osVersion: "15.1",
    declarativeManagement: true,
  };

  test.each([
    ["checkout", false],
    ["authenticate", true],
  ] as const)("%s empties what ended and keeps the rest", async (kind, keepsBootstrapToken) => {
    const blueprintId = await run((op) => insertBlueprint(op.tx, op.at));
    const device = await run((op) => enrollDevice(op, { ...state, blueprintId }));
    await secrets(device, Buffer.from("sealed"));
    await run((op) => enrollUser(op, device));
    const purged = await run((op) => purgeDevice(op, device, kind));
    expect(purged).toMatchObject({
      token: null,
      pushMagic: null,
      hasUnlockToken: false,
      hasDeviceLockPin: false,
      hasBootstrapToken: keepsBootstrapToken,
      deviceInformationUpdatedAt: null,
      profilesUpdatedAt: null,
      lockedAt: null,
      declarativeManagement: false,
      blueprintId,
      osVersion: "15.1",
    });
    expect(purged.checkoutAt).toEqual(kind === "checkout" ? database.clock.now() : null);
    const users = await database.database.many(
      sql`select id from device_users where device_id = ${device.id}`,
    );
    expect(users).toEqual([]);
  });
});

describe("user channels", () => {
  test("a user is made once and updated after, a new token not rejected yet", async () => {
    const device = await run((op) => enrollDevice(op));
    const user = await run((op) => enrollUser(op, device, "USER-A"));
    await run((op) =>
      op.tx.run(sql`update device_users set token_rejected_at = ${op.at} where id = ${user.id}`),
    );
    const update = { ...user, token: Buffer.from("newer"), shortName: "ada2" };
    const again = await run((op) => upsertDeviceUser(op, device, update));
    expect(again).toMatchObject({
      isNew: false,
      user: { id: user.id, shortName: "ada2", tokenRejectedAt: null },
    });
    expect(await findDeviceUser(database.database, device.id, "USER-A")).toEqual(again.user);
  });

  test("a person of a directory has the same id on two devices, and a channel on each", async () => {
    const [one, other] = await run(async (op) => [await enrollDevice(op), await enrollDevice(op)] as const);
    const first = await run((op) => enrollUser(op, one, "USER-B"));
    const second = await run((op) => enrollUser(op, other, "USER-B"));
    expect(second.id).not.toBe(first.id);
    const newer = { ...second, token: Buffer.from("newer") };
    expect(await run((op) => upsertDeviceUser(op, other, newer))).toMatchObject({ isNew: false });
    expect(await findDeviceUser(database.database, one.id, "USER-B")).toEqual(first);
    await run((op) => purgeDevice(op, other, "checkout"));
    expect(await findDeviceUser(database.database, one.id, "USER-B")).toEqual(first);
    expect(await findDeviceUser(database.database, other.id, "USER-B")).toBeNull();
  });

  test("a device has only so many user channels, whatever it makes up", async () => {
    const device = await run((op) => enrollDevice(op));
    await run(({ tx, at }) =>
      tx.run(sql`
        insert into device_users (device_id, user_id, long_name, short_name, token, created_at, updated_at)
        select ${device.id}::integer, 'made-up-' || n, '', '', 'token', ${at}::timestamptz, ${at}
          from generate_series(2, ${deviceUsersMax}::integer) n`),
    );
    expect(await refusalOf(run((op) => enrollUser(op, device, "LAST")))).toBe("nothing");
    expect(await refusalOf(run((op) => enrollUser(op, device, "FURTHER")))).toBe("device_users_too_many");
    expect(await refusalOf(run((op) => enrollUser(op, device, "LAST")))).toBe("nothing");
    expect(await findDeviceUser(database.database, device.id, "FURTHER")).toBeNull();
  });
});

describe("identities", () => {
  let sessionId: number;
  beforeAll(async () => {
    sessionId = await run(async (op) => {
      const pushCertificateId = await insertPushCertificate(op.tx, randomUUID(), op.at);
      const insertSecret = (purpose: string) =>
        op.tx.one<{ id: number }>(sql`
          insert into enrollment_secrets (purpose, secret_hash, secret_sealed, meta_business_unit_id, created_at)
          values (${purpose}, ${randomBytes(32)}, '\\x00', (select max(id) from meta_business_units), ${op.at})
          returning id`);
      await op.tx.run(sql`insert into meta_business_units (name, api_enrollment_enabled, created_at, updated_at)
                          values ('Unit', true, ${op.at}, ${op.at})`);
      await op.tx.run(sql`
        insert into scep_issuers (id, name, description, url, key_size, key_usage, backend, version, created_at,
                                  updated_at)
        values (${randomUUID()}, 'I', '', 'https://x', 2048, 0, 'X', 1, ${op.at}, ${op.at})`);
      const enrollment = await op.tx.one<{ id: number }>(sql`
        insert into ota_enrollments (name, display_name, push_certificate_id, scep_issuer_id, enrollment_secret_id,
                                     created_at, updated_at)
        values ('E', 'E', ${pushCertificateId}, (select id from scep_issuers limit 1),
                ${(await insertSecret("ota_enrollment")).id}, ${op.at}, ${op.at}) returning id`);
      const session = await op.tx.one<{ id: number }>(sql`
        insert into enrollment_sessions (kind, status, ota_enrollment_id, enrollment_secret_id, created_at, updated_at)
        values ('ota', 'PHASE_3', ${enrollment.id}, ${(await insertSecret("ota_enrollment_session")).id}, ${op.at},
                ${op.at}) returning id`);
      return session.id;
    });
  });
  const facts = (fingerprint: Buffer) => ({
    sessionId,
    fingerprint,
    notAfter: new Date("2027-01-01T00:00:00Z"),
    attestedSerialNumber: "ATTESTED",
    attestedUdid: null,
  });

  test("a renewed certificate replaces the old one exactly once", async () => {
    const device = await run((op) => enrollDevice(op));
    const [old, renewed] = [randomBytes(32), randomBytes(32)];
    expect(await run((op) => pinIdentity(op, device, facts(old)))).toBe("pinned");
    expect(await run((op) => pinIdentity(op, device, facts(old)))).toBe("kept");
    expect(await run((op) => pinIdentity(op, device, facts(renewed)))).toBe("pinned");
    expect(await refusalOf(run((op) => pinIdentity(op, device, facts(old))))).toBe("certificate_replaced");
    expect(await findIdentity(database.database, old)).toMatchObject({ state: "replaced" });
    expect(await findIdentity(database.database, renewed)).toMatchObject({ state: "pinned" });
    expect(await findDevice(database.database, device.id)).toMatchObject({
      certFingerprint: renewed,
      certAttSerialNumber: "ATTESTED",
    });
  });

  test("a certificate belongs to one device", async () => {
    const [one, other] = await run(async (op) => [await enrollDevice(op), await enrollDevice(op)] as const);
    const fingerprint = randomBytes(32);
    await run((op) => pinIdentity(op, one, facts(fingerprint)));
    expect(await refusalOf(run((op) => pinIdentity(op, other, facts(fingerprint))))).toBe(
      "certificate_of_another_device",
    );
  });

  test("two devices that bring one certificate at once do not both get it", async () => {
    const [one, other] = await run(async (op) => [await enrollDevice(op), await enrollDevice(op)] as const);
    const fingerprint = randomBytes(32);
    const results = await Promise.all(
      [one, other].map((device) => refusalOf(run((op) => pinIdentity(op, device, facts(fingerprint))))),
    );
    expect(results.sort()).toEqual(["certificate_of_another_device", "nothing"]);
  });
});

describe("blocking", () => {
  test("a block asks for a push, is recorded, and is refused twice", async () => {
    const device = await run((op) => enrollDevice(op, { serialNumber: "BLOCKED1" }));
    const pushes: unknown[] = [];
    const deps = { requestPush: async (_: unknown, ...asked: unknown[]) => void pushes.push(asked) };
    const blocked = await run((op) => blockDevice(op, deps, device.id));
    expect(blocked.blockedAt).toEqual(database.clock.now());
    expect(pushes).toMatchObject([
      [
        { deviceId: device.id, userId: null },
        { priority: 10, expirationSeconds: 3600 },
      ],
    ]);
    expect(await isSerialBlocked(database.database, "BLOCKED1")).toBe(true);
    expect(await refusalOf(run((op) => blockDevice(op, deps, device.id)))).toBe("device_blocked_already");
    const events = await database.database.many<{ payload: { object: unknown } }>(
      sql`select payload from events where serial_number = 'BLOCKED1'`,
    );
    expect(events).toHaveLength(1);
    expect(events[0]?.payload.object).toMatchObject({
      model: "mdm.enrolleddevice",
      prev_value: { blocked_at: null },
      new_value: { blocked_at: expect.any(String) },
    });
    await run((op) => unblockDevice(op, device.id));
    expect(await refusalOf(run((op) => unblockDevice(op, device.id)))).toBe("device_not_blocked");
    expect(await refusalOf(run((op) => blockDevice(op, deps, 999_999)))).toBe("device_unknown");
  });
});

describe("activity", () => {
  test("sightings are coalesced, written in one statement, and never go back", async () => {
    const device = await run((op) => enrollDevice(op));
    const user = await run((op) => enrollUser(op, device));
    const activity = createDeviceActivity(database.database, database.log);
    const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 12, 0, second));
    const seen = { deviceId: device.id, deviceUserId: null };
    activity.record({ ...seen, ip: "203.0.113.1", at: at(1) });
    activity.record({ ...seen, ip: "203.0.113.9", at: at(5) });
    activity.record({ deviceId: device.id, deviceUserId: user.id, ip: "203.0.113.7", at: at(4) });
    activity.record({ deviceId: 999_999, deviceUserId: null, ip: null, at: at(4) });
    const before = database.database.statementCount();
    await activity.flush();
    expect(database.database.statementCount() - before).toBe(1);
    activity.record({ ...seen, ip: "203.0.113.2", at: at(2) });
    await activity.close();
    const rows = await database.database.many(sql`
      select a.last_ip, a.last_seen_at, u.last_ip as user_ip, u.last_seen_at as user_seen_at
        from device_activity a join device_users u using (device_id) where device_id = ${device.id}`);
    expect(rows).toEqual([
      { lastIp: "203.0.113.9", lastSeenAt: at(5), userIp: "203.0.113.7", userSeenAt: at(4) },
    ]);
  });

  test("sightings of users whose devices are heard meanwhile, in another order, are written all the same", async () => {
    const users = await run(async (op) => {
      const [one, other] = [await enrollDevice(op), await enrollDevice(op)];
      return [await enrollUser(op, one), await enrollUser(op, other)];
    });
    const hear = async ({ tx }: Operation): Promise<void> => {
      for (const { id } of users.toReversed()) {
        await tx.run(sql`update device_users set short_name = 'heard' where id = ${id}`);
      }
    };
    const activity = createDeviceActivity(database.database, database.log);
    const at = database.clock.now();
    const flush = async (): Promise<boolean> => {
      for (const { id, deviceId } of users) activity.record({ deviceId, deviceUserId: id, ip: null, at });
      await activity.flush();
      return true;
    };
    // PostgreSQL ends either of the two; the devices' side is tried again by its group.
    const ended = await runInterrupted(database, hear, flush).catch((error: unknown) => isTransient(error));
    expect(ended).toBe(true);
    await activity.close();
    const rows = await database.database.many(sql`
      select last_seen_at from device_users where id = any(${users.map(({ id }) => id)}::integer[])`);
    expect(rows).toEqual([{ lastSeenAt: at }, { lastSeenAt: at }]);
  });
});

test("a patch writes what it names and nothing else", async () => {
  const device = await run((op) => enrollDevice(op, { name: "Ada's Mac", model: "Mac14,2" }));
  const patched = await run((op) => applyDevicePatch(op, device.id, { name: null }));
  expect(patched).toEqual({ ...device, name: null });
});
