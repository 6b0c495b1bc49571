/** Story 3: a push wakes a device whenever there is something for it, whatever becomes of Apple's service. */
import { expect, test } from "vitest";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { waitFor } from "#sandbox/simulate/wait.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();
const waitSeconds = 30;

function tokenOf({ state }: SimulatedDevice): string {
  if (state.push === null) throw new Error("The device has no push token");
  return state.push.token.toString("hex");
}

function pushesTo(tokenHex: string): number {
  return stories.apple.apns.deliveries().filter((push) => push.tokenHex === tokenHex).length;
}

/** A device that is in order and owes nobody a push. */
async function quietDevice(model: "Mac" | "iPhone" = "iPhone"): Promise<SimulatedDevice> {
  const device = await stories.settledDevice(model);
  await stories.app.drainPushes();
  return device;
}

async function finished(uuid: string): Promise<void> {
  await waitFor(`command ${uuid} to be answered`, waitSeconds, async () => {
    const { status } = await stories.commandOf(uuid);
    return status === "Acknowledged" ? status : null;
  });
}

test("a lock wakes the device at once, with its magic, and it is carried out", async () => {
  const phone = await quietDevice();
  phone.listenForPushes(stories.apple.apns);
  const before = pushesTo(tokenOf(phone));
  const uuid = await stories.order(phone, "DeviceLock", { Message: "Please call" });
  await stories.app.drainPushes();
  await finished(uuid);
  expect(phone.state.lock?.message).toBe("Please call");
  expect(pushesTo(tokenOf(phone))).toBe(before + 1);
  const push = stories.apple.apns.deliveries().findLast(({ tokenHex }) => tokenHex === tokenOf(phone));
  expect(push).toMatchObject({ topic: stories.topic, pushMagic: phone.state.push?.magic, priority: 10 });
  expect(phone.state.problems).toEqual([]);
  phone.close();
});

test("many commands are one push, and one poll carries all of them out", async () => {
  const phone = await quietDevice();
  const before = pushesTo(tokenOf(phone));
  const release = stories.apple.apns.hold();
  const uuids = [];
  for (let count = 0; count < 5; count++) uuids.push(await stories.order(phone, "DeviceInformation"));
  release();
  await stories.app.drainPushes();
  // The first may have been under way when the others were asked for; they share the second.
  expect(pushesTo(tokenOf(phone)) - before).toBeLessThanOrEqual(2);
  expect(await phone.pollUntilIdle()).toHaveLength(uuids.length);
});

test("a token that Apple rejects is said of the device, and a new token mends it", async () => {
  const phone = await quietDevice();
  stories.apple.apns.unregister(tokenOf(phone));
  const uuid = await stories.order(phone, "DeviceInformation");
  await stories.app.drainPushes();
  expect((await stories.detailOf(phone))["push"]).toMatchObject({
    token_rejected_at: expect.any(String),
    reason: "Unregistered",
  });
  const requestsBefore = stories.apple.apns.requestCount();
  await stories.order(phone, "DeviceInformation");
  await stories.app.drainPushes();
  expect(stories.apple.apns.requestCount()).toBe(requestsBefore);

  phone.listenForPushes(stories.apple.apns);
  await phone.updateTokens();
  expect((await stories.detailOf(phone))["push"]).toEqual({ token_rejected_at: null, reason: null });
  await stories.app.drainPushes();
  await finished(uuid);
  phone.close();
});

for (const [name, fault] of [
  ["answers 500", { kind: "answer", status: 500, reason: "InternalServerError" }],
  ["resets streams", { kind: "reset" }],
  ["says goodbye", { kind: "goaway" }],
  ["asks for patience", { kind: "answer", status: 429, reason: "TooManyRequests" }],
] as const) {
  test(`no wake is lost while Apple ${name}`, async () => {
    const phone = await quietDevice();
    phone.listenForPushes(stories.apple.apns);
    stories.apple.apns.fail(fault, { count: 1 });
    const uuid = await stories.order(phone, "DeviceInformation");
    await stories.app.drainPushes();
    stories.apple.apns.clearFaults();
    await waitFor("the push to be tried again", waitSeconds, async () => {
      stories.clock.advance(600);
      await stories.app.drainPushes();
      return phone.state.commands.some((command) => command.uuid.toLowerCase() === uuid) ? uuid : null;
    });
    await finished(uuid);
    phone.close();
  });
}

test("a user's push goes to the user's token with the magic of the device", async () => {
  const mac = await quietDevice("Mac");
  await mac.updateTokens();
  await stories.app.drainPushes();
  const userToken = mac.state.userPush?.token.toString("hex") ?? "";
  const push = stories.apple.apns.deliveries().findLast(({ tokenHex }) => tokenHex === userToken);
  expect(push).toMatchObject({ topic: stories.topic, pushMagic: mac.state.push?.magic });
});

test("a push leaves an event, and the device says when it was last notified", async () => {
  const phone = await quietDevice();
  const before = await stories.eventsOf(phone, "mdm_device_notification");
  await stories.order(phone, "DeviceInformation");
  await stories.app.drainPushes();
  const after = await stories.eventsOf(phone, "mdm_device_notification");
  expect(after).toHaveLength(before.length + 1);
  expect(after.at(-1)?.payload).toMatchObject({
    udid: phone.facts.udid,
    status: "success",
    apns_priority: 10,
    apns_expiration_seconds: expect.any(Number),
  });
  expect((await stories.detailOf(phone))["last_notified_at"]).toEqual(expect.any(String));
});

test("a device that has checked out is not pushed to", async () => {
  const phone = await quietDevice();
  const token = tokenOf(phone);
  await phone.checkOut();
  const before = pushesTo(token);
  await stories.order(phone, "DeviceInformation");
  await stories.app.drainPushes();
  expect(pushesTo(token)).toBe(before);
});
