/** Bodies no device sends, at every door of devices: 400, one event, one line in the log, nothing written. */
import { beforeAll, describe, expect, test } from "vitest";
import { checkinBodyBytesMax } from "#protocol/mdm/checkin.ts";
import { deviceAttributesBodyBytesMax } from "#protocol/ota/device-attributes.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { signContent, signatureShapes } from "#sandbox/crypto/cms-writer.ts";
import type { Identity } from "#sandbox/crypto/certificate-writer.ts";
import { indefinite } from "#sandbox/crypto/der.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { plistText } from "#sandbox/devices/plist-text.ts";
import type { WireAnswer } from "#sandbox/devices/transport.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { hostilePlists } from "../tools/hostile-plists.ts";
import { createReadableLog, createRefusalWatch, type RefusalWatch } from "../tools/refusal-watch.ts";

const { log, lines } = createReadableLog();
const stories = useDeviceStories({ log });
let mac: SimulatedDevice;
let watch: RefusalWatch["watch"];
beforeAll(async () => {
  mac = await stories.settledDevice("Mac");
  ({ watch } = createRefusalWatch(stories.app, lines));
});

type Door = "checkin" | "connect";

/** A body signed as the enrolled Mac signs. */
function sendSigned(door: Door, body: Buffer): Promise<WireAnswer> {
  const { settings, identity } = mac.state.enrollment ?? expect.fail("the Mac is enrolled");
  const url = door === "checkin" ? settings.checkInUrl : settings.serverUrl;
  return mac.client.send({ url, kind: door, body, identity, signsMessages: true });
}

/** A member of another type than it has to be, and others that are missing. */
const brokenMessages: readonly [Door, string, Readonly<Record<string, unknown>>, string][] = [
  ["checkin", "without a type", { UDID: "u" }, "checkin_message_type_missing"],
  ["checkin", "of a numeric type", { UDID: "u", MessageType: 7 }, "checkin_message_type_missing"],
  ["checkin", "of an unknown type", { UDID: "u", MessageType: "__proto__" }, "checkin_message_type_unknown"],
  ["checkin", "of nobody", { MessageType: "CheckOut" }, "checkin_identifier_missing"],
  [
    "checkin",
    "with a UDID that is a list",
    { UDID: ["u"], MessageType: "CheckOut" },
    "checkin_field_malformed",
  ],
  ["checkin", "with NUL in its UDID", { UDID: "u\0", MessageType: "CheckOut" }, "checkin_field_malformed"],
  ["checkin", "without a topic", { UDID: "u", MessageType: "Authenticate" }, "checkin_field_malformed"],
  [
    "checkin",
    "with a token that is text",
    { UDID: "u", MessageType: "TokenUpdate", Topic: "t", PushMagic: "m", Token: "AAAA" },
    "checkin_field_malformed",
  ],
  ["connect", "without a status", { UDID: "u" }, "connect_status_missing"],
  ["connect", "with a status that is a list", { UDID: "u", Status: ["Idle"] }, "connect_status_missing"],
  ["connect", "with an unknown status", { UDID: "u", Status: "Bored" }, "connect_status_unknown"],
  ["connect", "of nobody", { Status: "Idle" }, "connect_identifier_missing"],
  [
    "connect",
    "with a user who is a number",
    { UDID: "u", UserID: 1, Status: "Idle" },
    "connect_field_malformed",
  ],
  [
    "connect",
    "that is idle and reports",
    { UDID: "u", Status: "Idle", CommandUUID: "x" },
    "connect_idle_with_command",
  ],
];

describe.each(["checkin", "connect"] as const)("%s refuses", (door) => {
  const good = door === "checkin" ? { MessageType: "CheckOut" } : { Status: "Acknowledged" };

  test.each(hostilePlists({ UDID: "u", ...good }))("%s", async (_name, body, code) => {
    const refused = await watch("mdm_request", () => sendSigned(door, body));
    expect(refused).toMatchObject({ status: 400, code, payload: { reason: "malformed property list" } });
    expect(refused.payload["view_name"]).toBe(door);
    expect(refused.serialNumber).toBe(mac.facts.serialNumber);
  });

  test.each(brokenMessages.filter(([own]) => own === door).map(([, ...rest]) => rest))(
    "a message %s",
    async (_name, message, code) => {
      const body = writeBinaryPlist(message as Parameters<typeof writeBinaryPlist>[0]);
      expect(await watch("mdm_request", () => sendSigned(door, body))).toMatchObject({ status: 400, code });
    },
  );

  test("more values than any message has", async () => {
    const body = Buffer.alloc(checkinBodyBytesMax, "<true/>");
    body.write('<plist version="1.0"><array>');
    const refused = await watch("mdm_request", () => sendSigned(door, body));
    expect(refused).toMatchObject({ status: 400, payload: { reason: "malformed property list" } });
  });

  test("a body that is too large, unread", async () => {
    const body = Buffer.alloc(checkinBodyBytesMax + 1, plistText({ UDID: mac.facts.udid, ...good }));
    const refused = await watch("mdm_request", () => sendSigned(door, body));
    expect(refused).toMatchObject({
      status: 400,
      code: "body_too_large",
      payload: { view_name: door, reason: "body_too_large" },
      serialNumber: null,
    });
  });
});

/** CMS that is well formed as far as a parser goes before it must stop. */
const brokenCms: readonly [name: string, body: Buffer][] = [
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("<plist/>")],
  ["10,000 indefinite lengths that never end", Buffer.alloc(20_000, Buffer.from([0x30, 0x80]))],
  [
    "100,000 empty elements",
    Buffer.concat([Buffer.from([0x30, 0x80]), Buffer.alloc(200_000, Buffer.from([5, 0]))]),
  ],
  ["a length beyond every integer", Buffer.from("3088ffffffffffffffff", "hex")],
  ["a length beyond the body", Buffer.from("3084ffffffff00", "hex")],
  [
    "nested content that ends",
    Array.from({ length: 2_000 }).reduce<Buffer>((inner) => indefinite(0x24, inner), Buffer.alloc(0)),
  ],
];

describe("the OTA door refuses", () => {
  const url = () => new URL("/public/mdm/ota_enroll/", stories.app.baseUrl).href;
  const post = (body: Buffer) => stories.world.transport.send({ url: url(), method: "POST", body });
  const newborn = async (): Promise<Identity> =>
    stories.apple.deviceCa.issueDeviceIdentity(mac.facts.udid, await stories.world.keys.pick(0));
  const signed = async (content: Buffer) =>
    signContent(content, await newborn(), { shape: signatureShapes.bareSha1, at: stories.clock.now() });

  test.each(brokenCms)("%s", async (_name, body) => {
    const refused = await watch("ota_enrollment_request", () => post(body));
    expect(refused).toMatchObject({
      status: 400,
      code: "ota_not_signed",
      payload: { reason: "posted data is not signed" },
    });
  });

  test("a signed message that is cut anywhere", async () => {
    const message = await signed(plistText({ UDID: "u", SERIAL: "s" }));
    for (let cut = 1; cut < 20; cut++) {
      const part = message.subarray(0, Math.floor((message.length * cut) / 20));
      expect(await watch("ota_enrollment_request", () => post(part))).toMatchObject({ status: 400 });
    }
  });

  test.each(hostilePlists({ UDID: "u", SERIAL: "s" }))("%s, properly signed", async (_name, content) => {
    const body = await signed(content);
    const refused = await watch("ota_enrollment_request", () => post(body));
    expect(refused).toMatchObject({
      status: 400,
      code: "ota_attributes_malformed",
      payload: { reason: "posted data is not a property list" },
    });
  });

  test("a challenge that no enrollment has", async () => {
    const body = await signed(plistText({ UDID: "u", SERIAL: "s", CHALLENGE: "x".repeat(64) }));
    const refused = await watch("ota_enrollment_request", () => post(body));
    expect(refused).toMatchObject({ status: 400, code: "enrollment_secret_unknown_secret" });
  });

  test("a body that is too large, unread", async () => {
    const refused = await watch("ota_enrollment_request", () =>
      post(Buffer.alloc(deviceAttributesBodyBytesMax + 1)),
    );
    expect(refused).toMatchObject({
      status: 400,
      code: "body_too_large",
      payload: { reason: "body_too_large" },
    });
  });
});
