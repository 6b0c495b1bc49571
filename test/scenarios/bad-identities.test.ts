/** Senders who are not who they say they are: refused by name, nothing written. */
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { makeAuthority, writeCertificate } from "#sandbox/crypto/certificate-writer.ts";
import type { Identity } from "#sandbox/crypto/certificate-writer.ts";
import { makeKeyPair } from "#sandbox/crypto/key-pool.ts";
import type { Message } from "#sandbox/devices/checkin-messages.ts";
import { openProfile, readMdmSettings, type MdmSettings } from "#sandbox/devices/configuration-profile.ts";
import { DeviceError } from "#sandbox/devices/device-error.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { contentTypes } from "#sandbox/devices/mdm-client.ts";
import { plistText } from "#sandbox/devices/plist-text.ts";
import { enrollWithScep } from "#sandbox/devices/scep-client.ts";
import type { WireAnswer } from "#sandbox/devices/transport.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { createReadableLog, createRefusalWatch, type RefusalWatch } from "../tools/refusal-watch.ts";

const { log, lines } = createReadableLog();
const stories = useDeviceStories({ log });
let phone: SimulatedDevice;
let pad: SimulatedDevice;
let settings: MdmSettings;
let watch: RefusalWatch["watch"];
beforeAll(async () => {
  phone = await stories.settledDevice("iPhone");
  pad = await stories.settledDevice("iPad");
  settings = phone.state.enrollment?.settings ?? expect.fail("the iPhone is enrolled");
  ({ watch } = createRefusalWatch(stories.app, lines));
});

const doors = ["checkin", "connect"] as const;
type Door = (typeof doors)[number];

/** A harmless message of the iPhone, or of somebody else. */
function messageAt(door: Door, { facts }: SimulatedDevice = phone): Message {
  return {
    UDID: facts.udid,
    ...(door === "checkin" ? { MessageType: "GetBootstrapToken" } : { Status: "Idle" }),
  };
}

const urlOf = (door: Door) => (door === "checkin" ? settings.checkInUrl : settings.serverUrl);

/** Sends a message of the iPhone, proved with any identity. */
function sendAs(door: Door, identity: Identity, message: Message = messageAt(door)): Promise<WireAnswer> {
  const body = plistText(message);
  return phone.client.send({ url: urlOf(door), kind: door, body, identity, signsMessages: true });
}

/** Sends a message of the iPhone with any headers. */
function sendWith(door: Door, headers: Readonly<Record<string, string>>): Promise<WireAnswer> {
  const type = { "content-type": contentTypes[door] };
  const body = plistText(messageAt(door));
  return phone.sendRaw({ url: urlOf(door), method: "PUT", headers: { ...type, ...headers }, body });
}

/** A certificate with the subject of the iPhone's, from an authority of somebody else. */
async function forge(authorityName: string | null): Promise<Identity> {
  const { subject } = decodeCertificate(phone.identity.certificate);
  const at = stories.clock.now();
  const [notBefore, notAfter] = [new Date(at.getTime() - 3_600_000), new Date(at.getTime() + 86_400_000)];
  const [keys, own] = await Promise.all([makeKeyPair(), makeKeyPair()]);
  const authority = makeAuthority({
    subject: [{ type: "CN", value: authorityName ?? "" }],
    keys,
    notBefore,
    notAfter,
  });
  const issuer = authorityName === null ? { name: subject.raw, ...own } : authority;
  const plan = { subject: subject.raw, publicKeyInfo: own.publicKeyInfo, notBefore, notAfter, issuer };
  // The use of push certificates is that of clients, as device certificates must have it.
  return { certificate: writeCertificate({ ...plan, use: "push" }), privateKey: own.privateKey, chain: [] };
}

describe.each(doors)("%s refuses", (door) => {
  const refusedWith = async (send: () => Promise<WireAnswer>) => watch("mdm_request", send);

  test("a message that nobody signed, whatever the headers of a proxy say", async () => {
    const headers = { "x-ssl-client-s-dn": `serialNumber=${phone.facts.serialNumber}` };
    const refused = await refusedWith(() => sendWith(door, headers));
    expect(refused).toMatchObject({
      status: 400,
      code: "identity_missing",
      payload: { reason: "missing DN in request headers" },
      serialNumber: null,
    });
  });

  test.each([
    ["is no base64", "*".repeat(100)],
    ["is no CMS", Buffer.from("signature").toString("base64")],
    ["is nested without end", Buffer.alloc(30_000, Buffer.from([0x30, 0x80])).toString("base64")],
    ["has a length beyond it", Buffer.from("3084ffffffff00", "hex").toString("base64")],
    ["is empty", ""],
  ])("a signature that %s", async (_name, header) => {
    const refused = await refusedWith(() => sendWith(door, { "mdm-signature": header }));
    expect(refused).toMatchObject({
      status: 400,
      code: "mdm_signature_invalid",
      payload: { reason: "Invalid header signature" },
      serialNumber: null,
    });
  });

  test("a signature over other bytes, and one that is cut anywhere", async () => {
    const other = phone.client.signatureOf(Buffer.from("other"), phone.identity);
    const own = phone.client.signatureOf(plistText(messageAt(door)), phone.identity);
    const cuts = Array.from({ length: 10 }, (_, tenth) =>
      own.slice(0, 4 * Math.floor((own.length * tenth) / 40)),
    );
    for (const header of [other, ...cuts]) {
      const refused = await refusedWith(() => sendWith(door, { "mdm-signature": header }));
      expect(refused).toMatchObject({ status: 400, code: "mdm_signature_invalid" });
    }
  });

  test.each([
    ["of its own making", null],
    ["of a foreign authority", "Somebody else"],
  ])(
    "a certificate %s with the right subject, which is not the device's fault",
    async (_name, authorityName) => {
      const forged = await forge(authorityName);
      const refused = await refusedWith(() => sendAs(door, forged));
      expect(refused).toMatchObject({ status: 400, code: "certificate_untrusted", serialNumber: null });
      const malformed = await refusedWith(() => sendAs(door, forged, { UDID: 1 }));
      expect(malformed).toMatchObject({ status: 400, code: "certificate_untrusted", serialNumber: null });
    },
  );

  test("the certificate of the device with the key of another", async () => {
    const swapped = { ...phone.identity, privateKey: pad.identity.privateKey };
    const isSameKey = phone.identity.privateKey.equals(pad.identity.privateKey);
    expect(isSameKey).toBe(false);
    expect(await refusedWith(() => sendAs(door, swapped))).toMatchObject({ code: "mdm_signature_invalid" });
  });

  test("the certificate of another device", async () => {
    const refused = await refusedWith(() => sendAs(door, pad.identity));
    expect(refused).toMatchObject({
      status: 400,
      code: "device_udid_mismatch",
      serialNumber: pad.facts.serialNumber,
    });
  });

  test("the certificate of the second phase of OTA", async () => {
    const newcomer = stories.newDevice("Mac");
    const { progress } = await newcomer.beginOta(stories.otaProfile);
    const refused = await refusedWith(() => sendAs(door, progress.identity, messageAt(door, newcomer)));
    expect(refused).toMatchObject({
      status: 400,
      code: "identity_name_malformed",
      payload: { reason: "missing or bad CN in client certificate DN" },
    });
  });

  test("the certificate of an enrollment that is gone", async () => {
    const { device, identity } = await startEnrollment();
    const { serialNumber } = device.facts;
    const { database } = stories.app.foundation;
    await database.transaction((tx) =>
      tx.run(sql`
        delete from enrollment_sessions where device_id is null and enrollment_secret_id in (
          select id from enrollment_secrets where ${serialNumber} = any(serial_numbers))`),
    );
    const refused = await refusedWith(() => sendAs(door, identity, messageAt(door, device)));
    expect(refused).toMatchObject({
      status: 400,
      code: "enrollment_session_secret_unknown",
      payload: { reason: "Bad OTA enrollment session secret in client certificate CN" },
      serialNumber,
    });
  });

  test("a device that has not introduced itself", async () => {
    const { device, identity } = await startEnrollment();
    const refused = await refusedWith(() => sendAs(door, identity, messageAt(door, device)));
    expect(refused).toMatchObject({
      status: 400,
      code: "enrollment_session_without_device",
      payload: { ota_enrollment: { pk: stories.enrollmentId } },
    });
  });
});

test("a certificate that ended long ago is refused, with 400 as everything else", async () => {
  const before = stories.clock.now();
  const { notAfter } = decodeCertificate(phone.identity.certificate);
  const [beyondMending, day] = [31 * 86_400_000, 86_400_000];
  try {
    stories.clock.set(new Date(notAfter.getTime() + beyondMending));
    for (const door of doors) {
      const refused = await watch("mdm_request", () => sendAs(door, phone.identity));
      expect(refused).toMatchObject({ status: 400, code: "certificate_expired" });
    }
    // Soon after its end it is still good for its renewal, but for nothing it says.
    stories.clock.set(new Date(notAfter.getTime() + day));
    const refused = await watch("mdm_request", () => sendAs("checkin", phone.identity));
    expect(refused).toMatchObject({ status: 400, code: "certificate_expired" });
  } finally {
    stories.clock.set(before);
  }
});

test.each(["Authenticate", "TokenUpdate"])(
  "%s with a topic that is not ours is refused",
  async (MessageType) => {
    const members = { UDID: phone.facts.udid, Topic: "com.apple.mgmt.External.other", MessageType };
    const message = { ...members, Token: Buffer.alloc(32), PushMagic: "magic" };
    const refused = await watch("mdm_request", () => sendAs("checkin", phone.identity, message));
    expect(refused).toMatchObject({
      status: 400,
      code: "push_topic_unknown",
      payload: { message_type: MessageType, topic: "com.apple.mgmt.External.other" },
    });
  },
);

describe("the SCEP door", () => {
  /** SCEP refuses with 200 and a signed failure; only what it cannot answer is 400. */
  async function refuseScep(change: Partial<MdmSettings["scep"]>, scep: MdmSettings["scep"]) {
    return watch("scep_request", async () => {
      const keys = await makeKeyPair();
      const at = stories.clock.now();
      const asked = enrollWithScep(stories.world.transport, { settings: { ...scep, ...change }, keys, at });
      await expect(asked).rejects.toThrow(
        new DeviceError("scep_refused", "Request was not granted: failure, badRequest"),
      );
      return { status: 200, headers: {}, body: Buffer.alloc(0) };
    });
  }

  test("fails closed without a challenge, with a wrong one and with one that was used", async () => {
    const { scep } = (await startEnrollment()).settings;
    expect(await refuseScep({ challenge: null }, scep)).toMatchObject({ code: "scep_challenge_missing" });
    expect(await refuseScep({ challenge: "guessed" }, scep)).toMatchObject({
      code: "scep_challenge_unknown",
    });
    expect(await refuseScep({}, scep)).toMatchObject({ code: "scep_challenge_used" });
  });

  const url = (query: string) => new URL(`/scep/${query}`, stories.app.baseUrl).href;
  const bomb = Buffer.alloc(20_000, Buffer.from([0x30, 0x80]));
  test.each([
    ["an operation with NUL", "GET", "?operation=%00%ed%a0%80", Buffer.alloc(0), "scep_operation_unknown"],
    ["no operation", "GET", "", Buffer.alloc(0), "scep_operation_unknown"],
    ["an empty message", "POST", "?operation=PKIOperation", Buffer.alloc(0), "scep_message_missing"],
    [
      "a message that is no base64",
      "GET",
      "?operation=PKIOperation&message=%00",
      Buffer.alloc(0),
      "scep_message_missing",
    ],
    ["nesting without end", "POST", "?operation=PKIOperation", bomb, "scep_message_malformed"],
    ["a body that is too large", "POST", "?operation=PKIOperation", Buffer.alloc(65_537), "body_too_large"],
  ] as const)("refuses %s", async (_name, method, query, body, code) => {
    const request = { url: url(query), method, ...(method === "POST" ? { body } : {}) };
    const refused = await watch("scep_request", () => stories.world.transport.send(request));
    expect(refused).toMatchObject({ status: 400, code, payload: { reason: code } });
  });
});

/** A device that has its certificate and has not used it yet. */
async function startEnrollment() {
  const device = stories.newDevice("iPad");
  const profile = readMdmSettings(openProfile(await stories.directProfile(device)));
  if (profile === null) throw new Error("A direct profile is one for management");
  const keys = await stories.world.keys.pick(device.facts.number, profile.scep.keyBits);
  const at = stories.clock.now();
  const identity = await enrollWithScep(stories.world.transport, { settings: profile.scep, keys, at });
  return { device, identity, settings: profile };
}
