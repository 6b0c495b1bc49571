/** Story 4: a device that was wiped begins anew; one that merely repeats itself does not. */
import { beforeAll, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

/** Numbers far from those of other devices of this file: the same number is the same device. */
let nextNumber = 1_000;
beforeAll(() => {
  nextNumber = 1_000;
});

/** A device with a life behind it: a profile, a lock, a command in history and one in the queue. */
async function livedIn(model: "Mac" | "iPhone") {
  const number = nextNumber++;
  const device = await stories.settledDevice(model, { number });
  const answered = await stories.order(device, "SecurityInfo");
  await device.pollUntilIdle();
  const queued = await stories.order(device, "DeviceInformation");
  const wiped = () => makeDevice(stories.world, model, { number });
  return { device, answered, queued, wiped };
}

async function statusOf(uuid: string): Promise<number> {
  return (await stories.call("GET", `/api/mdm/devices/commands/${uuid}/`)).status;
}

async function secretsOf({ facts }: SimulatedDevice) {
  return stories.app.foundation.database.one<Record<string, boolean | string | null>>(sql`
    select token is null as lacks_token, push_magic is null as lacks_magic,
           unlock_token_sealed is null as lacks_unlock_token,
           bootstrap_token_sealed is null as lacks_bootstrap_token,
           device_lock_pin_sealed is null as lacks_lock_pin
      from devices where udid = ${facts.udid}`);
}

const nothingReported = {
  device_information_updated_at: null,
  security_info_updated_at: null,
  applications_updated_at: null,
  profiles_updated_at: null,
  certificates_updated_at: null,
};

test("a device that was wiped enrolls again as the same device with a clean slate", async () => {
  const { device, answered, queued, wiped } = await livedIn("iPhone");
  const id = await stories.idOf(device);
  stories.clock.advance(60);
  const again = wiped();
  await again.enroll(await stories.directProfile(again));
  expect(await stories.idOf(again)).toBe(id);
  expect(await stories.detailOf(again)).toMatchObject({ ...nothingReported, checkout_at: null });
  expect(await statusOf(queued)).toBe(404);
  expect(await statusOf(answered)).toBe(200);
  const authenticates = (await stories.eventsOf(again)).filter(
    ({ payload }) => payload["message_type"] === "Authenticate",
  );
  expect(authenticates.map(({ payload }) => payload["new_enrolled_device"])).toEqual([true, false]);
  expect((await again.pollUntilIdle()).map(({ requestType }) => requestType)).toHaveLength(5);
  expect(await stories.detailOf(again)).toMatchObject({ device_information_updated_at: expect.any(String) });
});

test("between Authenticate and TokenUpdate a device that was wiped has no token and no secrets", async () => {
  const { device, wiped } = await livedIn("iPhone");
  expect(await secretsOf(device)).toMatchObject({ lacksToken: false, lacksUnlockToken: false });
  const again = wiped();
  const enrolling = stopAfterAuthenticate(again);
  await expect(again.enroll(await stories.directProfile(again))).rejects.toThrow();
  enrolling();
  expect(await secretsOf(again)).toEqual({
    lacksToken: true,
    lacksMagic: true,
    lacksUnlockToken: true,
    lacksBootstrapToken: true,
    lacksLockPin: true,
  });
});

/** Lets the TokenUpdate of an enrollment get lost. */
function stopAfterAuthenticate(device: SimulatedDevice): () => void {
  const send = device.sendCheckin.bind(device);
  device.sendCheckin = (message) =>
    message["MessageType"] === "TokenUpdate"
      ? Promise.reject(new Error("The network is gone"))
      : send(message);
  return () => {
    device.sendCheckin = send;
  };
}

test("a Mac that was wiped keeps the bootstrap token it escrowed, and no lock PIN", async () => {
  const { device, wiped } = await livedIn("Mac");
  await stories.order(device, "DeviceLock", { PIN: "112233" });
  await device.pollUntilIdle();
  expect(await secretsOf(device)).toMatchObject({ lacksBootstrapToken: false, lacksLockPin: false });
  const again = wiped();
  const enrolling = stopAfterAuthenticate(again);
  await expect(again.enroll(await stories.directProfile(again))).rejects.toThrow();
  enrolling();
  expect(await secretsOf(again)).toMatchObject({ lacksBootstrapToken: false, lacksLockPin: true });
  expect((await stories.detailOf(again))["users"]).toEqual([]);
});

test("the identity of the life before is refused once the new one has begun", async () => {
  const { device, wiped } = await livedIn("iPhone");
  const again = wiped();
  await again.enroll(await stories.directProfile(again));
  for (const answer of [await device.sendReport({ Status: "Idle" }), await device.authenticate()]) {
    expect(answer.status).toBe(400);
  }
  const refusals = (await stories.eventsOf(device)).filter(({ payload }) => payload["status"] === "failure");
  expect(refusals.map(({ payload }) => payload["reason"])).toEqual([
    "client certificate was replaced by a newer one",
    "client certificate was replaced by a newer one",
  ]);
});

test("Authenticate twice, as after a lost answer, takes nothing away", async () => {
  const { device, queued } = await livedIn("Mac");
  const before = await secretsOf(device);
  const detail = await stories.detailOf(device);
  expect((await device.authenticate()).status).toBe(200);
  expect((await device.replayLast()).status).toBe(200);
  expect(await secretsOf(device)).toEqual(before);
  expect(await statusOf(queued)).toBe(200);
  expect(await stories.detailOf(device)).toMatchObject({
    device_information_updated_at: detail["device_information_updated_at"],
    users: [expect.objectContaining({ user_id: device.facts.user?.userId })],
  });
  expect((await device.pollUntilIdle()).map(({ requestType }) => requestType)).toEqual(["DeviceInformation"]);
});

test("Authenticate again before the first TokenUpdate goes on with the same enrollment", async () => {
  const phone = stories.newDevice("iPhone");
  const authenticate = phone.authenticate.bind(phone);
  phone.authenticate = async () => {
    await authenticate();
    return authenticate();
  };
  await phone.enroll(await stories.directProfile(phone));
  expect(await phone.pollUntilIdle()).toHaveLength(5);
});

test("an impatient device that sends everything several times at once enrolls once", async () => {
  const phone = stories.newDevice("iPhone");
  const send = phone.sendCheckin.bind(phone);
  phone.sendCheckin = async (message) => {
    const [answer, ...others] = await Promise.all([send(message), send(message), send(message)]);
    expect(others.map(({ status }) => status)).toEqual([answer.status, answer.status]);
    return answer;
  };
  await phone.enroll(await stories.directProfile(phone));
  const polls = await Promise.all([1, 2, 3].map(() => phone.sendReport({ Status: "Idle" })));
  const uuids = polls.map(
    ({ body }) => /[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}/.exec(body.toString())?.[0],
  );
  expect(new Set(uuids).size).toBe(1);
  const authenticates = (await stories.eventsOf(phone)).filter(
    ({ payload }) => payload["message_type"] === "Authenticate",
  );
  expect(authenticates.map(({ payload }) => payload["new_enrolled_device"])).toEqual([true, false, false]);
  expect(await phone.pollUntilIdle()).toHaveLength(5);
});

test("an old TokenUpdate that is sent again does not bring the old token back", async () => {
  const { device } = await livedIn("iPhone");
  const members = { MessageType: "TokenUpdate", Topic: stories.topic };
  const old = { ...members, Token: device.state.push?.token, PushMagic: device.state.push?.magic };
  await device.updateTokens();
  const tokenNow = device.state.push?.token.toString("hex");
  expect((await device.sendCheckin(old)).status).toBe(200);
  const { token } = await stories.app.foundation.database.one<{ token: string }>(sql`
    select encode(token, 'hex') as token from devices where udid = ${device.facts.udid}`);
  expect(token).toBe(tokenNow);
  const updates = (await stories.eventsOf(device)).filter(
    ({ payload }) => payload["message_type"] === "TokenUpdate",
  );
  expect(updates.at(-1)?.payload).toMatchObject({ status: "warning", reason: "superseded push token" });
});

test("a block survives a wipe: the device cannot come back by enrolling again", async () => {
  const { device, wiped } = await livedIn("iPhone");
  await stories.call("POST", `/api/mdm/devices/${await stories.idOf(device)}/block/`);
  const again = wiped();
  await expect(again.enroll(await stories.directProfile(again))).rejects.toMatchObject({ status: 400 });
  expect(await stories.detailOf(device)).toMatchObject({ blocked_at: expect.any(String) });
});

test("the profile of one session does not enroll a second device", async () => {
  const first = stories.newDevice("Mac");
  const profile = await stories.directProfile(first);
  await first.enroll(profile);
  const second = stories.newDevice("Mac");
  await expect(second.enroll(profile)).rejects.toMatchObject({ code: "scep_refused" });
});
