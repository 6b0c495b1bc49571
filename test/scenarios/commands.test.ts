/** Story 2: every command is delivered once, answered, and its answer lands where operators see it. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { queueCommand } from "#mdm/commands/command-operations.ts";
import { type CommandName, notNowBackOffSecondsMin } from "#mdm/commands/command.ts";
import { findDevice, findDeviceUser } from "#mdm/devices/device-operations.ts";
import { sql } from "#platform/db/sql.ts";
import { operate, operatorActor } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { commandError, commandFormatError, notNow } from "#sandbox/devices/device-state.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { textOf } from "#sandbox/simulate/api-client.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

const wallpaper = "com.example.wallpaper";
const profile = writePlist({
  PayloadType: "Configuration",
  PayloadVersion: 1,
  PayloadIdentifier: wallpaper,
  PayloadUUID: "5B0C1A5E-0000-4000-8000-000000000001",
  PayloadDisplayName: "Wallpaper",
  PayloadContent: [],
});

/** Orders a command and lets the device carry it out. @returns It, as the API shows it afterwards. */
async function carriedOut(device: SimulatedDevice, name: string, args?: Record<string, unknown>) {
  const uuid = await stories.order(device, name, args);
  const seen = await device.pollUntilIdle();
  expect(seen.map((command) => command.uuid.toLowerCase())).toContain(uuid);
  return stories.commandOf(uuid);
}

async function listOf(device: SimulatedDevice, list: string) {
  return stories.api.list(`/api/mdm/devices/${await stories.idOf(device)}/${list}/?limit=500`);
}

const done = { status: "Acknowledged", time: expect.any(String), result_time: expect.any(String) };

test("DeviceInformation lands in the device, and its whole answer is kept with the command", async () => {
  const phone = await stories.settledDevice("iPhone");
  const command = await carriedOut(phone, "DeviceInformation");
  expect(command).toMatchObject({ ...done, name: "DeviceInformation", error_chain: null });
  const detail = await stories.detailOf(phone);
  expect(detail).toMatchObject({ name: phone.facts.deviceName, build_version: phone.facts.buildVersion });
  expect(detail["device_information"]).toMatchObject({ ProductName: phone.facts.productName });
});

test("SecurityInfo lands in the device", async () => {
  const mac = await stories.settledDevice("Mac");
  const before = (await stories.detailOf(mac))["security_info_updated_at"];
  stories.clock.advance(60);
  expect(await carriedOut(mac, "SecurityInfo")).toMatchObject(done);
  const detail = await stories.detailOf(mac);
  expect(detail["security_info_updated_at"]).not.toBe(before);
  expect(detail["security_info"]).toMatchObject({ ManagementStatus: expect.any(Object) });
});

test("the three lists replace what was reported before", async () => {
  const mac = await stories.settledDevice("Mac");
  const [first] = mac.state.applications.splice(0, 1);
  expect((await listOf(mac, "applications")).map(({ identifier }) => identifier)).toContain(
    first?.identifier,
  );
  for (const name of ["InstalledApplicationList", "ProfileList", "CertificateList"]) {
    expect(await carriedOut(mac, name)).toMatchObject(done);
  }
  const identifiers = (await listOf(mac, "applications")).map(({ identifier }) => identifier);
  expect(identifiers).not.toContain(first?.identifier);
  expect(identifiers).toHaveLength(mac.state.applications.length);
});

test("a profile is installed, seen with the command that brought it, and removed", async () => {
  const mac = await stories.settledDevice("Mac");
  const installed = await carriedOut(mac, "InstallProfile", { Payload: profile.toString("base64") });
  expect(installed).toMatchObject(done);
  expect(mac.state.profiles.has(wallpaper)).toBe(true);
  expect(await listOf(mac, "profiles")).toContainEqual(
    expect.objectContaining({
      identifier: wallpaper,
      display_name: "Wallpaper",
      installed_by: installed["uuid"],
    }),
  );
  expect(await carriedOut(mac, "RemoveProfile", { Identifier: wallpaper })).toMatchObject(done);
  expect(mac.state.profiles.has(wallpaper)).toBe(false);
  expect((await listOf(mac, "profiles")).map(({ identifier }) => identifier)).not.toContain(wallpaper);
});

test("RestartDevice restarts a Mac, and the device says when", async () => {
  const mac = await stories.settledDevice("Mac");
  expect(await carriedOut(mac, "RestartDevice")).toMatchObject(done);
  expect(mac.state.restartCount).toBe(1);
  expect(await stories.detailOf(mac)).toMatchObject({ restarted_at: expect.any(String) });
});

test("a locked phone says what became of the message", async () => {
  const phone = await stories.settledDevice("iPhone");
  const id = await stories.idOf(phone);
  const body = { message: "Please call", phone_number: "555-0100" };
  const { uuid } = await stories.api.create(`/api/mdm/devices/${id}/lock/`, body);
  await phone.pollUntilIdle();
  expect(await stories.commandOf(String(uuid))).toMatchObject(done);
  expect(phone.state.lock).toEqual({ pin: null, message: "Please call", phoneNumber: "555-0100" });
  expect(await stories.detailOf(phone)).toMatchObject({
    lock_message_result: "Success",
    locked_at: expect.any(String),
  });
});

test("the PIN of a locked Mac can be read until the Mac comes back with nothing to report", async () => {
  const mac = await stories.settledDevice("Mac");
  const path = `/api/mdm/devices/${await stories.idOf(mac)}`;
  await stories.api.create(`${path}/lock/`, { message: "Lost", pin: "246810" });
  expect(await stories.api.read(`${path}/device_lock_pin/`)).toMatchObject({ device_lock_pin: null });
  await mac.pollUntilIdle();
  expect(await stories.api.read(`${path}/device_lock_pin/`)).toMatchObject({
    serial_number: mac.facts.serialNumber,
    device_lock_pin: "246810",
  });
  expect(await stories.eventsOf(mac, "device_lock_pin_set")).toHaveLength(1);
  expect(await stories.eventsOf(mac, "device_lock_pin_viewed")).toHaveLength(1);
  expect(mac.unlock("246810")).toBe(true);
  await mac.pollUntilIdle();
  expect(await stories.api.read(`${path}/device_lock_pin/`)).toMatchObject({ device_lock_pin: null });
  expect(await stories.eventsOf(mac, "device_lock_pin_cleared")).toHaveLength(1);
  await mac.pollUntilIdle();
  expect(await stories.eventsOf(mac, "device_lock_pin_cleared")).toHaveLength(1);
});

test("no secret of a command is in its events, in the API or in the clear in the database", async () => {
  const mac = await stories.settledDevice("Mac");
  await stories.api.create(`/api/mdm/devices/${await stories.idOf(mac)}/lock/`, { pin: "975318" });
  await mac.pollUntilIdle();
  const events = await stories.eventsOf(mac, "zentral_audit");
  expect(events.length).toBeGreaterThan(0);
  // Not as part of an identifier, which is hexadecimal and holds any digits by chance.
  const pin = /(?<![0-9a-f])975318(?![0-9a-f])/;
  expect(JSON.stringify(events)).not.toMatch(pin);
  const commands = await stories.api.list(
    `/api/mdm/devices/commands/?enrolled_device=${await stories.idOf(mac)}`,
  );
  expect(JSON.stringify(commands)).not.toMatch(pin);
});

test("an erased phone gets nothing of what was queued before", async () => {
  const phone = await stories.settledDevice("iPhone");
  const path = `/api/mdm/devices/${await stories.idOf(phone)}`;
  const behind = await stories.order(phone, "DeviceInformation");
  const body = { disallow_proximity_setup: true, preserve_data_plan: true };
  const { uuid } = await stories.api.create(`${path}/erase/`, body);
  await phone.pollUntilIdle();
  expect(phone.state.isErased).toBe(true);
  expect(phone.state.eraseArguments).toMatchObject({ DisallowProximitySetup: true, PreserveDataPlan: true });
  expect(await stories.commandOf(String(uuid))).toMatchObject({ ...done, name: "EraseDevice" });
  expect(await stories.detailOf(phone)).toMatchObject({ erased_at: expect.any(String) });
  expect(await stories.commandOf(behind)).toMatchObject({ status: null, time: null, result_time: null });
});

test("a custom command goes out as it was written, and its answer is kept", async () => {
  const mac = await stories.settledDevice("Mac");
  const command = "<dict><key>RequestType</key><string>ProvisioningProfileList</string></dict>";
  mac.answer("ProvisioningProfileList", { status: "Acknowledged", fields: { ProvisioningProfileList: [] } });
  const path = `/api/mdm/devices/${await stories.idOf(mac)}/send_custom_command/`;
  const { uuid } = await stories.api.create(path, { command });
  await mac.pollUntilIdle();
  const finished = await stories.commandOf(String(uuid));
  expect(finished).toMatchObject({ ...done, name: "CustomCommand", result: expect.any(String) });
  expect(Buffer.from(textOf(finished, "result"), "base64").toString("latin1")).toContain(
    "ProvisioningProfileList",
  );
});

test("a command that meets NotNow waits, and is done when the device comes again", async () => {
  const mac = await stories.settledDevice("Mac");
  mac.answer("InstallProfile", notNow);
  const uuid = await stories.order(mac, "InstallProfile", { Payload: profile.toString("base64") });
  const later = await stories.order(mac, "RestartDevice");
  const first = await mac.pollUntilIdle();
  expect(first.map(({ requestType, status }) => [requestType, status])).toEqual([
    ["InstallProfile", "NotNow"],
    ["RestartDevice", "Acknowledged"],
  ]);
  stories.clock.advance(notNowBackOffSecondsMin);
  const second = await mac.pollUntilIdle();
  expect(second.map(({ requestType, status }) => [requestType, status])).toEqual([
    ["InstallProfile", "Acknowledged"],
    ["ProfileList", "Acknowledged"],
  ]);
  expect(await stories.commandOf(uuid)).toMatchObject(done);
  expect(await stories.commandOf(later)).toMatchObject(done);
});

test("a device that answers NotNow to all it is given is let go, and asked again the next time", async () => {
  const mac = await stories.settledDevice("Mac");
  mac.answer("InstallProfile", notNow);
  const uuid = await stories.order(mac, "InstallProfile", { Payload: profile.toString("base64") });
  expect(await mac.pollUntilIdle()).toMatchObject([{ status: "NotNow" }]);
  expect(await stories.commandOf(uuid)).toMatchObject({ status: "NotNow", result: null });
  expect(await mac.pollUntilIdle()).toEqual([]);
  stories.clock.advance(notNowBackOffSecondsMin);
  const second = await mac.pollUntilIdle();
  expect(second.map((command) => command.requestType)).toEqual(["InstallProfile", "ProfileList"]);
  expect(await stories.commandOf(uuid)).toMatchObject(done);
});

test("an Error ends a command and shows the device's reasons", async () => {
  const mac = await stories.settledDevice("Mac");
  mac.answer("InstallProfile", commandError(4001, "MCInstallationErrorDomain", "It does not fit."));
  const command = await carriedOut(mac, "InstallProfile", { Payload: profile.toString("base64") });
  expect(command).toMatchObject({
    status: "Error",
    error_chain: [{ ErrorCode: 4001, ErrorDomain: "MCInstallationErrorDomain" }],
  });
  expect((await listOf(mac, "profiles")).map(({ identifier }) => identifier)).not.toContain(wallpaper);
  const reports = (await stories.eventsOf(mac)).filter(
    ({ payload }) => payload["request_status"] === "Error",
  );
  expect(reports.at(-1)?.payload).toMatchObject({ status: "failure", view_name: "connect" });
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("a CommandFormatError ends a command", async () => {
  const mac = await stories.settledDevice("Mac");
  mac.answer("RestartDevice", commandFormatError);
  expect(await carriedOut(mac, "RestartDevice")).toMatchObject({ status: "CommandFormatError" });
  expect(await stories.detailOf(mac)).toMatchObject({ restarted_at: null });
});

test("a device that answers Error to every inventory is not asked in a loop", async () => {
  const mac = stories.newDevice("Mac");
  await mac.enroll(await stories.directProfile(mac));
  const types = [
    "DeviceInformation",
    "SecurityInfo",
    "InstalledApplicationList",
    "CertificateList",
    "ProfileList",
  ];
  for (const type of types) mac.answer(type, commandError(12_026, "MCMDMErrorDomain", "Not today."), 3);
  expect((await mac.pollUntilIdle()).map(({ requestType }) => requestType)).toEqual(types);
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("a report on a command that nobody sent is ignored", async () => {
  const mac = await stories.settledDevice("Mac");
  const report = { Status: "Acknowledged", CommandUUID: "6E2F4E62-0000-4000-8000-000000000000" };
  expect((await mac.sendReport(report)).status).toBe(200);
  expect((await mac.sendReport({ ...report, CommandUUID: "no UUID at all" })).status).toBe(200);
  expect((await mac.sendReport({ Status: "Error" })).status).toBe(200);
});

test("a report on another device's command changes nothing, and is recorded", async () => {
  const mac = await stories.settledDevice("Mac");
  const thief = await stories.settledDevice("Mac");
  const uuid = await stories.order(mac, "RestartDevice");
  const report = { Status: "Acknowledged", CommandUUID: uuid.toUpperCase() };
  expect((await thief.sendReport(report)).status).toBe(200);
  expect(await stories.commandOf(uuid)).toMatchObject({ status: null, time: null });
  expect(await stories.detailOf(mac)).toMatchObject({ restarted_at: null });
  expect(await warningsOf(thief)).toEqual([
    expect.objectContaining({ reason: "command_of_another_target", command_uuid: uuid.toUpperCase() }),
  ]);
  // What the other device was told is none of its business.
  expect((await warningsOf(thief))[0]).not.toHaveProperty("command_name");
  await mac.pollUntilIdle();
  expect(mac.state.restartCount).toBe(1);
  expect((await thief.sendReport(report)).status).toBe(200);
  expect(await warningsOf(thief)).toHaveLength(2);
});

async function warningsOf(device: SimulatedDevice) {
  const payloads = (await stories.eventsOf(device)).map(({ payload }) => payload);
  return payloads.filter(({ status }) => status === "warning");
}

test("the same report twice changes nothing the second time", async () => {
  const mac = await stories.settledDevice("Mac");
  await stories.order(mac, "RestartDevice");
  const answer = await mac.sendReport({ Status: "Idle" });
  const uuid = /<string>([0-9A-F-]{36})<\/string>/.exec(answer.body.toString())?.[1];
  const report = { Status: "Acknowledged", CommandUUID: uuid };
  expect((await mac.sendReport(report)).status).toBe(200);
  const before = await stories.detailOf(mac);
  stories.clock.advance(60);
  const replay = await mac.replayLast();
  expect([replay.status, replay.body.length]).toEqual([200, 0]);
  await stories.app.flush();
  expect((await stories.detailOf(mac))["restarted_at"]).toBe(before["restarted_at"]);
  expect(await stories.commandOf(uuid ?? "")).toMatchObject({ status: "Acknowledged" });
});

test("a command whose answer was lost goes out again under its UUID", async () => {
  const mac = await stories.settledDevice("Mac");
  const uuid = await stories.order(mac, "RestartDevice");
  const first = await mac.sendReport({ Status: "Idle" });
  expect(first.body.toString()).toContain(uuid.toUpperCase());
  const seen = await mac.pollUntilIdle();
  expect(seen.map((command) => command.uuid.toLowerCase())).toEqual([uuid]);
});

test("a command that cannot be built costs neither the report nor the commands behind it", async () => {
  const mac = await stories.settledDevice("Mac");
  const answered = await stories.order(mac, "RestartDevice");
  await mac.sendReport({ Status: "Idle" });
  const broken = await stories.order(mac, "DeviceLock", { PIN: "864209" });
  await stories.app.foundation.database.transaction((tx) =>
    tx.run(sql`update commands set secrets_sealed = ${Buffer.from("damaged")} where uuid = ${broken}`),
  );
  const behind = await stories.order(mac, "DeviceInformation");
  const report = { Status: "Acknowledged", CommandUUID: answered.toUpperCase() };
  const answer = await mac.sendReport(report);
  expect(answer.status).toBe(200);
  expect(answer.body.toString()).toContain(behind.toUpperCase());
  expect(await stories.commandOf(answered)).toMatchObject(done);
  expect(await stories.commandOf(broken)).toMatchObject({ status: null, time: null });
  await mac.pollUntilIdle();
  expect(await stories.commandOf(behind)).toMatchObject(done);
});

test("an operator's commands go before inventory, and a lock before them", async () => {
  const mac = stories.newDevice("Mac");
  await mac.enroll(await stories.directProfile(mac));
  await stories.order(mac, "RestartDevice");
  await stories.order(mac, "DeviceLock", { PIN: "135790" });
  const seen = await mac.pollUntilIdle();
  expect(seen.slice(0, 3).map(({ requestType }) => requestType)).toEqual([
    "DeviceLock",
    "RestartDevice",
    "DeviceInformation",
  ]);
});

test("a command of a user goes to the user channel alone", async () => {
  const mac = await stories.settledDevice("Mac");
  const uuid = await queueForUser(mac, "ProfileList");
  expect(await mac.pollUntilIdle()).toEqual([]);
  const seen = await mac.pollUntilIdle("user");
  expect(seen).toMatchObject([{ requestType: "ProfileList", channel: "user" }]);
  expect(await stories.api.read(`/api/mdm/users/commands/${uuid}/`)).toMatchObject(done);
  expect((await stories.call("GET", `/api/mdm/devices/commands/${uuid}/`)).status).toBe(404);
  expect(await mac.pollUntilIdle("user")).toEqual([]);
});

test("the device channel cannot report on a command of the user channel", async () => {
  const mac = await stories.settledDevice("Mac");
  const uuid = await queueForUser(mac, "ProfileList");
  await mac.sendReport({ Status: "Acknowledged", CommandUUID: uuid.toUpperCase() });
  expect(await stories.api.read(`/api/mdm/users/commands/${uuid}/`)).toMatchObject({ status: null });
});

test("a user that is not of the device is refused, also when it is another device's", async () => {
  const mac = await stories.settledDevice("Mac");
  const other = await stories.settledDevice("Mac");
  for (const UserID of [other.facts.user?.userId, "6E2F4E62-0000-4000-8000-00000000BEEF"]) {
    expect((await mac.sendReport({ Status: "Idle", UserID })).status).toBe(400);
    expect((await stories.eventsOf(mac)).at(-1)?.payload).toMatchObject({
      status: "failure",
      reason: `enrolled device ${mac.facts.udid} has no user ${UserID}`,
    });
  }
});

/** No endpoint queues commands of users yet; what will is this operation. */
async function queueForUser(mac: SimulatedDevice, name: CommandName): Promise<string> {
  const { source } = stories.app.foundation;
  const sealer = createSealer(new Secret(randomBytes(32)));
  const id = await stories.idOf(mac);
  return operate(source, operatorActor("test"), async (op) => {
    const device = await findDevice(op.tx, id);
    const user =
      device === null ? null : await findDeviceUser(op.tx, device.id, mac.facts.user?.userId ?? "");
    if (device === null || user === null) throw new Error("The Mac has no user channel");
    const target = { device, user };
    return (await queueCommand(op, { sealer }, { target, request: { name, arguments: {} } })).uuid;
  });
}

test("a queued command can be taken back, a command that was sent cannot", async () => {
  const mac = await stories.settledDevice("Mac");
  const queued = await stories.order(mac, "RestartDevice");
  expect((await stories.call("DELETE", `/api/mdm/devices/commands/${queued}/`)).status).toBe(204);
  expect(await mac.pollUntilIdle()).toEqual([]);
  const sent = await stories.order(mac, "RestartDevice");
  await mac.sendReport({ Status: "Idle" });
  const refused = await stories.call("DELETE", `/api/mdm/devices/commands/${sent}/`);
  expect(refused.status).toBe(400);
  expect(await mac.pollUntilIdle()).toHaveLength(1);
  const audits = await stories.eventsOf(mac, "zentral_audit");
  expect(audits.map(({ payload }) => payload["action"])).toEqual(["created", "deleted", "created"]);
});
