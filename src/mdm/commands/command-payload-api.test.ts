import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { dictionary, enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { storeUnlockToken } from "#mdm/device-secrets/device-secret-operations.ts";
import type { Device } from "#mdm/devices/device.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { readPlist } from "#protocol/plist/read.ts";
import { writePlist } from "#protocol/plist/write.ts";
import type { CommandArguments, CommandName } from "./command.ts";
import { commandNames } from "./command.ts";
import { commandKinds } from "./command-kinds.ts";
import { cancelLiveCommand } from "./command-queue-operations.ts";
import { queueCommand, takeNextCommand } from "./command-operations.ts";
import { commandPayloadEndpoints } from "./command-payload-api.ts";
import { showArguments } from "./command-payload.ts";
import { commandQueueEndpoints } from "./command-queue-api.ts";
import { acceptReport } from "./command-report-operations.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
const api = useApiServer(database, () => [
  ...bindEndpoints(deps, commandQueueEndpoints),
  ...bindEndpoints(deps, commandPayloadEndpoints),
]);
const sentinel = "sentinel-271828";

const queue = (device: Device, name: CommandName, args: CommandArguments) =>
  run((op) => queueCommand(op, deps, { target: { device, user: null }, request: { name, arguments: args } }));

type Payload = { readonly command: Record<string, unknown> | null };

async function payloadOf(uuid: string): Promise<Payload> {
  const { status, body } = await api.call("GET", `/api/mdm/devices/commands/${uuid}/payload/`);
  expect(status).toBe(200);
  return body as Payload;
}

const profile = writePlist({
  PayloadType: "Configuration",
  PayloadVersion: 1,
  PayloadIdentifier: "com.example.wifi",
  PayloadUUID: randomUUID(),
  PayloadContent: [{ PayloadType: "com.apple.wifi.managed", Password: sentinel }],
}).toString("base64");

const custom = writePlist({
  RequestType: "SetRecoveryLock",
  NewPassword: sentinel,
}).toString();

test.each<[string, CommandName, CommandArguments, Record<string, unknown>]>([
  [
    "the PIN of a lock",
    "DeviceLock",
    { Message: "Call IT", PIN: "314159" },
    { RequestType: "DeviceLock", Message: "Call IT", PIN: "<redacted>" },
  ],
  [
    "what is in a profile",
    "InstallProfile",
    { Payload: profile },
    { RequestType: "InstallProfile", Payload: "<redacted>", PayloadIdentifier: "com.example.wifi" },
  ],
  [
    "values of a custom command",
    "CustomCommand",
    { command: custom },
    { RequestType: "SetRecoveryLock", NewPassword: "<redacted>" },
  ],
  [
    "what settings hold beside names and switches",
    "Settings",
    {
      Settings: [
        { Item: "DeviceName", DeviceName: "Till 3" },
        { Item: "ApplicationConfiguration", Identifier: "com.example.app", Configuration: { key: sentinel } },
        { Item: "Bluetooth", Enabled: false },
      ],
    },
    {
      RequestType: "Settings",
      Settings: [
        { Item: "DeviceName", DeviceName: "Till 3" },
        { Item: "ApplicationConfiguration", Identifier: "com.example.app", Configuration: "<redacted>" },
        { Item: "Bluetooth", Enabled: false },
      ],
    },
  ],
])("%s is not shown, and the rest stays when the command has ended", async (_, name, args, shown) => {
  const device = await run((op) => enrollDevice(op, { supervised: true }));
  const { uuid } = await queue(device, name, args);
  const waiting = await payloadOf(uuid);
  expect(waiting.command).toEqual(shown);
  expect(JSON.stringify(waiting)).not.toMatch(/sentinel|314159/);
  await run((op) => cancelLiveCommand(op, deps, uuid));
  expect(await payloadOf(uuid)).toEqual(waiting);
});

test.each(commandNames)("no secret or undeclared argument of %s is ever shown", (name) => {
  const keys = [...commandKinds[name].secretArguments, "undeclared"];
  for (const value of [
    sentinel,
    [sentinel],
    { key: sentinel },
    [{ key: sentinel, Item: { key: sentinel } }],
  ]) {
    const args = Object.fromEntries(keys.map((key) => [key, value]));
    expect(JSON.stringify(showArguments(name, args))).not.toContain(sentinel);
  }
});

test("an unlock token that is added when a command is handed out shows that it was there", async () => {
  const enrolled = await run((op) => enrollDevice(op, { platform: "iOS" }));
  const token = new Secret(randomBytes(100));
  await run((op) => storeUnlockToken(op, deps, { device: enrolled, token }));
  const device = { ...enrolled, hasUnlockToken: true };
  const { uuid } = await queue(device, "ClearPasscode", {});
  expect((await payloadOf(uuid)).command).toEqual({
    RequestType: "ClearPasscode",
    UnlockToken: "<redacted>",
  });
});

test("an answer that is kept comes as a file, others are none", async () => {
  const device = await run((op) => enrollDevice(op));
  const target = { device, user: null };
  const command = writePlist({ RequestType: "ProfileList" }).toString();
  const { uuid } = await queue(device, "CustomCommand", { command });
  const path = `/api/mdm/devices/commands/${uuid}/result/`;
  expect((await api.call("GET", path)).status).toBe(404);
  await run(async (op) => {
    await takeNextCommand(op, deps, { target, connectStatus: "Idle" });
    const response = dictionary({ Status: "Acknowledged", ProfileList: [] });
    const report = { commandUuid: uuid, status: "Acknowledged" as const, errorChain: null, response };
    return acceptReport(op, deps, { target, report });
  });
  const answer = await api.open(path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-disposition")).toContain(`device_command_${uuid}-result.plist`);
  expect(readPlist(Buffer.from(await answer.arrayBuffer()))).toMatchObject({ ProfileList: [] });
});

test("commands of a user are with the user, and with no device", async () => {
  const device = await run((op) => enrollDevice(op));
  const user = await run((op) => enrollUser(op, device));
  const request = { name: "ProfileList" as const, arguments: {} };
  const { uuid } = await run((op) => queueCommand(op, deps, { target: { device, user }, request }));
  const list = await api.call("GET", `/api/mdm/users/${user.id}/commands/?state=queued`);
  expect(list.body).toMatchObject({ count: 1, results: [{ uuid, enrolled_user: user.id, state: "queued" }] });
  const none = await api.call("GET", `/api/mdm/users/${user.id}/commands/?state=sent`);
  expect(none.body).toMatchObject({ count: 0 });
  const payload = await api.call("GET", `/api/mdm/users/commands/${uuid}/payload/`);
  expect(payload.body).toMatchObject({ enrolled_user: user.id, command: { RequestType: "ProfileList" } });
  expect((await api.call("GET", `/api/mdm/devices/commands/${uuid}/payload/`)).status).toBe(404);
  expect((await api.call("GET", "/api/mdm/users/999999/commands/")).status).toBe(404);
  const permissions = ["mdm.view_devicecommand"];
  const refused = await api.call("GET", `/api/mdm/users/commands/${uuid}/payload/`, { permissions });
  expect(refused.status).toBe(403);
});

test("of a profile that a plan brings nothing is claimed before it is made", () => {
  expect(showArguments("InstallProfile", {})).toEqual({});
});
