/** Story 5: only the certificate that is pinned speaks for a device, and it is renewed before it strands one. */
import { expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { findNameValue, nameOids } from "#protocol/x509/name.ts";
import { makeAuthority, writeCertificate, writeSelfSigned } from "#sandbox/crypto/certificate-writer.ts";
import type { Identity } from "#sandbox/crypto/certificate-writer.ts";
import { commandError } from "#sandbox/devices/device-state.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { proxyHeadersOf } from "#sandbox/devices/mdm-client.ts";
import type { WireAnswer } from "#sandbox/devices/transport.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();
const daySeconds = 24 * 3600;

const idle = { Status: "Idle" };

/** Lets time pass in which devices reported their inventory, which would be asked for before a renewal. */
async function passTime(seconds: number): Promise<void> {
  stories.clock.advance(seconds);
  const at = stories.clock.now();
  await stories.app.foundation.database.transaction((tx) =>
    tx.run(sql`
      update devices set device_information_updated_at = ${at}, security_info_updated_at = ${at},
             applications_updated_at = ${at}, profiles_updated_at = ${at}, certificates_updated_at = ${at}
       where device_information_updated_at is not null`),
  );
}

/** Every kind of message a certificate could be misused for. */
function messagesOf(): Record<string, Record<string, unknown>> {
  const tokens = { Token: Buffer.alloc(32, 7), PushMagic: "magic" };
  return {
    TokenUpdate: { MessageType: "TokenUpdate", Topic: stories.topic, ...tokens },
    CheckOut: { MessageType: "CheckOut", Topic: stories.topic },
    SetBootstrapToken: { MessageType: "SetBootstrapToken" },
    GetBootstrapToken: { MessageType: "GetBootstrapToken" },
  };
}

/** Tries everything with the identity the device has just now. @returns The distinct statuses of the answers. */
async function tryAll(device: SimulatedDevice, more: { UDID?: string } = {}): Promise<number[]> {
  const answers: WireAnswer[] = [await device.sendReport({ ...idle, ...more })];
  for (const message of Object.values(messagesOf())) {
    answers.push(await device.sendCheckin({ ...message, ...more } as { MessageType: string }));
  }
  return [...new Set(answers.map(({ status }) => status))];
}

async function reasonsOf(device: SimulatedDevice): Promise<unknown[]> {
  const events = await stories.eventsOf(device);
  const failures = events.filter(({ payload }) => payload["status"] === "failure");
  return [...new Set(failures.map(({ payload }) => payload["reason"]))];
}

/** Why requests were refused that claimed to be a device and were no machine's. */
async function claimsOf({ facts }: SimulatedDevice): Promise<unknown[]> {
  await stories.app.flush();
  const rows = await stories.app.foundation.database.many<{ reason: string }>(sql`
    select distinct payload->>'reason' as reason from events
     where serial_number is null and payload->>'udid' = ${facts.udid}`);
  return rows.map(({ reason }) => reason);
}

/** What of a device nobody else may change. */
async function stateOf(device: SimulatedDevice) {
  await stories.app.flush();
  const { checkout_at, bootstrap_token_escrowed, push, users } = await stories.detailOf(device);
  return { checkout_at, bootstrap_token_escrowed, push, userCount: (users as unknown[]).length };
}

test("one certificate does not speak for two UDIDs", async () => {
  const mac = await stories.settledDevice("Mac");
  const victim = await stories.settledDevice("Mac");
  const before = await stateOf(victim);
  expect(await tryAll(mac, { UDID: victim.facts.udid })).toEqual([400]);
  const authenticate = { MessageType: "Authenticate", Topic: stories.topic, UDID: victim.facts.udid };
  expect((await mac.sendCheckin(authenticate)).status).toBe(400);
  expect(await reasonsOf(mac)).toEqual(["enrollment session enrolled device UDID missmatch"]);
  expect(await stateOf(victim)).toEqual(before);
  expect(await victim.pollUntilIdle()).toEqual([]);
});

test("the certificate of another device is refused, on either channel", async () => {
  const mac = await stories.settledDevice("Mac");
  const victim = await stories.settledDevice("Mac");
  const before = await stateOf(victim);
  victim.useIdentity(mac.identity);
  expect(await tryAll(victim)).toEqual([400]);
  const asUser = { ...idle, UserID: victim.facts.user?.userId };
  expect((await victim.sendReport(asUser)).status).toBe(400);
  expect(await stateOf(victim)).toEqual(before);
});

test("a fresh identity does not take another device over", async () => {
  const victim = await stories.settledDevice("Mac");
  const queued = await stories.order(victim, "RestartDevice");
  const before = await stateOf(victim);
  const thief = stories.newDevice("Mac");
  thief.authenticate = () =>
    thief.sendCheckin({
      MessageType: "Authenticate",
      Topic: stories.topic,
      UDID: victim.facts.udid,
      SerialNumber: victim.facts.serialNumber,
    });
  await expect(thief.enroll(await stories.directProfile(thief))).rejects.toMatchObject({ status: 400 });
  expect(await reasonsOf(thief)).toEqual(["secret verification failed: 'udid mismatch'"]);
  expect(await stateOf(victim)).toEqual(before);
  expect(await stories.commandOf(queued)).toMatchObject({ status: null });
  await victim.pollUntilIdle();
  expect(victim.state.restartCount).toBe(1);
});

test("a certificate of another authority with the right name is refused", async () => {
  const mac = await stories.settledDevice("Mac");
  const own = mac.identity;
  const keys = await stories.world.keys.pick(3);
  const at = stories.clock.now();
  const span = {
    notBefore: new Date(at.getTime() - 1000),
    notAfter: new Date(at.getTime() + daySeconds * 1000),
  };
  const issuerName = [{ type: "CN", value: "Somebody" }];
  const stranger = makeAuthority({ subject: issuerName, keys: await stories.world.keys.pick(4), ...span });
  const subject = Buffer.from(decodeCertificate(own.certificate).subject.raw);
  const certificate = writeCertificate({
    subject,
    publicKeyInfo: keys.publicKeyInfo,
    issuer: stranger,
    ...span,
    use: "push",
  });
  const foreign: Identity = { certificate, privateKey: keys.privateKey, chain: [stranger.certificate] };
  for (const identity of [foreign, writeSelfSigned(subject, keys, at)]) {
    mac.useIdentity(identity);
    expect(await tryAll(mac)).toEqual([400]);
    expect((await mac.authenticate()).status).toBe(400);
  }
  // What a stranger claims to be is told, but kept off the timeline of the machine.
  expect(await reasonsOf(mac)).toEqual([]);
  expect(await claimsOf(mac)).toEqual(["The certificate was not issued to a device by this server"]);
  mac.useIdentity(own);
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("a right certificate with a wrong key, and a right signature over another body, are refused", async () => {
  const mac = await stories.settledDevice("Mac");
  const own = mac.identity;
  const { privateKey } = await stories.world.keys.pick(mac.facts.number + 9);
  mac.useIdentity({ ...own, privateKey });
  expect(await tryAll(mac)).toEqual([400]);
  mac.useIdentity(own);
  await mac.sendReport(idle);
  const last = mac.client.lastRequest;
  if (last?.body === undefined) throw new Error("The report was sent");
  const body = Buffer.from(last.body);
  body[body.indexOf("Idle")] = 0x69;
  expect((await mac.sendRaw({ ...last, body })).status).toBe(400);
});

test("the certificate of the second phase of OTA is no identity", async () => {
  const phone = await stories.settledDevice("iPhone");
  const again = stories.newDevice("iPhone");
  const { progress } = await again.beginOta(stories.otaProfile);
  phone.useIdentity(progress.identity);
  expect(await tryAll(phone)).toEqual([400]);
  expect((await phone.authenticate()).status).toBe(400);
  const serialNumber = again.facts.serialNumber;
  expect(findNameValue(decodeCertificate(progress.identity.certificate).subject, nameOids.serialNumber)).toBe(
    serialNumber,
  );
  expect(await reasonsOf(again)).toEqual(["missing or bad CN in client certificate DN"]);
});

test("a proxy's headers count for nothing where messages are signed", async () => {
  const mac = await stories.settledDevice("Mac");
  const before = await stateOf(mac);
  await mac.sendReport(idle);
  const last = mac.client.lastRequest;
  if (last === null) throw new Error("The report was sent");
  const answer = await mac.sendRaw({ ...last, headers: proxyHeadersOf(mac.identity) });
  expect(answer.status).toBe(400);
  expect(await stateOf(mac)).toEqual(before);
});

async function secondsUntilEnd(device: SimulatedDevice): Promise<number> {
  const { notAfter } = decodeCertificate(device.identity.certificate);
  expect((await stories.detailOf(device))["cert_not_valid_after"]).toBe(notAfter.toISOString().slice(0, 19));
  return (notAfter.getTime() - stories.clock.now().getTime()) / 1000;
}

/** Moves the clock to so many days before the device's certificate ends, or after it when negative. */
async function moveToDaysBeforeEnd(device: SimulatedDevice, days: number): Promise<void> {
  await passTime((await secondsUntilEnd(device)) - days * daySeconds);
}

test("a certificate is renewed 90 days before it ends, and the old one is refused from then on", async () => {
  const mac = await stories.settledDevice("Mac");
  const old = mac.identity;
  const users = (await stories.detailOf(mac))["users"];
  await moveToDaysBeforeEnd(mac, 91);
  expect(await mac.pollUntilIdle()).toEqual([]);
  await moveToDaysBeforeEnd(mac, 89);
  const queued = await stories.order(mac, "RestartDevice");
  const seen = await mac.pollUntilIdle();
  expect(seen.map(({ requestType, status }) => [requestType, status])).toEqual([
    ["RestartDevice", "Acknowledged"],
    ["InstallProfile", "Acknowledged"],
  ]);
  expect(mac.identity.certificate.equals(old.certificate)).toBe(false);
  expect(await secondsUntilEnd(mac)).toBeGreaterThan(180 * daySeconds);
  expect(await stories.commandOf(queued)).toMatchObject({ status: "Acknowledged" });
  expect(await stories.commandOf(seen[1]?.uuid ?? "")).toMatchObject({
    name: "Reenroll",
    status: "Acknowledged",
  });
  expect(await stories.detailOf(mac)).toMatchObject({
    device_information_updated_at: expect.any(String),
    bootstrap_token_escrowed: true,
    users: [expect.objectContaining({ id: (users as { id: number }[])[0]?.id })],
  });
  const authenticates = (await stories.eventsOf(mac)).filter(
    ({ payload }) => payload["message_type"] === "Authenticate",
  );
  expect(authenticates.at(-1)?.payload).toMatchObject({
    reenrollment: true,
    new_enrolled_device: false,
    enrollment_session: { type: "re" },
  });
  expect(await mac.pollUntilIdle()).toEqual([]);
  const renewed = mac.identity;
  mac.useIdentity(old);
  expect(await tryAll(mac)).toEqual([400]);
  expect((await mac.authenticate()).status).toBe(400);
  mac.useIdentity(renewed);
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("a renewed enrollment is renewed again, and again, without a gap", async () => {
  const mac = await stories.settledDevice("Mac");
  for (let year = 1; year <= 3; year++) {
    const before = mac.identity;
    await moveToDaysBeforeEnd(mac, 30);
    expect(await mac.pollUntilIdle()).toMatchObject([
      { requestType: "InstallProfile", status: "Acknowledged" },
    ]);
    expect(mac.identity.certificate.equals(before.certificate)).toBe(false);
    expect(await mac.pollUntilIdle()).toEqual([]);
  }
  expect(await reasonsOf(mac)).toEqual([]);
  expect(await mac.pollUntilIdle("user")).toEqual([]);
});

test("a renewal that failed is tried again, but not within four hours", async () => {
  const mac = await stories.settledDevice("Mac");
  await moveToDaysBeforeEnd(mac, 80);
  mac.answer("InstallProfile", commandError(4001, "MCInstallationErrorDomain", "Not now."));
  expect(await mac.pollUntilIdle()).toMatchObject([{ requestType: "InstallProfile", status: "Error" }]);
  expect(await mac.pollUntilIdle()).toEqual([]);
  stories.clock.advance(4 * 3600 - 1);
  expect(await mac.pollUntilIdle()).toEqual([]);
  stories.clock.advance(1);
  expect(await mac.pollUntilIdle()).toMatchObject([
    { requestType: "InstallProfile", status: "Acknowledged" },
  ]);
});

test("two polls at once begin one renewal", async () => {
  const mac = await stories.settledDevice("Mac");
  await moveToDaysBeforeEnd(mac, 80);
  const answers = await Promise.all([mac.sendReport(idle), mac.sendReport(idle), mac.sendReport(idle)]);
  const uuids = answers.flatMap(
    ({ body }) => /[0-9A-F]{8}-[0-9A-F-]{27}<\/string>\s*<\/dict>/.exec(body.toString()) ?? [],
  );
  expect(new Set(uuids).size).toBeLessThanOrEqual(1);
  const id = await stories.idOf(mac);
  const begun = await stories.api.list(`/api/mdm/devices/commands/?enrolled_device=${id}&name=Reenroll`);
  expect(begun).toHaveLength(1);
});

test("a device whose certificate has ended is given the renewal and nothing else for 30 days", async () => {
  const mac = await stories.settledDevice("Mac");
  await moveToDaysBeforeEnd(mac, -29);
  const queued = await stories.order(mac, "RestartDevice");
  const update = messagesOf()["TokenUpdate"] as { MessageType: string };
  expect((await mac.sendCheckin(update)).status).toBe(400);
  expect(await reasonsOf(mac)).toEqual(["client certificate has expired"]);
  const [first, ...others] = await mac.pollUntilIdle();
  expect(first).toMatchObject({ requestType: "InstallProfile", status: "Acknowledged" });
  // With the new identity it is a device like any other.
  expect(others.map(({ requestType }) => requestType)).toEqual(["RestartDevice"]);
  expect(await stories.commandOf(queued)).toMatchObject({ status: "Acknowledged" });
  expect(await secondsUntilEnd(mac)).toBeGreaterThan(180 * daySeconds);
});

test("renewals whose delivery was lost do not keep the next one from mending the device", async () => {
  const mac = await stories.settledDevice("Mac");
  await moveToDaysBeforeEnd(mac, -5);
  for (let day = 1; day <= 3; day++) {
    expect((await mac.sendReport(idle)).body.toString()).toContain("InstallProfile");
    await passTime(daySeconds);
  }
  const [mended] = await mac.pollUntilIdle();
  expect(mended).toMatchObject({ requestType: "InstallProfile", status: "Acknowledged" });
  expect(await secondsUntilEnd(mac)).toBeGreaterThan(180 * daySeconds);
  // What was lost is offered once more; its challenge has ended, and the identity in force stays.
  await mac.pollUntilIdle();
  expect(await secondsUntilEnd(mac)).toBeGreaterThan(180 * daySeconds);
  await stories.order(mac, "RestartDevice");
  expect(await mac.pollUntilIdle()).toMatchObject([{ requestType: "RestartDevice", status: "Acknowledged" }]);
});

test("after those 30 days the answer is 400, never one that makes the device leave", async () => {
  const mac = await stories.settledDevice("Mac");
  await moveToDaysBeforeEnd(mac, -31);
  expect(await tryAll(mac)).toEqual([400]);
  expect(mac.isEnrolled).toBe(true);
  expect(await reasonsOf(mac)).toEqual(["client certificate has expired"]);
});

test("a device renews its identity itself, and the first use of the new one retires the old", async () => {
  const mac = await stories.settledDevice("Mac");
  const old = mac.identity;
  await passTime(daySeconds);
  await mac.renewIdentity();
  const renewed = mac.identity;
  mac.useIdentity(old);
  expect(await mac.pollUntilIdle()).toEqual([]);
  mac.useIdentity(renewed);
  expect(await mac.pollUntilIdle()).toEqual([]);
  mac.useIdentity(old);
  expect(await tryAll(mac)).toEqual([400]);
  await expect(mac.renewIdentity()).rejects.toMatchObject({ code: "scep_refused" });
  mac.useIdentity(renewed);
  await secondsUntilEnd(mac);
  await mac.renewIdentity();
  expect(await mac.pollUntilIdle()).toEqual([]);
});

test("a blocked device, and one that left, do not renew themselves", async () => {
  const blocked = await stories.settledDevice("Mac");
  await stories.call("POST", `/api/mdm/devices/${await stories.idOf(blocked)}/block/`);
  await expect(blocked.renewIdentity()).rejects.toMatchObject({ code: "scep_refused" });
  const gone = await stories.settledDevice("Mac");
  const { enrollment } = gone.state;
  await gone.checkOut();
  gone.state.enrollment = enrollment;
  await expect(gone.renewIdentity()).rejects.toMatchObject({ code: "scep_refused" });
});
