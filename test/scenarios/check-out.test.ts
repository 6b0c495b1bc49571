/** Story 7: a device that leaves is remembered, but neither its secrets nor its queue are. */
import { expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { assignBlueprint, insertBlueprint } from "../tools/desired-state.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

async function rowOf({ facts }: SimulatedDevice) {
  return stories.app.foundation.database.one<Record<string, unknown>>(sql`
    select token, push_magic, unlock_token_sealed, bootstrap_token_sealed, device_lock_pin_sealed
      from devices where udid = ${facts.udid}`);
}

test("a Mac that checks out leaves its row, its inventory and its history", async () => {
  const mac = await stories.settledDevice("Mac");
  const answered = await stories.order(mac, "DeviceLock", { PIN: "445566" });
  await mac.pollUntilIdle();
  const queued = await stories.order(mac, "RestartDevice");
  await stories.app.drainPushes();
  await stories.app.flush();
  await mac.checkOut();
  await stories.app.flush();
  expect(await rowOf(mac)).toEqual({
    token: null,
    pushMagic: null,
    unlockTokenSealed: null,
    bootstrapTokenSealed: null,
    deviceLockPinSealed: null,
  });
  expect(await stories.detailOf(mac)).toMatchObject({
    udid: mac.facts.udid,
    os_version: mac.facts.osVersion,
    checkout_at: expect.any(String),
    users: [],
    bootstrap_token_escrowed: false,
    dep_enrollment: null,
    user_enrollment: null,
    user_approved_enrollment: null,
    supervised: null,
    last_ip: null,
    last_seen_at: null,
    last_notified_at: null,
    device_information_updated_at: null,
    security_info_updated_at: null,
    applications_updated_at: null,
    profiles_updated_at: null,
    certificates_updated_at: null,
  });
  expect((await stories.call("GET", `/api/mdm/devices/commands/${queued}/`)).status).toBe(404);
  expect(await stories.commandOf(answered)).toMatchObject({ status: "Acknowledged" });
  const last = (await stories.eventsOf(mac)).filter(({ payload }) => payload["message_type"] === "CheckOut");
  expect(last.map(({ payload }) => payload["status"])).toEqual(["success"]);
});

test("CheckOut twice is harmless", async () => {
  const mac = await stories.settledDevice("Mac");
  await mac.checkOut();
  const before = (await stories.detailOf(mac))["checkout_at"];
  expect((await mac.replayLast()).status).toBe(200);
  expect((await stories.detailOf(mac))["checkout_at"]).toEqual(before);
});

test("a device that has checked out is given nothing when it connects all the same", async () => {
  const mac = await stories.settledDevice("Mac");
  const { enrollment } = mac.state;
  await mac.checkOut();
  mac.state.enrollment = enrollment;
  const uuid = await stories.order(mac, "RestartDevice");
  stories.clock.advance(24 * 3600);
  const answer = await mac.sendReport({ Status: "Idle" });
  expect([answer.status, answer.body.length]).toEqual([200, 0]);
  expect(await stories.commandOf(uuid)).toMatchObject({ time: null });
});

test("a device that has checked out is told nothing of what enrolled devices should have", async () => {
  const mac = await stories.settledDevice("Mac");
  await stories.app.foundation.database.transaction(async (tx) =>
    assignBlueprint(tx, await insertBlueprint(tx), [mac.facts.udid]),
  );
  const statusOf = async (endpoint: string) => (await mac.sendDeclarative(endpoint)).status;
  expect(await statusOf("declaration-items")).toBe(200);
  const { enrollment } = mac.state;
  await mac.checkOut();
  mac.state.enrollment = enrollment;
  expect([await statusOf("tokens"), await statusOf("declaration-items")]).toEqual([400, 400]);
  const last = (await stories.eventsOf(mac)).at(-1);
  expect(last?.payload).toMatchObject({ status: "failure", reason: "device has checked out" });
});

test("a device that authenticates again with the identity it left with begins anew", async () => {
  const mac = await stories.settledDevice("Mac");
  const { enrollment } = mac.state;
  await mac.checkOut();
  stories.clock.advance(60);
  mac.state.enrollment = enrollment;
  expect((await mac.authenticate()).status).toBe(200);
  await mac.updateTokens();
  expect(await stories.detailOf(mac)).toMatchObject({ checkout_at: null, dep_enrollment: false });
  expect(await mac.pollUntilIdle()).toHaveLength(5);
});

test("a user who leaves takes only the user channel along", async () => {
  const mac = await stories.settledDevice("Mac");
  const message = { MessageType: "CheckOut", Topic: stories.topic, UserID: mac.facts.user?.userId };
  expect((await mac.sendCheckin(message)).status).toBe(200);
  expect(await stories.detailOf(mac)).toMatchObject({ users: [], checkout_at: null });
  expect(await mac.pollUntilIdle()).toEqual([]);
  await stories.order(mac, "RestartDevice");
  expect(await mac.pollUntilIdle()).toHaveLength(1);
});

test("a device that has checked out enrolls again as the same device", async () => {
  const number = 500;
  const mac = await stories.settledDevice("Mac", { number });
  const id = await stories.idOf(mac);
  await mac.checkOut();
  stories.clock.advance(60);
  const again = makeDevice(stories.world, "Mac", { number });
  await again.enroll(stories.otaProfile);
  expect(await stories.idOf(again)).toBe(id);
  expect(await stories.detailOf(again)).toMatchObject({ checkout_at: null, bootstrap_token_escrowed: true });
  expect(await again.pollUntilIdle()).toHaveLength(5);
});
