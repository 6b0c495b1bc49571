import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { dictionary, enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import type { Device } from "#mdm/devices/device.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { commandEndpoints } from "./command-api.ts";
import { queueCommand, takeNextCommand } from "./command-operations.ts";
import { acceptReport } from "./command-report-operations.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
const api = useApiServer(database, () => bindEndpoints(deps, commandEndpoints));
const enroll = (facts: Partial<Device> = {}) => run((op) => enrollDevice(op, facts));
const post = (device: Device, action: string, body?: unknown) =>
  api.call("POST", `/api/mdm/devices/${device.id}/${action}/`, body === undefined ? {} : { body });
const missing = ["This field is required."];
const profileList = "<dict><key>RequestType</key><string>ProfileList</string></dict>";
const customLock =
  "<dict><key>RequestType</key><string>DeviceLock</string><key>Pin</key><string>271828</string>" +
  "<key>Message</key><integer>1</integer></dict>";
const updateStatus = "<dict><key>RequestType</key><string>OSUpdateStatus</string></dict>";

type Command = {
  uuid: string;
  name: string;
  status: string | null;
  time: string | null;
  result: string | null;
};
type Envelope = { count: number; results: Command[] };

/** The device takes what is next and answers it. */
const takeAndAnswer = (device: Device) =>
  run(async (op) => {
    const target = { device, user: null };
    const taken = await takeNextCommand(op, deps, { target, connectStatus: "Idle" });
    const response = dictionary({ Status: "Acknowledged", Answer: "yes" });
    const report = {
      commandUuid: taken?.uuid ?? null,
      status: "Acknowledged" as const,
      errorChain: null,
      response,
    };
    return acceptReport(op, deps, { target, report });
  });

describe("lock, erase and custom commands", () => {
  test("a lock is answered as a queued command", async () => {
    const device = await enroll();
    const { status, body } = await post(device, "lock", {
      message: " Call IT ",
      phone_number: "+493",
      pin: "271828",
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      enrolled_device: device.id,
      name: "DeviceLock",
      artifact_version: null,
      artifact_operation: null,
      not_before: null,
      time: null,
      result: null,
      result_time: null,
      status: null,
      error_chain: null,
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:00:00",
    });
    const taken = await run((op) =>
      takeNextCommand(op, deps, { target: { device, user: null }, connectStatus: "Idle" }),
    );
    expect(taken?.command).toMatchObject({ Message: "Call IT", PhoneNumber: "+493", PIN: "271828" });
  });

  test.each<[Partial<Device>, string, unknown, unknown]>([
    [{}, "lock", {}, { pin: missing }],
    [{}, "lock", undefined, { pin: missing }],
    [{}, "lock", { pin: "0271828" }, { pin: ["This value does not match the required pattern."] }],
    [
      {},
      "lock",
      { message: "", phone_number: null, pin: true },
      {
        message: ["This field may not be blank."],
        phone_number: ["This field may not be null."],
        pin: ["Not a valid string."],
      },
    ],
    [{ appleSilicon: false }, "erase", {}, { pin: missing }],
    [{ platform: "iOS" }, "erase", {}, { disallow_proximity_setup: missing, preserve_data_plan: missing }],
    [
      { platform: "iOS" },
      "erase",
      { disallow_proximity_setup: "maybe", preserve_data_plan: true },
      { disallow_proximity_setup: ["Must be a valid boolean."] },
    ],
    [{}, "send_custom_command", {}, { command: missing }],
    [{}, "send_custom_command", { command: "x" }, { command: ["Invalid property list"] }],
    [{}, "send_custom_command", { command: "<plist><array/></plist>" }, { command: ["Not a dictionary"] }],
    [{}, "send_custom_command", { command: "<dict></dict>" }, { command: ["Missing or empty RequestType"] }],
    [
      {},
      "send_custom_command",
      { command: customLock },
      {
        command: [
          'Command.Pin is unknown to Apple\'s schema (27.0 seed); closest is "PIN".',
          "Command.Message must be of type string, not integer.",
        ],
      },
    ],
    [
      { platform: "tvOS" },
      "send_custom_command",
      { command: customLock },
      { command: ["DeviceLock is not available on tvOS."] },
    ],
    [
      { platform: "iOS", userEnrollment: true },
      "erase",
      {},
      { detail: "Invalid target. EraseDevice is not available with User Enrollment." },
    ],
    [{ userEnrollment: true }, "lock", { pin: 1 }, { detail: "Invalid target." }],
    [{}, "lock", [], { non_field_errors: ["Invalid data. Expected a dictionary, but got list."] }],
  ])("%o %s %o is refused with %o", async (facts, action, body, refusal) => {
    const device = await enroll(facts);
    expect(await post(device, action, body)).toEqual({ status: 400, body: refusal });
    const queued = await database.database.many(sql`select id from commands where device_id = ${device.id}`);
    expect(queued).toEqual([]);
  });

  test.each<[Partial<Device>, string, unknown]>([
    [{ appleSilicon: true }, "erase", undefined],
    [{ platform: "tvOS" }, "erase", { pin: "ignored because it does not apply" }],
    [{ platform: "iPadOS" }, "erase", { disallow_proximity_setup: true, preserve_data_plan: "false" }],
    [{ platform: "iOS" }, "lock", {}],
    [{}, "send_custom_command", { command: profileList }],
  ])("%o %s %o is queued", async (facts, action, body) => {
    expect((await post(await enroll(facts), action, body)).status).toBe(201);
  });

  test("permissions come before the device, the device before the body", async () => {
    const device = await enroll();
    for (const action of ["lock", "erase", "send_custom_command", "commands"]) {
      const path = `/api/mdm/devices/${device.id}/${action}/`;
      expect((await api.call("POST", path, { permissions: ["mdm.view_devicecommand"] })).status).toBe(403);
    }
    expect((await api.call("POST", "/api/mdm/devices/999999/lock/")).status).toBe(404);
  });

  test("the audit event names the command and hides its PIN", async () => {
    const device = await enroll();
    const { body } = await post(device, "lock", { message: "Call IT", pin: "914273" });
    const { uuid } = body as Command;
    const [event] = await database.database.many<{
      payload: { object: object };
      objects: unknown;
      tags: unknown;
    }>(sql`select payload, objects, tags from events where serial_number = ${device.serialNumber}`);
    expect(event).toMatchObject({
      tags: ["zentral", "mdm"],
      objects: { mdm_device_command: [uuid] },
      payload: {
        action: "created",
        object: {
          model: "mdm.devicecommand",
          new_value: { uuid, name: "DeviceLock", kwargs: { Message: "Call IT", PIN: "<redacted>" } },
        },
      },
    });
    expect(JSON.stringify(event)).not.toContain("914273");
  });
});

test("the audit event of a deprecated command says so", async () => {
  const device = await enroll({ osVersion: "26.1" });
  expect((await post(device, "send_custom_command", { command: updateStatus })).status).toBe(201);
  const [event] = await database.database.many<{ payload: { object: { new_value: object } } }>(
    sql`select payload from events where serial_number = ${device.serialNumber}`,
  );
  expect(event?.payload.object.new_value).toMatchObject({
    kwargs: { RequestType: "OSUpdateStatus" },
    warnings: ["OSUpdateStatus is deprecated since macOS 26.0."],
  });
});

describe("commands of any kind", () => {
  const profile = writePlist({ PayloadIdentifier: "a", PayloadUUID: "b", PayloadScope: "System" }).toString(
    "base64",
  );

  test.each<[string, unknown]>([
    ["DeviceInformation", undefined],
    ["InstallProfile", { Payload: profile }],
    ["RemoveProfile", { Identifier: "a" }],
    ["ProfileList", { managed_only: true }],
    ["DeviceLock", { PIN: "271828" }],
  ])("%s %o is queued", async (name, args) => {
    const body = args === undefined ? { name } : { name, arguments: args };
    expect(await post(await enroll(), "commands", body)).toMatchObject({ status: 201, body: { name } });
  });

  test.each<[unknown, unknown]>([
    [{}, { name: missing }],
    [{ name: "Reenroll" }, { name: ['"Reenroll" is not a valid choice.'] }],
    [{ name: "DeviceLock" }, { arguments: { PIN: missing } }],
    [
      { name: "InstallProfile", arguments: { Payload: "AAAA" } },
      { arguments: { Payload: ["Invalid property list"] } },
    ],
    [
      { name: "ProfileList", arguments: [] },
      { arguments: ["Invalid data. Expected a dictionary, but got list."] },
    ],
  ])("%o is refused with %o", async (body, refusal) => {
    expect(await post(await enroll(), "commands", body)).toEqual({ status: 400, body: refusal });
  });
});

describe("lists", () => {
  test("live and answered commands are one list, newest first, with filters", async () => {
    const device = await enroll();
    const custom = (await post(device, "send_custom_command", { command: profileList })).body as Command;
    await takeAndAnswer(device);
    database.clock.advance(1.5);
    const lock = (await post(device, "lock", { pin: "271828" })).body as Command;
    const path = `/api/mdm/devices/commands/?enrolled_device=${device.id}`;
    const { results } = (await api.call("GET", path)).body as Envelope;
    expect(results.map(({ uuid }) => uuid)).toEqual([lock.uuid, custom.uuid]);
    expect(results[1]).toMatchObject({
      status: "Acknowledged",
      name: "CustomCommand",
      time: expect.any(String),
    });
    const result = readPlistDictionary(Buffer.from(results[1]?.result ?? "", "base64"));
    expect({ ...result }).toMatchObject({ Answer: "yes" });
    const named = (await api.call("GET", `${path}&name=DeviceLock`)).body as Envelope;
    expect(named.results.map(({ uuid }) => uuid)).toEqual([lock.uuid]);
    const second = (await api.call("GET", `${path}&limit=1&offset=1`)).body as Envelope;
    expect(second).toMatchObject({ count: 2, results: [{ uuid: custom.uuid }] });
    const one = await api.call("GET", `/api/mdm/devices/commands/${custom.uuid}/`);
    expect(one).toEqual({ status: 200, body: results[1] });
    expect(JSON.stringify(results)).not.toContain("271828");
  });

  test("a filter on an unknown device or user is refused", async () => {
    const text = "Select a valid choice. That choice is not one of the available choices.";
    expect(await api.call("GET", "/api/mdm/devices/commands/?enrolled_device=999999")).toEqual({
      status: 400,
      body: { enrolled_device: [text] },
    });
    expect((await api.call("GET", "/api/mdm/users/commands/?enrolled_user=999999")).body).toEqual({
      enrolled_user: [text],
    });
  });

  test("a queued command is deleted, a sent one is not, and both are audited or refused", async () => {
    const device = await enroll();
    const path = (command: unknown) => `/api/mdm/devices/commands/${(command as Command).uuid}/`;
    const first = (await post(device, "lock", { pin: "914273" })).body;
    expect(await api.call("DELETE", path(first))).toEqual({ status: 204, body: null });
    expect((await api.call("DELETE", path(first))).status).toBe(404);
    const second = (await post(device, "lock", { pin: "914273" })).body;
    const permissions = ["mdm.view_devicecommand"];
    expect((await api.call("DELETE", path(second), { permissions })).status).toBe(403);
    await takeAndAnswer(device);
    expect(await api.call("DELETE", path(second))).toEqual({
      status: 400,
      body: ["This command has already been sent to the device and cannot be deleted"],
    });
    const events = await database.database.many<{ payload: { action: string } }>(
      sql`select payload from events where serial_number = ${device.serialNumber} and type = 'zentral_audit'
           order by sequence`,
    );
    expect(events.map(({ payload }) => payload.action)).toEqual(["created", "deleted", "created"]);
    expect(JSON.stringify(events)).not.toContain("914273");
  });

  test("commands of a user channel are in their own list and cannot be deleted", async () => {
    const device = await enroll();
    const user = await run((op) => enrollUser(op, device));
    const request = { name: "ProfileList" as const, arguments: {} };
    const { uuid } = await run((op) => queueCommand(op, deps, { target: { device, user }, request }));
    const list = (await api.call("GET", `/api/mdm/users/commands/?enrolled_user=${user.id}`))
      .body as Envelope;
    expect(list).toMatchObject({
      count: 1,
      results: [{ uuid, enrolled_user: user.id, name: "ProfileList" }],
    });
    expect((await api.call("GET", `/api/mdm/users/commands/${uuid}/`)).status).toBe(200);
    expect((await api.call("GET", `/api/mdm/devices/commands/${uuid}/`)).status).toBe(404);
    expect((await api.call("DELETE", `/api/mdm/devices/commands/${uuid}/`)).status).toBe(404);
    expect((await api.call("DELETE", `/api/mdm/users/commands/${uuid}/`)).status).toBe(405);
    expect((await api.call("GET", `/api/mdm/users/commands/${randomUUID()}/`)).status).toBe(404);
  });
});
