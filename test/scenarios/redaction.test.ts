/**
 * No secret leaves by the side doors: a life of devices in which every kind of secret occurs, refusals and outages
 * included, with the log at its most talkative. Then everything that was logged and recorded is searched for them.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { createLogger } from "#platform/log.ts";
import { Secret } from "#platform/secret.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { formatName } from "#protocol/x509/name.ts";
import { Real } from "#protocol/plist/value.ts";
import { authenticateMessage, tokenUpdateMessage } from "#sandbox/devices/checkin-messages.ts";
import { acknowledged } from "#sandbox/devices/device-state.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { openProfile, readProfileService } from "#sandbox/devices/configuration-profile.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const lines: string[] = [];
const metricsToken = "metrics-sentinel-7f3a9c";
const stories = useDeviceStories({
  config: { metricsBearerToken: new Secret(metricsToken) },
  log: createLogger("trace", { write: (line) => void lines.push(line) }),
});

/** Planted in profiles and commands, where operators put passwords. */
const wifiPassword = "wifi-sentinel-2b6d41";
const customPassword = "custom-sentinel-8e05c7";
const wrongToken = "ztlu_wrong_sentinel_93b1";
const pin = "718293";
const accountPassword = "account-sentinel-c4a97e";
const mirroringPassword = "mirroring-sentinel-55d02a";
const applicationPassword = "application-sentinel-9e7716";
const serviceWifiPassword = "service-sentinel-a30f58";
const invitation = "invitation-sentinel-1d84bb";
const latitude = 47.617_283_9;

const secrets = new Map<string, string>();
let events = "";
let jobs = "";
/** What operators are answered who may see everything, but asked for no secret. */
const answers: { readonly path: string; readonly text: string }[] = [];

function plant(name: string, secret: string | Buffer | null | undefined): void {
  if (secret === null || secret === undefined || secret.length === 0) throw new Error(`There is no ${name}`);
  secrets.set(name, typeof secret === "string" ? secret : secret.toString("latin1"));
}

/** The ways in which bytes may have been written. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret, "latin1");
  const base64 = bytes.toString("base64");
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, json, bytes.toString("hex"), base64.replace(/=+$/, ""), bytes.toString("base64url")];
}

const isDigits = (secret: string): boolean => /^\d+$/.test(secret);

/** Six digits stand in many numbers: they count when no digit or letter is beside them. */
function holds(text: string, spelling: string): boolean {
  return isDigits(spelling)
    ? new RegExp(`(?<![0-9a-z.-])${spelling}(?![0-9a-z])`, "i").test(text)
    : text.includes(spelling);
}

function plantEnrollment(device: SimulatedDevice, name: string): void {
  const { enrollment, push, unlockToken, bootstrapToken } = device.state;
  if (enrollment === null) throw new Error("The device is enrolled");
  plant(`SCEP challenge of the ${name}`, enrollment.settings.scep.challenge);
  const subject = formatName(decodeCertificate(enrollment.identity.certificate).subject);
  plant(`session secret of the ${name}`, /CN=[^,]*\$([A-Za-z0-9]{40,})/.exec(subject)?.[1]);
  plant(`push token of the ${name}`, push?.token);
  plant(`push magic of the ${name}`, push?.magic);
  if (unlockToken !== null) plant(`unlock token of the ${name}`, unlockToken);
  if (bootstrapToken !== null) plant(`bootstrap token of the ${name}`, bootstrapToken);
}

const wifiProfile = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>
  <key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
  <key>PayloadIdentifier</key><string>example.wifi</string>
  <key>PayloadUUID</key><string>6E1F0E47-6D0B-4B52-9F0F-0E6CFC8E5C10</string>
  <key>PayloadDisplayName</key><string>Wi-Fi</string>
  <key>PayloadContent</key><array><dict>
    <key>PayloadType</key><string>com.apple.wifi.managed</string><key>PayloadVersion</key><integer>1</integer>
    <key>PayloadIdentifier</key><string>example.wifi.1</string>
    <key>PayloadUUID</key><string>6E1F0E47-6D0B-4B52-9F0F-0E6CFC8E5C11</string>
    <key>SSID_STR</key><string>Office</string><key>Password</key><string>${wifiPassword}</string>
  </dict></array></dict></plist>`;

async function must(method: string, path: string, body?: unknown): Promise<void> {
  const answer = await stories.call(method, path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function liveNormally(): Promise<SimulatedDevice> {
  const { api, enrollmentId, otaProfile } = stories;
  const enrollment = await api.read(`/api/mdm/ota_enrollments/${enrollmentId}/`);
  const { secret } = enrollment["enrollment_secret"] as { readonly secret?: string };
  plant("enrollment secret", secret ?? readProfileService(openProfile(otaProfile))?.challenge);
  const phone = stories.newDevice("iPhone");
  await phone.enroll(otaProfile);
  plantEnrollment(phone, "iPhone");
  const mac = await stories.settledDevice("Mac");
  plantEnrollment(mac, "Mac");
  await mac.getBootstrapToken();
  await stories.order(mac, "InstallProfile", { Payload: Buffer.from(wifiProfile).toString("base64") });
  const id = await stories.idOf(mac);
  const custom = `<dict><key>RequestType</key><string>SetFirmwarePassword</string>
    <key>NewPassword</key><string>${customPassword}</string></dict>`;
  await must("POST", `/api/mdm/devices/${id}/send_custom_command/`, { command: custom });
  await mac.pollUntilIdle();
  await must("POST", `/api/mdm/devices/${id}/lock/`, { pin });
  await mac.pollUntilIdle();
  await must("GET", `/api/mdm/devices/${id}/device_lock_pin/`);
  await stories.app.drainPushes();
  return mac;
}

/** Commands whose arguments or answers are secrets. */
async function liveManaged(): Promise<readonly SimulatedDevice[]> {
  const phone = await stories.settledDevice("iPhone", { supervision: "supervised" });
  plantEnrollment(phone, "supervised iPhone");
  plant("Activation Lock bypass code", phone.state.managed.activationLockBypassCode);
  plant("place of a lost iPhone", String(latitude));
  await stories.order(phone, "ActivationLockBypassCode");
  await stories.order(phone, "ClearPasscode");
  await stories.order(phone, "EnableLostMode", { Message: "Call us" });
  const place = { Latitude: new Real(latitude), Longitude: new Real(8.5), Timestamp: "2026-03-01T09:58:30Z" };
  phone.answer("DeviceLocation", acknowledged(place));
  await stories.order(phone, "DeviceLocation");
  const Configuration = { Password: applicationPassword };
  const item = { Item: "ApplicationConfiguration", Identifier: "com.example.till", Configuration };
  await stories.order(phone, "Settings", { Settings: [item] });
  await phone.pollUntilIdle();
  const id = await stories.idOf(phone);
  await must("GET", `/api/mdm/devices/${id}/activation_lock_bypass_code/`);
  await must("GET", `/api/mdm/devices/${id}/location/`);

  const mac = await stories.settledDevice("Mac", { supervision: "automated" });
  plantEnrollment(mac, "automated Mac");
  const account = { shortName: "it", fullName: "IT", password: accountPassword };
  await stories.order(mac, "AccountConfiguration", { AutoSetupAdminAccounts: [account] });
  const mirroring = { DestinationName: "Hall", Password: mirroringPassword };
  await stories.order(mac, "RequestMirroring", mirroring);
  await mac.pollUntilIdle();
  const [user] = (await stories.detailOf(mac))["users"] as readonly { readonly id: number }[];
  const InvitationURL = `https://invitations.example.com/${invitation}`;
  const invite = { name: "InviteToProgram", arguments: { InvitationURL } };
  await must("POST", `/api/mdm/users/${String(user?.id)}/commands/`, invite);
  await mac.pollUntilIdle("user");

  const other = await stories.settledDevice("iPhone", { supervision: "supervised" });
  const WiFiProfileData = Buffer.from(wifiProfile.replace(wifiPassword, serviceWifiPassword)).toString(
    "base64",
  );
  const ReturnToService = { Enabled: true, WiFiProfileData };
  const erasure = { DisallowProximitySetup: false, PreserveDataPlan: true, ReturnToService };
  await stories.order(other, "EraseDevice", erasure);
  await other.pollUntilIdle();
  return [phone, mac, other];
}

const lists = ["commands", "outcomes", "settings", "accounts", "profiles", "managed_applications"];

/** What an operator sees without asking for a secret. */
async function lookAround(devices: readonly SimulatedDevice[]): Promise<void> {
  const own = await Promise.all(
    devices.map(async (device) => {
      const path = `/api/mdm/devices/${await stories.idOf(device)}/`;
      return [path, ...lists.map((list) => `${path}${list}/?limit=500`)];
    }),
  );
  const shared = ["devices/", "devices/commands/?limit=500", "users/commands/?limit=500"];
  const paths = [
    ...own.flat(),
    ...shared.map((path) => `/api/mdm/${path}`),
    "/api/events/?limit=500",
    "/api/schedules/",
  ];
  for (const path of paths) {
    const { status, body } = await stories.call("GET", path);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    answers.push({ path, text: JSON.stringify(body) });
  }
}

async function beRefused(mac: SimulatedDevice): Promise<void> {
  const url = (path: string): URL => new URL(path, stories.app.baseUrl);
  await fetch(url("/api/mdm/devices/"), { headers: { authorization: `Token ${wrongToken}` } });
  await fetch(url("/metrics"), { headers: { authorization: "Bearer nothing" } });
  await fetch(url("/metrics"), { headers: { authorization: `Bearer ${metricsToken}` } });
  const id = await stories.idOf(mac);
  await stories.call("POST", `/api/mdm/devices/${id}/lock/`, { pin: [pin], message: 1 });
  const { push } = mac.state;
  if (push === null) throw new Error("The device has a push token");
  const facts = { push, unlockToken: null, isUserChannel: false };
  await mac.sendCheckin(
    tokenUpdateMessage(mac.facts, { ...facts, topic: "com.apple.mgmt.External.unknown" }),
  );
  await mac.sendCheckin({ ...authenticateMessage(mac.facts, stories.topic), UDID: "someone-else" });
  await mac.sendCheckin({ MessageType: "SetBootstrapToken", BootstrapToken: 7 });
}

/** A defect of ours: PostgreSQL quotes the whole row in its error, and the server answers 500. */
async function meetADefect(mac: SimulatedDevice): Promise<void> {
  const { pool } = stories.app.foundation.database;
  await pool.query("alter table devices add constraint defect check (push_magic is null) not valid");
  const { push } = mac.state;
  if (push === null) throw new Error("The device has a push token");
  // A token it had already would be no change, and so no statement.
  const moved = { ...push, token: Buffer.alloc(32, 9) };
  const facts = { push: moved, unlockToken: null, isUserChannel: false };
  const answer = await mac.sendCheckin(tokenUpdateMessage(mac.facts, { ...facts, topic: stories.topic }));
  expect(answer.status).toBe(500);
  await pool.query("alter table devices drop constraint defect");
}

beforeAll(async () => {
  plant("API token", stories.token.reveal());
  plant("wrong API token", wrongToken);
  plant("metrics token", metricsToken);
  plant("lock PIN", pin);
  plant("password in a profile", wifiPassword);
  plant("password in a custom command", customPassword);
  plant("password of an account", accountPassword);
  plant("password of a screen", mirroringPassword);
  plant("password of an application", applicationPassword);
  plant("password of a return to service", serviceWifiPassword);
  plant("address of an invitation", invitation);
  plant("password of the first administrator", stories.app.firstAdministrator?.oneTimePassword.reveal());
  const mac = await liveNormally();
  const managed = await liveManaged();
  await beRefused(mac);
  await meetADefect(mac);
  await stories.app.flush();
  await lookAround([mac, ...managed]);
  const { database } = stories.app.foundation;
  const rows = await database.many<{ row: string }>(sql`select to_jsonb(e)::text as row from events e`);
  events = rows.map(({ row }) => row).join("\n");
  const queued = await database.many<{ row: string }>(
    sql`select to_jsonb(j)::text as row from graphile_worker._private_jobs j`,
  );
  jobs = queued.map(({ row }) => row).join("\n");
});

describe("after a life with every kind of secret", () => {
  test("the story was told: lines and events of each part are there", () => {
    const log = lines.join("");
    for (const said of ["Check-in refused", "Device request failed", "API request", "defect"]) {
      expect(log.includes(said), said).toBe(true);
    }
    for (const type of [
      "device_lock_pin_set",
      "device_lock_pin_viewed",
      "activation_lock_bypass_code_viewed",
      "device_location_viewed",
      "zentral_audit",
      "scep_request",
    ]) {
      expect(events.includes(`"${type}"`), type).toBe(true);
    }
    expect([...secrets.keys()]).toContain("bootstrap token of the Mac");
    expect([...secrets.keys()]).toContain("unlock token of the iPhone");
  });

  test("no secret is in the log", () => {
    const found = [...secrets].flatMap(([name, secret]) =>
      lines
        .filter((line) => spellings(secret).some((spelling) => holds(line, spelling)))
        .map((line) => `${name}: ${line.slice(0, 2_000)}`),
    );
    expect(found).toEqual([]);
  });

  test.each([
    ["event", () => events],
    ["job", () => jobs],
  ])("no secret is in an %s", (_, text) => {
    const found = [...secrets].filter(([, secret]) => spellings(secret).some((each) => holds(text(), each)));
    expect(found.map(([name]) => name)).toEqual([]);
  });

  test("no secret is in an answer that was not asked for one", () => {
    const found = [...secrets].flatMap(([name, secret]) =>
      answers
        .filter(({ text }) => spellings(secret).some((spelling) => holds(text, spelling)))
        .map(({ path }) => `${name}: ${path}`),
    );
    expect(found).toEqual([]);
  });

  test("private keys are nowhere", () => {
    expect(lines.join("") + events + jobs).not.toMatch(/PRIVATE KEY|MII[A-Za-z0-9+/]{200}/);
  });

  test("every line of a request names it", () => {
    const ofRequests = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => /request|refused|report|planned|Cannot plan/i.test(String(msg)))
      .filter(({ msg }) => !/push/i.test(String(msg)));
    expect(ofRequests.length).toBeGreaterThan(10);
    expect(ofRequests.filter(({ requestId }) => typeof requestId !== "string")).toEqual([]);
  });
});
