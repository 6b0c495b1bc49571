/** Whatever devices put into members that may be absent: their messages are taken. */
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { dictionaryAt, stringAt, stringsAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { PlistWritable, PlistWritableDictionary } from "#protocol/plist/value.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { tokenUpdateMessage, userMembers } from "#sandbox/devices/checkin-messages.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import type { WireAnswer } from "#sandbox/devices/transport.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { createReadableLog } from "../tools/refusal-watch.ts";

const { log, lines } = createReadableLog();
const stories = useDeviceStories({ log });
let mac: SimulatedDevice;
let phone: SimulatedDevice;
beforeAll(async () => {
  mac = await stories.settledDevice("Mac");
  phone = await stories.settledDevice("iPhone");
});

/** Taken, shown by the API afterwards, its events stored, and nothing of it a fault of ours. */
afterEach(async () => {
  await stories.app.flush();
  for (const device of [mac, phone]) {
    const id = await stories.idOf(device);
    expect(await stories.detailOf(device)).toMatchObject({ udid: device.facts.udid });
    for (const list of ["applications", "profiles", "certificates"]) {
      await stories.api.list(`/api/mdm/devices/${id}/${list}/`);
    }
  }
  expect(lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

const runs = { numRuns: 40 };

/** Any value a binary property list can hold: NUL, numbers of every size, dates of every century. */
const anyValue = fc.letrec<{ value: PlistWritable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "binary" }),
    fc.constantFrom("", "\0", "x".repeat(5_000), "26.1\0", "-1.-1", "9".repeat(400)),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.double(),
    fc.boolean(),
    fc.date({ noInvalidDate: true, min: new Date("0001-01-01"), max: new Date("9999-12-31") }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: "binary" }), tie("value"), { maxKeys: 4 }),
  ),
})).value;

/** Any values under some of these keys. */
function anyMembers(keys: readonly string[]): fc.Arbitrary<PlistWritableDictionary> {
  const members = Object.fromEntries(keys.map((key) => [key, anyValue]));
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<PlistWritableDictionary>;
}

/** Sends a message as a binary property list, which can hold what XML cannot. */
function send(
  device: SimulatedDevice,
  kind: "checkin" | "connect",
  message: PlistWritableDictionary,
): Promise<WireAnswer> {
  const { settings, identity } = device.state.enrollment ?? expect.fail("the device is enrolled");
  const url = kind === "checkin" ? settings.checkInUrl : settings.serverUrl;
  const body = writeBinaryPlist({ ...message, UDID: device.facts.udid });
  return device.client.send({ url, kind, body, identity, signsMessages: true });
}

const topicOf = (device: SimulatedDevice) => device.state.enrollment?.settings.topic ?? "";

const nestedJson = (depth: number) => Buffer.from("[".repeat(depth) + "]".repeat(depth));

describe("a check-in is taken", () => {
  const authenticateKeys = [
    "OSVersion",
    "SupplementalOSVersionExtra",
    "SupplementalBuildVersion",
    "BuildVersion",
  ];
  const hardwareKeys = ["ProductName", "Model", "ModelName", "DeviceName", "SerialNumber", "IMEI", "MEID"];
  const otherKeys = ["Challenge", "UserShortName", "UserLongName", "Unheard"];

  test("as Authenticate", async () => {
    const members = anyMembers([...authenticateKeys, ...hardwareKeys, ...otherKeys]);
    await fc.assert(
      fc.asyncProperty(fc.boolean(), members, async (isMac, optional) => {
        const device = isMac ? mac : phone;
        const message = { ...optional, MessageType: "Authenticate", Topic: topicOf(device) };
        expect((await send(device, "checkin", message)).status).toBe(200);
      }),
      runs,
    );
  });

  test("as TokenUpdate, on both channels", async () => {
    const members = anyMembers(["UnlockToken", "AwaitingConfiguration", "NotOnConsole", ...otherKeys]);
    await fc.assert(
      fc.asyncProperty(fc.boolean(), members, async (isUserChannel, optional) => {
        const push = mac.state.push ?? expect.fail("the Mac has a push token");
        const details = { topic: topicOf(mac), push, unlockToken: null, isUserChannel };
        const message = { ...tokenUpdateMessage(mac.facts, details), ...optional };
        expect((await send(mac, "checkin", message)).status).toBe(200);
      }),
      runs,
    );
  });

  test.each(["CheckOut of a user", "GetBootstrapToken", "SetBootstrapToken", "ReturnToService"])(
    "as %s",
    async (name) => {
      const isOfUser = name === "CheckOut of a user";
      const who = isOfUser ? { UserID: userMembers(mac.facts)["UserID"] } : {};
      const MessageType = isOfUser ? "CheckOut" : name;
      await fc.assert(
        fc.asyncProperty(anyMembers(["AwaitingConfiguration", "Topic", ...otherKeys]), async (optional) => {
          const message = { ...optional, ...who, MessageType };
          expect((await send(mac, "checkin", message)).status).toBe(200);
        }),
        runs,
      );
    },
  );

  test.each([
    ["no JSON", Buffer.from([0, 0xff, 0xfe, 0x7b])],
    ["JSON with NUL and half a surrogate pair", Buffer.from(String.raw`{"\u0000":"\ud800 \u0000 \\u0000"}`)],
    ["JSON nested 1,000 deep", nestedJson(1_000)],
    ["JSON nested 6,000 deep", nestedJson(6_000)],
    ["JSON nested without end", nestedJson(200_000)],
    [
      "JSON with numbers beyond every range",
      Buffer.from('{"a":1e999,"b":-1e999,"c":123456789012345678901234567890}'),
    ],
    ["nothing", Buffer.alloc(0)],
  ])("as a declarative status report of %s", async (_name, Data) => {
    const message = { MessageType: "DeclarativeManagement", Endpoint: "status", Data };
    const before = await stories.eventsOf(mac);
    expect((await send(mac, "checkin", message)).status).toBe(200);
    const events = await stories.eventsOf(mac);
    expect(events.length).toBe(before.length + 1);
    expect(events.at(-1)?.payload).toMatchObject({ status: "success", endpoint: "status" });
  });
});

describe("a connect is taken", () => {
  test("when idle", async () => {
    await fc.assert(
      fc.asyncProperty(anyMembers(["NotOnConsole", "UserShortName", "Unheard"]), async (optional) => {
        expect((await send(mac, "connect", { ...optional, Status: "Idle" })).status).toBe(200);
      }),
      runs,
    );
  });

  test("when it reports on commands nobody knows", async () => {
    const members = anyMembers(["ErrorChain", "RequestType", "RejectionReason", "NotOnConsole"]);
    const statuses = fc.constantFrom("Acknowledged", "Error", "CommandFormatError", "NotNow");
    const uuids = fc.option(fc.oneof(fc.uuid(), fc.string({ unit: "grapheme", maxLength: 100 })), {
      nil: undefined,
    });
    await fc.assert(
      fc.asyncProperty(statuses, uuids, members, async (Status, CommandUUID, optional) => {
        const message = { ...optional, CommandUUID, Status };
        expect((await send(mac, "connect", message)).status).toBe(200);
      }),
      runs,
    );
  });
});

/** Orders a command, and receives it. */
async function receive(
  device: SimulatedDevice,
  name: string,
): Promise<{ uuid: string; queries: readonly string[] }> {
  await stories.order(device, name);
  const answer = await send(device, "connect", { Status: "Idle" });
  const envelope = readPlistDictionary(answer.body);
  const command = dictionaryAt(envelope, "Command") ?? {};
  expect(stringAt(command, "RequestType")).toBe(name);
  return { uuid: stringAt(envelope, "CommandUUID") ?? "", queries: stringsAt(command, "Queries") ?? [] };
}

const listOf = (keys: readonly string[]) =>
  fc.oneof(anyValue, fc.array(fc.oneof(anyValue, anyMembers(keys)), { maxLength: 5 }));

/** What each answer is made of, every member of it replaced by anything. */
const answers: Readonly<
  Record<string, (queries: readonly string[]) => fc.Arbitrary<PlistWritableDictionary>>
> = {
  DeviceInformation: (queries) =>
    fc.record({
      QueryResponses: fc.oneof(anyValue, anyMembers(queries)),
    }) as fc.Arbitrary<PlistWritableDictionary>,
  SecurityInfo: () =>
    fc.record({
      SecurityInfo: anyMembers([
        "FDE_Enabled",
        "ManagementStatus",
        "FirewallSettings",
        "FirmwarePasswordStatus",
        "SecureBoot",
        "BootstrapTokenAllowedForAuthentication",
      ]),
    }) as fc.Arbitrary<PlistWritableDictionary>,
  InstalledApplicationList: () =>
    fc.record({
      InstalledApplicationList: listOf([
        "Identifier",
        "Name",
        "Version",
        "ShortVersion",
        "BundleSize",
        "Installing",
      ]),
    }) as fc.Arbitrary<PlistWritableDictionary>,
  ProfileList: () =>
    fc.record({
      ProfileList: listOf([
        "PayloadIdentifier",
        "PayloadUUID",
        "PayloadContent",
        "IsManaged",
        "SignerCertificates",
      ]),
    }) as fc.Arbitrary<PlistWritableDictionary>,
  CertificateList: () =>
    fc.record({
      CertificateList: listOf(["CommonName", "Data", "IsIdentity"]),
    }) as fc.Arbitrary<PlistWritableDictionary>,
};

describe("the answer to a command is taken", () => {
  test.each(Object.keys(answers))("%s", async (name) => {
    const makeAnswer = answers[name] ?? expect.fail("a name of the table");
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.boolean(), async (generate, isError) => {
        const { uuid, queries } = await receive(mac, name);
        const Status = isError ? "Error" : "Acknowledged";
        const answer = isError
          ? generate(anyMembers, ["ErrorChain", "RejectionReason", "RejectionReasons"])
          : generate(makeAnswer, queries);
        const reported = await send(mac, "connect", { ...answer, CommandUUID: uuid, Status });
        expect(reported.status).toBe(200);
        expect(await stories.commandOf(uuid)).toMatchObject({ status: Status });
      }),
      { numRuns: 25 },
    );
  });
});
