/** Story 1: devices of every kind enroll, report, and are seen by operators. */
import { expect, test } from "vitest";
import { insertBlueprint } from "../tools/blueprints.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { sql } from "#platform/db/sql.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";

const stories = useDeviceStories();

async function countOf(device: SimulatedDevice, list: string): Promise<number> {
  const rows = await stories.api.list(`/api/mdm/devices/${await stories.idOf(device)}/${list}/?limit=500`);
  return rows.length;
}

for (const model of ["Mac", "iPhone", "iPad", "AppleTV"] as const) {
  const way = model === "AppleTV" ? "with a direct profile" : "over the air";
  test(`a ${model} enrolls ${way}, and its inventory is seen`, async () => {
    const device = stories.newDevice(model);
    await device.enroll(model === "AppleTV" ? await stories.directProfile(device) : stories.otaProfile);
    const asked = await device.pollUntilIdle();
    expect(asked.map(({ requestType }) => requestType)).toEqual([
      "DeviceInformation",
      "SecurityInfo",
      "InstalledApplicationList",
      "CertificateList",
      "ProfileList",
    ]);
    const platform = { Mac: "macOS", iPhone: "iOS", iPad: "iPadOS", AppleTV: "tvOS" }[model];
    expect(await stories.detailOf(device)).toMatchObject({
      udid: device.facts.udid,
      serial_number: device.facts.serialNumber,
      name: device.facts.deviceName,
      platform,
      os_version: device.facts.osVersion,
      dep_enrollment: false,
      user_enrollment: false,
      awaiting_configuration: false,
      blocked_at: null,
      checkout_at: null,
      device_information_updated_at: expect.any(String),
      security_info_updated_at: expect.any(String),
      applications_updated_at: expect.any(String),
      profiles_updated_at: expect.any(String),
      certificates_updated_at: expect.any(String),
    });
    expect(await countOf(device, "applications")).toBe(device.state.applications.length);
    expect(await countOf(device, "profiles")).toBe(device.state.profiles.size);
    expect(await countOf(device, "certificates")).toBeGreaterThan(0);
    expect(await device.pollUntilIdle()).toEqual([]);
  });
}

test("each message of an enrollment leaves one event that tells session, device and topic", async () => {
  const mac = await stories.enrolled("Mac");
  const events = (await stories.eventsOf(mac)).map(({ payload }) => payload);
  expect(events.map((payload) => payload["message_type"])).toEqual([
    "Authenticate",
    "TokenUpdate",
    "TokenUpdate",
    "SetBootstrapToken",
  ]);
  const common = {
    status: "success",
    view_name: "checkin",
    udid: mac.facts.udid,
    enrollment_session: { type: "ota" },
    ota_enrollment: { pk: stories.enrollmentId, name: "Stories" },
  };
  const [authenticate, deviceUpdate, userUpdate, bootstrap] = events;
  expect(authenticate).toMatchObject({
    ...common,
    new_enrolled_device: true,
    reenrollment: false,
    push_certificate: { topic: stories.topic },
  });
  expect(deviceUpdate).toMatchObject({ ...common, token_type: "device", awaiting_configuration: false });
  expect(userUpdate).toMatchObject({
    ...common,
    token_type: "user",
    user_created: true,
    user_id: mac.facts.user?.userId,
    awaiting_configuration: null,
  });
  expect(bootstrap).toMatchObject(common);
});

test("a Mac has a user channel of its own beside the device channel", async () => {
  const mac = await stories.settledDevice("Mac");
  expect(await mac.pollUntilIdle("user")).toEqual([]);
  const { users } = await stories.detailOf(mac);
  expect(users).toEqual([
    expect.objectContaining({
      user_id: mac.facts.user?.userId,
      long_name: mac.facts.user?.longName,
      short_name: mac.facts.user?.shortName,
    }),
  ]);
});

test("a TokenUpdate of the user leaves the device's token alone, and both targets are woken", async () => {
  const mac = await stories.enrolled("Mac");
  await stories.app.drainPushes();
  const tokens = stories.apple.apns.deliveries().map(({ tokenHex }) => tokenHex);
  expect(tokens).toContain(mac.state.push?.token.toString("hex"));
  expect(tokens).toContain(mac.state.userPush?.token.toString("hex"));
});

test("a Shared iPad nobody is signed in on has a user channel without a user", async () => {
  const iPad = await stories.settledDevice("iPad");
  const answer = await iPad.sendCheckin({
    MessageType: "TokenUpdate",
    Topic: stories.topic,
    UserID: "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    Token: Buffer.alloc(32, 1),
    PushMagic: "magic",
  });
  expect(answer.status).toBe(200);
  expect((await stories.detailOf(iPad))["users"]).toEqual([]);
});

test("AwaitingConfiguration is taken when it is sent, and kept when it is not", async () => {
  const mac = await stories.settledDevice("Mac");
  const update = { MessageType: "TokenUpdate", Topic: stories.topic, ...pushMembers(mac) };
  await mac.sendCheckin({ ...update, AwaitingConfiguration: true });
  expect(await stories.detailOf(mac)).toMatchObject({ awaiting_configuration: true });
  await mac.sendCheckin(update);
  expect(await stories.detailOf(mac)).toMatchObject({ awaiting_configuration: true });
  await mac.sendCheckin({ ...update, AwaitingConfiguration: false });
  expect(await stories.detailOf(mac)).toMatchObject({ awaiting_configuration: false });
});

function pushMembers({ state }: SimulatedDevice) {
  if (state.push === null) throw new Error("The device has no push token");
  return { Token: state.push.token, PushMagic: state.push.magic };
}

test("the bootstrap token comes back as it was given, and is gone once the Mac forgets it", async () => {
  const mac = await stories.enrolled("Mac");
  expect(await stories.detailOf(mac)).toMatchObject({ bootstrap_token_escrowed: true });
  expect(await mac.getBootstrapToken()).toEqual(mac.state.bootstrapToken);
  expect((await mac.sendCheckin({ MessageType: "SetBootstrapToken" })).status).toBe(200);
  expect(await mac.getBootstrapToken()).toEqual(Buffer.alloc(0));
  expect(await stories.detailOf(mac)).toMatchObject({ bootstrap_token_escrowed: false });
  const last = (await stories.eventsOf(mac)).at(-1);
  expect(last?.payload).toMatchObject({
    status: "warning",
    message_type: "GetBootstrapToken",
    reason: `Enrolled device ${mac.facts.udid} has no bootstrap token`,
  });
});

test("messages whose features are to come are answered without harm", async () => {
  const mac = await stories.settledDevice("Mac");
  const user = { UserID: "0A0A0A0A-0000-4000-8000-000000000001" };
  const authenticate = await mac.sendCheckin({ MessageType: "UserAuthenticate", ...user });
  expect(authenticate.status).toBe(410);
  const getToken = await mac.sendCheckin({ MessageType: "GetToken", TokenServiceType: "com.apple.maid" });
  expect(getToken.status).toBe(400);
  const returning = await mac.sendCheckin({ MessageType: "ReturnToService" });
  expect(readPlistDictionary(returning.body)).toEqual({ ReturnToService: { Enabled: false } });
  const declarative = (Endpoint: string, Data?: Buffer) =>
    mac.sendCheckin({ MessageType: "DeclarativeManagement", Endpoint, ...(Data && { Data }) });
  expect((await declarative("tokens")).status).toBe(400);
  expect((await declarative("status", Buffer.from(`{"StatusItems":{}}`))).status).toBe(200);
  expect((await declarative("status")).status).toBe(400);
  expect((await declarative("nothing/such")).status).toBe(400);
  const events = (await stories.eventsOf(mac)).map(({ payload }) => payload);
  const reasons = events.filter(({ status }) => status !== "success").map(({ reason }) => reason);
  expect(reasons).toEqual([
    undefined,
    "unknown token service type",
    "Missing blueprint. No declarative management possible.",
    "declarative management status without data",
    "unknown declarative management endpoint",
  ]);
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("a declaration that the device was not given is not found", async () => {
  const mac = await stories.settledDevice("Mac");
  await stories.app.foundation.database.transaction(async (tx) => {
    const blueprintId = await insertBlueprint(tx, stories.clock.now());
    await tx.run(sql`update devices set blueprint_id = ${blueprintId} where udid = ${mac.facts.udid}`);
  });
  const Endpoint = "declaration/configuration/com.example.unknown";
  const answer = await mac.sendCheckin({ MessageType: "DeclarativeManagement", Endpoint });
  expect(answer.status).toBe(404);
  // Events of idle connects before it are still in the buffer, and come later.
  const failures = (await stories.eventsOf(mac)).filter(({ payload }) => payload["status"] === "failure");
  expect(failures.at(-1)?.payload).toMatchObject({
    status: "failure",
    reason: "Unknown declaration",
    endpoint: Endpoint,
  });
});

test("the MDM profile brings the identity first, then the MDM payload with its settings", async () => {
  const mac = await stories.enrolled("Mac");
  const [mdm] = [...mac.state.profiles.values()];
  expect(mdm?.profile.payloads.map(({ type }) => type)).toEqual(["com.apple.security.scep", "com.apple.mdm"]);
  expect(mdm?.profile.payloads[1]?.content).toMatchObject({
    IdentityCertificateUUID: mdm?.profile.payloads[0]?.uuid,
    Topic: stories.topic,
    ServerURL: new URL("/public/mdm/connect/", stories.app.baseUrl).href,
    CheckInURL: new URL("/public/mdm/checkin/", stories.app.baseUrl).href,
    ServerCapabilities: ["com.apple.mdm.bootstraptoken", "com.apple.mdm.per-user-connections"],
    CheckOutWhenRemoved: true,
    SignMessage: true,
    AccessRights: 8191,
  });
});
