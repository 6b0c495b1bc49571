/** Story 6: a blocked device is told to leave, in the words its system understands, and may not come back. */
import { expect, test } from "vitest";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { understandsUnrecognizedDevice } from "#sandbox/devices/device-facts.ts";
import type { DeviceModel } from "#sandbox/devices/device-facts.ts";
import { waitFor } from "#sandbox/simulate/wait.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

async function block(device: SimulatedDevice): Promise<void> {
  const answer = await stories.call("POST", `/api/mdm/devices/${await stories.idOf(device)}/block/`);
  expect(answer).toMatchObject({ status: 200, body: { blocked_at: expect.any(String) } });
}

/** Numbers of the sandbox's catalogue: the newest hardware of each model, and the one before Apple's 403. */
const devices: readonly (readonly [DeviceModel, number, 403 | 401])[] = [
  ["Mac", 64, 403],
  ["Mac", 24, 401],
  ["iPhone", 25, 403],
  ["iPhone", 16, 401],
  ["iPad", 48, 403],
  ["iPad", 40, 401],
];

for (const [model, number, status] of devices) {
  test(`a ${model} that knows ${status} is woken, told so, and leaves`, async () => {
    const device = await stories.settledDevice(model, { number });
    expect(understandsUnrecognizedDevice(device.facts)).toBe(status === 403);
    await stories.app.drainPushes();
    device.listenForPushes(stories.apple.apns);
    await block(device);
    await stories.app.drainPushes();
    await waitFor("the device to leave", 60, () => device.state.leftBecause);
    expect(device.state.leftBecause).toBe("told_to_unenroll");
    expect(device.isEnrolled).toBe(false);
    device.close();
  });
}

test("the answer to a blocked device is Apple's document, and nothing else is", async () => {
  const mac = await stories.settledDevice("Mac", { number: 128 });
  await block(mac);
  const { identity, state } = mac;
  const { enrollment } = state;
  const answer = await mac.sendReport({ Status: "Idle" });
  expect(answer.status).toBe(403);
  expect(JSON.parse(answer.body.toString())).toEqual({
    code: "com.apple.unrecognized.device",
    description: expect.any(String),
  });
  state.enrollment = enrollment;
  expect(mac.identity).toBe(identity);
  const update = {
    MessageType: "TokenUpdate",
    Topic: stories.topic,
    Token: Buffer.alloc(32),
    PushMagic: "m",
  };
  expect((await mac.sendCheckin(update)).status).toBe(403);
  expect((await stories.eventsOf(mac)).at(-1)?.payload).toMatchObject({
    status: "failure",
    message_type: "TokenUpdate",
    reason: "Device blocked",
  });
  expect((await stories.detailOf(mac))["blocked_at"]).toEqual(expect.any(String));
});

test("a report that a blocked device brings is still taken", async () => {
  const mac = await stories.settledDevice("Mac", { number: 129 });
  const uuid = await stories.order(mac, "RestartDevice");
  await mac.sendReport({ Status: "Idle" });
  await block(mac);
  const answer = await mac.sendReport({ Status: "Acknowledged", CommandUUID: uuid.toUpperCase() });
  expect(answer.status).toBe(403);
  expect(await stories.commandOf(uuid)).toMatchObject({ status: "Acknowledged" });
});

test("a blocked device is given no command", async () => {
  const mac = await stories.settledDevice("Mac", { number: 130 });
  const uuid = await stories.order(mac, "RestartDevice");
  await block(mac);
  expect(await mac.pollUntilIdle()).toEqual([]);
  expect(await stories.commandOf(uuid)).toMatchObject({ time: null, status: null });
});

test("a blocked device cannot enroll, over the air or directly, until an operator unblocks it", async () => {
  const mac = await stories.settledDevice("Mac", { number: 131 });
  const id = await stories.idOf(mac);
  await block(mac);
  await mac.pollUntilIdle();
  const again = makeDevice(stories.world, "Mac", { number: 131 });
  await expect(again.enroll(stories.otaProfile)).rejects.toMatchObject({ status: 400 });
  await expect(again.enroll(await stories.directProfile(again))).rejects.toMatchObject({ status: 400 });
  expect(again.isEnrolled).toBe(false);
  const failures = (await stories.eventsOf(again)).filter(({ payload }) => payload["status"] === "failure");
  expect(failures.map(({ payload }) => payload["reason"])).toEqual(["Device blocked"]);
  const ota = await stories.eventsOf(again, "ota_enrollment_request");
  expect(ota.at(-1)?.payload).toMatchObject({ status: "failure", reason: "Device blocked" });

  expect((await stories.call("POST", `/api/mdm/devices/${id}/unblock/`)).status).toBe(200);
  stories.clock.advance(60);
  await again.enroll(stories.otaProfile);
  expect(await stories.idOf(again)).toBe(id);
  expect(await stories.detailOf(again)).toMatchObject({ blocked_at: null, checkout_at: null });
  expect(await again.pollUntilIdle()).toHaveLength(5);
});

test("a blocked device may check out, and stays blocked", async () => {
  const mac = await stories.settledDevice("Mac", { number: 132 });
  await block(mac);
  await mac.checkOut();
  expect(await stories.detailOf(mac)).toMatchObject({
    blocked_at: expect.any(String),
    checkout_at: expect.any(String),
  });
});

test("blocking and unblocking are in the audit log, and either twice is refused", async () => {
  const mac = await stories.settledDevice("Mac", { number: 133 });
  const path = `/api/mdm/devices/${await stories.idOf(mac)}`;
  await block(mac);
  expect((await stories.call("POST", `${path}/block/`)).status).toBe(400);
  expect((await stories.call("POST", `${path}/unblock/`)).status).toBe(200);
  expect((await stories.call("POST", `${path}/unblock/`)).status).toBe(400);
  const audits = await stories.eventsOf(mac, "zentral_audit");
  expect(audits.map(({ payload }) => payload["action"])).toEqual(["updated", "updated"]);
  expect(await mac.pollUntilIdle()).toEqual([]);
});
