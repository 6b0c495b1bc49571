/** What happens by the clock: inventory again when it is old, silent devices woken, and schedules that can be seen. */
import { expect, test } from "vitest";
import { inventoryCollectionDefault } from "#mdm/commands/inventory-plan.ts";
import { requestHeartbeats } from "#mdm/push/push-operations.ts";
import { heartbeatJitterSeconds, heartbeatSeconds, sweepExpirationSeconds } from "#mdm/push/push-request.ts";
import { type Clock, movableClock } from "#platform/clock.ts";
import { sql } from "#platform/db/sql.ts";
import { jobActor, operate } from "#platform/operation.ts";
import type { Channel } from "#sandbox/devices/device-state.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { insertBlueprint } from "../tools/blueprints.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();
const { inventoryIntervalSeconds } = inventoryCollectionDefault;

const inventory = [
  "DeviceInformation",
  "SecurityInfo",
  "InstalledApplicationList",
  "CertificateList",
  "ProfileList",
];

/** A clock for {@link isWoken}: the server's own job, which runs every minute, must not wake the device before. */
const clockAhead = () => movableClock(stories.clock.now());

/** One run of the heartbeat that is rolled back, so that the sender sees nothing of it. */
async function isWoken(
  { facts }: SimulatedDevice,
  clock: Clock,
  channel: Channel = "device",
): Promise<boolean> {
  await stories.app.flush();
  let isThere = false;
  const run = operate({ ...stories.app.foundation.source, clock }, jobActor("test"), async (op) => {
    await requestHeartbeats(op);
    const rows = await op.tx.many(sql`
      select from push_requests p join devices d on d.id = p.device_id
       where d.udid = ${facts.udid} and (p.device_user_id is not null) = ${channel === "user"}`);
    isThere = rows.length > 0;
    throw new Error("seen");
  });
  await expect(run).rejects.toThrow("seen");
  return isThere;
}

/** When a device was notified last, as the sender writes it. */
async function notify({ facts }: SimulatedDevice, clock: Clock): Promise<void> {
  await stories.app.foundation.database.transaction(async (tx) => {
    await tx.run(sql`delete from push_requests`);
    await tx.run(sql`
      update device_activity a set last_notified_at = ${clock.now()} from devices d
       where d.id = a.device_id and d.udid = ${facts.udid}`);
  });
}

test("inventory is asked for again after its interval, in its order, and not before", async () => {
  const mac = await stories.settledDevice("Mac");
  stories.clock.advance(inventoryIntervalSeconds - 60);
  expect(await mac.pollUntilIdle()).toEqual([]);
  stories.clock.advance(120);
  expect((await mac.pollUntilIdle()).map(({ requestType }) => requestType)).toEqual(inventory);
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("a blueprint says what is collected of its devices, how much of it, and how often", async () => {
  const inventoryInterval = 14_400;
  const mac = await stories.settledDevice("Mac");
  await stories.app.foundation.database.transaction(async (tx) => {
    const row = { inventoryInterval, collectCertificates: 1, collectProfiles: 2 } as const;
    const id = await insertBlueprint(tx, stories.clock.now(), row);
    await tx.run(sql`update devices set blueprint_id = ${id} where udid = ${mac.facts.udid}`);
  });
  // It turns declarative management on, and asks for no inventory before its time.
  const first = (await mac.pollUntilIdle()).map(({ requestType }) => requestType);
  expect(first.filter((name) => inventory.includes(name))).toEqual([]);
  stories.clock.advance(inventoryInterval + 60);
  const asked = (await mac.pollUntilIdle()).filter(({ requestType }) => inventory.includes(requestType));
  expect(asked.map(({ requestType }) => requestType)).toEqual(
    inventory.filter((name) => name !== "InstalledApplicationList"),
  );
  const flags = asked.map(({ command }) => [command["ManagedOnly"], command["ManagedAppsOnly"]]);
  expect(flags.slice(2)).toEqual([
    [true, undefined],
    [false, undefined],
  ]);
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("an idle connect of a user-enrolled Mac waits for nothing: its applications are never due", async () => {
  const mac = await stories.settledDevice("Mac");
  await stories.app.foundation.database.transaction((tx) =>
    tx.run(sql`
      update devices set user_enrollment = true, applications_updated_at = null where udid = ${mac.facts.udid}`),
  );
  const cost = await stories.countStatements(async () => expect(await mac.pollUntilIdle()).toEqual([]));
  expect(cost).toBeLessThanOrEqual(1);
});

test("a silent device is woken after four hours and its part of the jitter, once a day", async () => {
  const mac = await stories.settledDevice("Mac");
  await stories.app.drainPushes();
  await notify(mac, stories.clock);
  stories.clock.advance(1);
  await mac.pollUntilIdle();
  const clock = clockAhead();
  clock.advance(heartbeatSeconds - 60);
  expect(await isWoken(mac, clock)).toBe(false);
  clock.advance(60 + heartbeatJitterSeconds);
  expect(await isWoken(mac, clock)).toBe(true);
  await notify(mac, clock);
  clock.advance(heartbeatSeconds + heartbeatJitterSeconds);
  expect(await isWoken(mac, clock)).toBe(false);
  clock.advance(sweepExpirationSeconds);
  expect(await isWoken(mac, clock)).toBe(true);
});

test("so is the channel of its user, by itself, and never that of a device without one", async () => {
  const mac = await stories.settledDevice("Mac");
  const phone = await stories.settledDevice("iPhone");
  await mac.pollUntilIdle("user");
  await stories.app.drainPushes();
  await stories.app.foundation.database.transaction((tx) => tx.run(sql`delete from push_requests`));
  stories.clock.advance(1);
  await mac.pollUntilIdle("user");
  const clock = clockAhead();
  clock.advance(heartbeatSeconds - 60);
  expect(await isWoken(mac, clock, "user")).toBe(false);
  clock.advance(60 + heartbeatJitterSeconds);
  expect(await isWoken(mac, clock, "user")).toBe(true);
  expect(await isWoken(phone, clock, "user")).toBe(false);
  await stories.app.foundation.database.transaction((tx) =>
    tx.run(sql`update device_users set last_notified_at = ${clock.now()}`),
  );
  clock.advance(heartbeatSeconds + heartbeatJitterSeconds);
  expect(await isWoken(mac, clock, "user")).toBe(false);
  clock.advance(sweepExpirationSeconds);
  expect(await isWoken(mac, clock, "user")).toBe(true);
});

test("a device that left is not woken", async () => {
  const phone = await stories.settledDevice("iPhone");
  await phone.checkOut();
  const clock = clockAhead();
  clock.advance(heartbeatSeconds + heartbeatJitterSeconds);
  expect(await isWoken(phone, clock)).toBe(false);
});

test("what runs by the clock is listed with its next run, for those who may see it", async () => {
  const { status, body } = await stories.call("GET", "/api/schedules/");
  expect(status).toBe(200);
  const names = (body as { name: string; next_run_at: string }[]).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      "end_overdue_commands",
      "maintain_command_history",
      "purge_events",
      "resume_bulk_commands",
      "wake_silent_devices",
    ]),
  );
  expect(body).toContainEqual(
    expect.objectContaining({
      name: "wake_silent_devices",
      pattern: "* * * * *",
      next_run_at: expect.any(String),
    }),
  );
});
