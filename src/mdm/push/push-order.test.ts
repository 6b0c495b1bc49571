/** Writers of many push requests against each other: none of them ever waits in a circle. */
import { beforeAll, expect, test } from "vitest";
import type { DeviceId, DeviceUserId } from "#mdm/devices/device.ts";
import { lockDevicesInOrder, lockKnownDevice } from "#mdm/devices/device-operations.ts";
import { isTransient } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Operation } from "#platform/operation.ts";
import { createOperationGroup } from "#platform/operation-group.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { runInterrupted, testActor, useTestDatabase } from "../../../test/tools/test-database.ts";
import {
  claimDuePushes,
  planSettling,
  type PushResult,
  requestHeartbeats,
  requestPush,
  requestPushes,
  requestTargetPushes,
  settlePushedTargets,
  settlePushes,
} from "./push-operations.ts";

const world = useTestDatabase();

type Enrolled = { readonly udid: string; readonly id: DeviceId; readonly userId: DeviceUserId };
const devices: Enrolled[] = [];
const count = 40;

beforeAll(async () => {
  await world.testOperation(async (op) => {
    for (let index = 0; index < count; index++) {
      // The order of the identifiers is not that of the rows.
      const udid = `UDID-${String((index * 17) % count).padStart(3, "0")}`;
      const { id } = await enrollDevice(op, { udid, serialNumber: `S${index}` });
      const { userId } = await op.tx.one<{ userId: DeviceUserId }>(sql`
        insert into device_users (device_id, user_id, short_name, long_name, token, declarative_management, created_at, updated_at)
        values (${id}, ${`USER-${index}`}, 'user', 'User', ${Buffer.alloc(32)}, false, ${op.at}, ${op.at}) returning id as user_id`);
      devices.push({ udid, id, userId });
    }
  });
});

const options = () => ({
  priority: 5 as const,
  expirationSeconds: 60,
  notBefore: world.clock.now(),
  at: world.clock.now(),
});
const spread = () => ({ ...options(), spreadSeconds: 0 });

test("waves, bulk commands, sweeps, the sender and shared transactions of devices never deadlock", async () => {
  const group = createOperationGroup(world.source);
  let deadlocks = 0;
  const counting = async (run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (!isTransient(error)) throw error;
      deadlocks++;
    }
  };
  const alone = (run: Parameters<typeof world.testOperation>[0]) => counting(() => world.testOperation(run));
  const settle = async (results: readonly PushResult[]): Promise<void> => {
    await alone((op) => settlePushedTargets(op, results));
    for (const part of planSettling(results)) await alone((op) => settlePushes(op, part));
  };
  const all = devices.flatMap(({ id, userId }) => [
    { deviceId: id, userId: null },
    { deviceId: id, userId },
  ]);
  const connect = ({ udid, id, userId }: Enrolled, isUserFirst: boolean) =>
    group.operate(udid, testActor, async (op) =>
      counting(async () => {
        await lockKnownDevice(op, id);
        for (const channel of isUserFirst ? [userId, null] : [null, userId]) {
          await requestPush(op.tx, { deviceId: id, userId: channel }, options());
        }
      }),
    );
  for (let round = 0; round < 15; round++) {
    const order = round % 2 === 0 ? devices : devices.toReversed();
    await Promise.all([
      ...order.map((device, index) => connect(device, index % 2 === 0)),
      alone(async (op) => {
        await lockDevicesInOrder(
          op,
          devices.map(({ id }) => id),
        );
        await requestTargetPushes(op.tx, all, spread());
      }),
      alone(async (op) => {
        const ids = devices.map(({ id }) => id).toReversed();
        await lockDevicesInOrder(op, ids);
        await requestPushes(op.tx, ids, spread());
      }),
      alone((op) => requestHeartbeats(op)),
    ]);
    const pushes = await world.testOperation((op) =>
      claimDuePushes(op, { limit: 1_000, busyCertificateIds: [] }),
    );
    // All that was asked for is due: what is settled below is not nothing.
    expect(pushes).toHaveLength(all.length);
    const results = pushes.map((push, index) => ({
      push,
      outcome:
        index % 3 === 0
          ? ({ kind: "token_rejected", reason: "BadDeviceToken", timestamp: null } as const)
          : index % 3 === 1
            ? ({ kind: "retry_later", reason: "InternalServerError", retryAfterSeconds: null } as const)
            : ({ kind: "sent" } as const),
    }));
    await Promise.all([
      settle(results),
      ...order.map((device, index) => connect(device, index % 2 === 1)),
      alone(async (op) => {
        await lockDevicesInOrder(
          op,
          devices.map(({ id }) => id),
        );
        await requestTargetPushes(op.tx, all.toReversed(), spread());
      }),
    ]);
    await world.testOperation(({ tx, at }) =>
      tx.run(sql`update push_requests set claimed_until = null, not_before = ${at}`),
    );
  }
  expect(deadlocks).toBe(0);
});

test("a device that asks for its own channel and then for its user's lets the sender settle both", async () => {
  const [device] = devices;
  if (device === undefined) throw new Error("No device is enrolled");
  const { id: deviceId, userId } = device;
  const channels = [null, userId].map((channel) => ({ deviceId, userId: channel }));
  const askForBoth = async ({ tx }: Operation): Promise<void> => {
    for (const target of channels) await requestPush(tx, target, options());
  };
  await world.testOperation(askForBoth);
  const claim = { limit: 1_000, busyCertificateIds: [] };
  const claimed = await world.testOperation((op) => claimDuePushes(op, claim));
  const pushes = channels.flatMap((target) =>
    claimed.filter((push) => push.deviceId === deviceId && push.deviceUserId === target.userId),
  );
  expect(pushes).toHaveLength(2);
  const results = pushes.map((push) => ({ push, outcome: { kind: "sent" } as const }));
  const settle = async (): Promise<number> => {
    for (const part of planSettling(results)) await world.testOperation((op) => settlePushes(op, part));
    return results.length;
  };
  expect(await runInterrupted(world, askForBoth, settle)).toBe(2);
  // Asked for again while they were under way, they are due again.
  const left = sql`select claimed_until from push_requests where device_id = ${deviceId}`;
  expect(await world.database.many(left)).toEqual([{ claimedUntil: null }, { claimedUntil: null }]);
});
