/** A queue that never sticks: whatever one command meets, those behind it reach the device. */
import { beforeAll, expect, test } from "vitest";
import {
  answerGraceSeconds,
  deliveriesMax,
  notNowBackOffSecondsMin,
  parkedSeconds,
} from "#mdm/commands/command.ts";
import { endOverdue } from "#mdm/commands/command-queue-operations.ts";
import { sql } from "#platform/db/sql.ts";
import { jobActor, operate } from "#platform/operation.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { tokenUpdateMessage } from "#sandbox/devices/checkin-messages.ts";
import { notNow } from "#sandbox/devices/device-state.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { textOf } from "#sandbox/simulate/api-client.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

let nextVersion = 0;
/** Another version of one profile. */
const profileArguments = (identifier = "com.example.wifi") => ({
  Payload: writePlist({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: `5B0C1A5E-0000-4000-8000-${String(nextVersion++).padStart(12, "0")}`,
    PayloadContent: [],
  }).toString("base64"),
});

const queueOf = async (device: SimulatedDevice, state = "") =>
  stories.api.list(`/api/mdm/devices/${await stories.idOf(device)}/commands/?limit=500${state}`);
const entryOf = async (device: SimulatedDevice, uuid: string) =>
  (await queueOf(device)).find((entry) => entry["uuid"] === uuid);
const post = (uuid: string, verb: "retry" | "cancel") =>
  stories.call("POST", `/api/mdm/devices/commands/${uuid}/${verb}/`);
const orderTimed = async (device: SimulatedDevice, body: Record<string, unknown>) =>
  stories.call("POST", `/api/mdm/devices/${await stories.idOf(device)}/commands/`, body);
const uuidOf = ({ body }: { body: unknown }) => (body as { uuid: string }).uuid;
const inSeconds = (seconds: number) => new Date(stories.clock.now().getTime() + seconds * 1000).toISOString();
const endOverdueNow = () =>
  operate(stories.app.foundation.source, jobActor("end_overdue_commands"), (op) => endOverdue(op, 1_000));

/** Takes the first command again and again, and says nothing. */
async function ignoreFirstCommand(device: SimulatedDevice, times = deliveriesMax): Promise<void> {
  for (let delivery = 1; delivery <= times; delivery++) await device.sendReport({ Status: "Idle" });
}

/** Sends the TokenUpdate of the device channel once more, as a device does that was started or unlocked. */
async function repeatTokens(device: SimulatedDevice): Promise<void> {
  const { facts, state } = device;
  if (state.push === null) throw new Error("The device has push tokens");
  const told = { topic: stories.topic, push: state.push, unlockToken: null, isUserChannel: false };
  await device.sendCheckin(tokenUpdateMessage(facts, told));
}

let start: Date;
beforeAll(() => {
  start = stories.clock.now();
});
/** Far enough from the certificate's end, and the same for each story. */
const restartClock = () => stories.clock.set(start);

test("a device that never answers its first command still installs a profile", async () => {
  const mac = await stories.settledDevice("Mac");
  const stuck = await stories.order(mac, "RestartDevice");
  const install = await stories.order(mac, "InstallProfile", profileArguments());
  await ignoreFirstCommand(mac);
  const seen = await mac.pollUntilIdle();
  expect(seen.map(({ requestType }) => requestType)).toEqual(["InstallProfile", "ProfileList"]);
  expect(await stories.commandOf(install)).toMatchObject({ status: "Acknowledged" });
  expect(await stories.commandOf(stuck)).toMatchObject({ status: null, time: expect.any(String) });
  expect(await queueOf(mac, "&state=parked")).toEqual([
    expect.objectContaining({ uuid: stuck, delivery_count: deliveriesMax, parked_at: expect.any(String) }),
  ]);
});

test("a parked command is handed out again when an operator says so, and then once a day", async () => {
  restartClock();
  const mac = await stories.settledDevice("Mac");
  const stuck = await stories.order(mac, "RestartDevice");
  await ignoreFirstCommand(mac);
  expect(await mac.pollUntilIdle()).toEqual([]);
  expect(await post(stuck, "retry")).toMatchObject({ status: 200, body: { state: "sent", parked_at: null } });
  await ignoreFirstCommand(mac);
  expect(await mac.pollUntilIdle()).toEqual([]);
  stories.clock.advance(parkedSeconds);
  const answer = await mac.sendReport({ Status: "Idle" });
  expect(answer.body.toString()).toContain(stuck.toUpperCase());
  await mac.sendReport({ Status: "Acknowledged", CommandUUID: stuck.toUpperCase() });
  expect(await entryOf(mac, stuck)).toMatchObject({ state: "answered", status: "Acknowledged" });
  expect((await post(stuck, "retry")).status).toBe(400);
});

const versions = 1_000;

test("of a thousand versions of a profile the last one is sent, once, and none is turned away", async () => {
  const mac = await stories.settledDevice("Mac");
  const other = await stories.order(mac, "InstallProfile", profileArguments("com.example.other"));
  const id = await stories.idOf(mac);
  const change = async (): Promise<string> => {
    const body = { name: "InstallProfile", arguments: profileArguments() };
    return textOf(await stories.api.create(`/api/mdm/devices/${id}/commands/`, body), "uuid");
  };
  for (let version = 1; version < versions; version += 37) {
    await Promise.all(Array.from({ length: Math.min(37, versions - version) }, change));
  }
  const last = await change();
  const seen = await mac.pollUntilIdle();
  const installed = seen.filter(({ requestType }) => requestType === "InstallProfile");
  expect(installed.map(({ uuid }) => uuid.toLowerCase())).toEqual([other, last]);
  const { database } = stories.app.foundation;
  const { count } = await database.one<{ count: number }>(sql`
    select count(*)::int as count from command_history h join devices d on d.id = h.device_id
     where d.udid = ${mac.facts.udid} and h.outcome = 'superseded'`);
  expect(count).toBe(versions - 1);
});

test("a command of a key that was handed out is not replaced", async () => {
  const mac = await stories.settledDevice("Mac");
  const first = uuidOf(await orderTimed(mac, { name: "ProfileList", supersede_key: "lists" }));
  await mac.sendReport({ Status: "Idle" });
  const second = uuidOf(await orderTimed(mac, { name: "ProfileList", supersede_key: "lists" }));
  expect((await mac.pollUntilIdle()).map(({ uuid }) => uuid.toLowerCase())).toEqual([first, second]);
});

test("an expired command is never sent, and says so in the history", async () => {
  restartClock();
  const mac = await stories.settledDevice("Mac");
  const uuid = uuidOf(await orderTimed(mac, { name: "RestartDevice", expires_at: inSeconds(60) }));
  stories.clock.advance(60);
  expect(await mac.pollUntilIdle()).toEqual([]);
  await endOverdueNow();
  expect(await entryOf(mac, uuid)).toMatchObject({ state: "expired", status: null, time: null });
  expect(await stories.commandOf(uuid)).toMatchObject({ status: null, result_time: null });
  expect(mac.state.restartCount).toBe(0);
});

test("the answer to a command that expired in the hands of the device still counts", async () => {
  restartClock();
  const mac = await stories.settledDevice("Mac");
  const uuid = uuidOf(await orderTimed(mac, { name: "RestartDevice", expires_at: inSeconds(60) }));
  await mac.sendReport({ Status: "Idle" });
  stories.clock.advance(61);
  await endOverdueNow();
  await mac.sendReport({ Status: "Acknowledged", CommandUUID: uuid.toUpperCase() });
  expect(await stories.detailOf(mac)).toMatchObject({ restarted_at: expect.any(String) });
  expect(await entryOf(mac, uuid)).toMatchObject({ state: "answered" });
});

test("an end that is not after the beginning is refused", async () => {
  const mac = await stories.settledDevice("Mac");
  const times = { not_before: inSeconds(60), expires_at: inSeconds(30) };
  expect(await orderTimed(mac, { name: "RestartDevice", ...times })).toMatchObject({
    status: 400,
    body: { expires_at: [expect.any(String)] },
  });
});

test("the pause after a NotNow grows, the device is woken at its end, and others flow", async () => {
  restartClock();
  const mac = await stories.settledDevice("Mac");
  mac.answer("InstallProfile", notNow, 2);
  const uuid = await stories.order(mac, "InstallProfile", profileArguments());
  await stories.app.drainPushes();
  await mac.pollUntilIdle();
  const { database } = stories.app.foundation;
  const push = await database.one<{ notBefore: Date }>(sql`
    select p.not_before from push_requests p join devices d on d.id = p.device_id
     where d.udid = ${mac.facts.udid}`);
  expect(push.notBefore.toISOString()).toBe(inSeconds(notNowBackOffSecondsMin));
  stories.clock.advance(notNowBackOffSecondsMin);
  expect(await mac.pollUntilIdle()).toMatchObject([{ status: "NotNow" }]);
  stories.clock.advance(notNowBackOffSecondsMin);
  const other = await stories.order(mac, "DeviceInformation");
  expect((await mac.pollUntilIdle()).map((seen) => seen.uuid.toLowerCase())).toEqual([other]);
  expect(await entryOf(mac, uuid)).toMatchObject({ state: "not_now", not_now_count: 2 });
  stories.clock.advance(notNowBackOffSecondsMin);
  expect((await mac.pollUntilIdle())[0]).toMatchObject({ status: "Acknowledged" });
});

test.each([
  ["the same tokens", (device: SimulatedDevice) => repeatTokens(device)],
  ["new tokens", (device: SimulatedDevice) => device.updateTokens()],
])("a device that reports %s after a NotNow is asked again at once, and woken", async (_, report) => {
  restartClock();
  const mac = await stories.settledDevice("Mac");
  await mac.pollUntilIdle("user");
  mac.answer("InstallProfile", notNow, 4);
  const uuid = await stories.order(mac, "InstallProfile", profileArguments());
  for (const times of [1, 2, 4, 8]) {
    await mac.pollUntilIdle();
    stories.clock.advance(notNowBackOffSecondsMin * times - 1);
    expect(await mac.pollUntilIdle()).toEqual([]);
    if (times < 8) stories.clock.advance(1);
  }
  await stories.app.drainPushes();
  const pushes = stories.apple.apns.deliveryCount();
  await report(mac);
  await stories.app.drainPushes();
  expect(stories.apple.apns.deliveryCount()).toBeGreaterThan(pushes);
  expect(await entryOf(mac, uuid)).toMatchObject({ retry_at: null, not_now_count: 0 });
  expect((await mac.pollUntilIdle())[0]).toMatchObject({ uuid: uuid.toUpperCase(), status: "Acknowledged" });
});

test("an old TokenUpdate that comes again ends no pause", async () => {
  const mac = await stories.settledDevice("Mac");
  const old = mac.state.push;
  await mac.updateTokens();
  mac.answer("InstallProfile", notNow);
  await stories.order(mac, "InstallProfile", profileArguments());
  await mac.pollUntilIdle();
  mac.state.push = old;
  await repeatTokens(mac);
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("an operator need not wait for the pause after a NotNow", async () => {
  const mac = await stories.settledDevice("Mac");
  mac.answer("InstallProfile", notNow);
  const uuid = await stories.order(mac, "InstallProfile", profileArguments());
  await mac.pollUntilIdle();
  expect(await post(uuid, "retry")).toMatchObject({
    status: 200,
    body: { state: "not_now", retry_at: null },
  });
  expect((await mac.pollUntilIdle())[0]?.uuid.toLowerCase()).toBe(uuid);
});

test("what is queued is taken back, and what was sent is not handed out again", async () => {
  restartClock();
  const mac = await stories.settledDevice("Mac");
  const queued = await stories.order(mac, "RestartDevice");
  expect(await post(queued, "cancel")).toMatchObject({
    status: 200,
    body: { state: "cancelled", time: null },
  });
  expect(await mac.pollUntilIdle()).toEqual([]);
  const sent = await stories.order(mac, "RestartDevice");
  await ignoreFirstCommand(mac, 1);
  expect(await post(sent, "cancel")).toMatchObject({ status: 200, body: { state: "cancelled" } });
  expect(await mac.pollUntilIdle()).toEqual([]);
  stories.clock.advance(answerGraceSeconds);
  await endOverdueNow();
  expect(await entryOf(mac, sent)).toMatchObject({ state: "cancelled", status: null });
  expect((await post(sent, "cancel")).status).toBe(400);
  expect((await post("6e2f4e62-0000-4000-8000-000000000000", "cancel")).status).toBe(404);
});

test("the PIN of a lock that was taken back too late is kept", async () => {
  const mac = await stories.settledDevice("Mac");
  const uuid = await stories.order(mac, "DeviceLock", { PIN: "314159" });
  await mac.sendReport({ Status: "Idle" });
  await post(uuid, "cancel");
  await mac.sendReport({ Status: "Acknowledged", CommandUUID: uuid.toUpperCase() });
  expect(
    await stories.api.read(`/api/mdm/devices/${await stories.idOf(mac)}/device_lock_pin/`),
  ).toMatchObject({
    device_lock_pin: "314159",
  });
});

test("a lock jumps a queue, and a device that enrolls anew begins with an empty one", async () => {
  const mac = await stories.settledDevice("Mac");
  await stories.order(mac, "RestartDevice");
  const lock = await stories.order(mac, "DeviceLock", { PIN: "271828" });
  const answer = await mac.sendReport({ Status: "Idle" });
  expect(answer.body.toString()).toContain(lock.toUpperCase());
  await mac.checkOut();
  await mac.enroll(await stories.directProfile(mac));
  const seen = await mac.pollUntilIdle();
  expect(seen.map(({ requestType }) => requestType)).not.toContain("RestartDevice");
});
