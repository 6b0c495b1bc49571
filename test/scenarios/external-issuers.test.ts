/** Devices whose identities come from the SCEP servers of other organisations, in good days and bad ones. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "../../src/platform/db/sql.ts";
import { readConfig } from "../../src/platform/config.ts";
import { findNameValue, isSameName, nameOids } from "../../src/protocol/x509/name.ts";
import { decodeCertificate } from "../../src/protocol/x509/certificate.ts";
import { encodePem } from "../../src/protocol/x509/pem.ts";
import type { SimulatedDevice } from "../../src/sandbox/devices/device.ts";
import {
  type FakeAnswer,
  type FakeIssuer,
  startFakeIssuer,
} from "../../src/sandbox/scep-issuers/fake-issuer.ts";
import { numberOf } from "../../src/sandbox/simulate/api-client.ts";
import { type DeviceStories, startDeviceStories } from "../tools/device-stories.ts";
import { findFreePort } from "../tools/free-port.ts";
import { aCa, rsaKey } from "../tools/identities.ts";
import { MiniatureMdm } from "../tools/miniature-mdm.ts";
import { testWithProgram } from "../tools/programs.ts";

/** The SCEP server of another organisation, and its service that hands out challenges. */
let foreign: MiniatureMdm;
let ident: FakeIssuer;
let answer: () => FakeAnswer;
let foreignCa: Buffer;
let stories: DeviceStories;

beforeAll(async () => {
  foreign = new MiniatureMdm(aCa(rsaKey("unused")).certificate.raw);
  await foreign.start();
  foreignCa = await caOf(`${foreign.url}/scep`);
  ident = await startFakeIssuer(() => answer());
  stories = await startStories(encodePem("CERTIFICATE", foreignCa));
});

afterAll(async () => {
  await stories.close();
  await ident.close();
  await foreign.stop();
});

async function startStories(scepCaFullchainPem: string): Promise<DeviceStories> {
  const { mdm } = readConfig({}, () => "");
  return startDeviceStories({ config: { mdm: { ...mdm, scepCaFullchainPem } } });
}

async function caOf(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(`${url}?operation=GetCACert`)).arrayBuffer());
}

let count = 0;

/** An enrollment whose devices get their certificates from an issuer of these settings. */
async function anEnrollment(
  { api }: DeviceStories,
  issuer: Readonly<Record<string, unknown>>,
): Promise<{ readonly id: number; readonly issuerPath: string; readonly ota: Buffer }> {
  const name = `External ${++count}`;
  const { id: issuerId } = await api.create("/api/mdm/scep_issuers/", { name, ...issuer });
  const [push] = await api.list("/api/mdm/push_certificates/");
  const unit = await api.create("/api/inventory/meta_business_units/", { name });
  const enrollment = await api.create("/api/mdm/ota_enrollments/", {
    name,
    push_certificate: push?.["id"],
    scep_issuer: issuerId,
    enrollment_secret: { meta_business_unit: numberOf(unit, "id") },
  });
  const id = numberOf(enrollment, "id");
  const issuerPath = `/api/mdm/scep_issuers/${String(issuerId)}/`;
  return { id, issuerPath, ota: await api.download(`/api/mdm/ota_enrollments/${id}/profile/`) };
}

/** Its requests are counted, so that a pause of this process must not look like an issuer that is down. */
const identIssuer = (request_timeout = 30) => ({
  url: `${foreign.url}/scep`,
  backend: "IDENT",
  ident_kwargs: { url: ident.url, bearer_token: "bearer", request_timeout, max_retries: 1 },
});
const good = (): FakeAnswer => ({ body: { challenge: foreign.challenge } });

function issuerOfDevice(device: SimulatedDevice) {
  return decodeCertificate(device.identity.certificate).issuer;
}

test("a device enrolls over the air with a certificate of another authority", async () => {
  answer = good;
  const { ota } = await anEnrollment(stories, identIssuer());
  const device = stories.newDevice("Mac");
  await device.enroll(ota);
  expect(isSameName(issuerOfDevice(device), decodeCertificate(foreignCa).subject)).toBe(true);
  const { serialNumber } = device.facts;
  expect(ident.calls.slice(-2)).toMatchObject([
    { body: { subject: { common_name: expect.stringMatching(/^OTA\$/), serial_number: serialNumber } } },
    { body: { subject: { common_name: expect.stringMatching(/^MDM\$OTA\$/), serial_number: serialNumber } } },
  ]);
  await device.pollUntilIdle();
  expect(await stories.detailOf(device)).toMatchObject({ serial_number: serialNumber });
});

test("a direct profile has a challenge of the issuer", async () => {
  answer = good;
  const { id } = await anEnrollment(stories, identIssuer());
  const device = stories.newDevice("iPhone");
  const body = { serial_number: device.facts.serialNumber, udid: device.facts.udid };
  await device.enroll(await stories.api.download(`/api/mdm/ota_enrollments/${id}/direct_profiles/`, body));
  await device.pollUntilIdle();
  expect(device.isEnrolled).toBe(true);
});

test("an issuer that fails fails the request, and the same device enrolls when it is back", async () => {
  const { ota } = await anEnrollment(stories, identIssuer());
  const device = stories.newDevice("iPad");
  answer = () => ({ status: 403 });
  await expect(device.enroll(ota)).rejects.toThrow();
  await stories.app.flush();
  const events = await stories.eventsOf(device, "ota_enrollment_request");
  expect(events.at(-1)?.payload).toMatchObject({ status: "failure", reason: "Request error: HTTP 403" });
  answer = good;
  await device.enroll(ota);
  expect(device.isEnrolled).toBe(true);
});

test("polls at once, while an issuer takes its time, begin one renewal", async () => {
  answer = good;
  const { id } = await anEnrollment(stories, identIssuer());
  const device = stories.newDevice("Mac");
  const body = { serial_number: device.facts.serialNumber, udid: device.facts.udid };
  await device.enroll(await stories.api.download(`/api/mdm/ota_enrollments/${id}/direct_profiles/`, body));
  await device.pollUntilIdle();
  const { database } = stories.app.foundation;
  await database.transaction((tx) =>
    tx.run(sql`update devices set cert_not_valid_after = ${new Date(stories.clock.now().getTime() + 86_400_000)}
                where udid = ${device.facts.udid}`),
  );
  const asked = ident.calls.length;
  const answers = await Promise.all(Array.from({ length: 6 }, () => device.sendReport({ Status: "Idle" })));
  expect(answers.filter((each) => each.body.length > 0).length).toBeGreaterThan(0);
  expect(ident.calls.length - asked).toBe(1);
  const { begun } = await database.one<{ begun: number }>(sql`
    select count(*)::int as begun from enrollment_sessions s join devices d on d.id = s.device_id
     where d.udid = ${device.facts.udid} and s.kind = 're'`);
  expect(begun).toBe(1);
});

test("a renewal whose issuer is down costs no report, and is tried again later", async () => {
  answer = good;
  const { ota, issuerPath } = await anEnrollment(stories, identIssuer());
  const { name } = await stories.api.read(issuerPath);
  const device = stories.newDevice("Mac");
  await device.enroll(ota);
  await device.pollUntilIdle();
  const { notAfter } = decodeCertificate(device.identity.certificate);
  const before = device.identity.certificate;
  await stories.api.update(issuerPath, { name, ...identIssuer(1) });
  answer = () => ({ hangs: true });
  stories.clock.advance((notAfter.getTime() - stories.clock.now().getTime()) / 1000 - 30 * 86_400);
  const uuid = await stories.order(device, "ProfileList");
  const calls = ident.calls.length;
  await device.pollUntilIdle();
  expect(await stories.commandOf(uuid)).toMatchObject({ status: "Acknowledged" });
  expect(ident.calls.length).toBeGreaterThan(calls);
  expect(device.identity.certificate.equals(before)).toBe(true);

  await stories.api.update(issuerPath, { name, ...identIssuer() });
  answer = good;
  const asked = ident.calls.length;
  await device.pollUntilIdle();
  expect(ident.calls.length).toBe(asked);
  stories.clock.advance(4 * 3600);
  await device.pollUntilIdle();
  expect(device.identity.certificate.equals(before)).toBe(false);
  expect(isSameName(issuerOfDevice(device), decodeCertificate(foreignCa).subject)).toBe(true);
});

testWithProgram(
  ["scepserver"],
  "a device enrolls with a certificate of micromdm's SCEP server",
  async (scepserver) => {
    const folder = mkdtempSync(join(tmpdir(), "pomona-scepserver-"));
    const port = await findFreePort();
    let server: ChildProcess | undefined;
    let own: DeviceStories | undefined;
    try {
      await promisify(execFile)(scepserver ?? "", ["ca", "-init", "-depot", folder]);
      server = spawn(
        scepserver ?? "",
        ["-depot", folder, "-port", String(port), "-challenge", "k7-orange", "-allowrenew", "0"],
        { stdio: "ignore" },
      );
      const url = `http://127.0.0.1:${port}/scep`;
      await expect
        .poll(() =>
          caOf(url).then(
            (ca) => ca.length,
            () => 0,
          ),
        )
        .toBeGreaterThan(0);
      own = await startStories(readFileSync(join(folder, "ca.pem"), "utf8"));
      const { ota } = await anEnrollment(own, {
        url,
        backend: "STATIC_CHALLENGE",
        static_challenge_kwargs: { challenge: "k7-orange" },
      });
      const device = own.newDevice("Mac");
      await device.enroll(ota);
      await device.pollUntilIdle();
      expect(findNameValue(issuerOfDevice(device), nameOids.organization)).toBe("scep-ca");
      expect(await own.detailOf(device)).toMatchObject({ serial_number: device.facts.serialNumber });
    } finally {
      await own?.close();
      server?.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
