/**
 * The demonstration: a fleet enrolls, comes to what its blueprint says, reports, and one Mac is locked through the API.
 * Everything goes through the operators' API and the devices' protocol; it needs a running server and the sandbox's
 * Apple, and starts neither.
 */
import { randomBytes } from "node:crypto";
import type { Secret } from "#platform/secret.ts";
import type { PushCa } from "../apple/push-ca.ts";
import type { DeviceCa } from "../apple/device-ca.ts";
import type { SimulatedDevice } from "../devices/device.ts";
import type { PushFeed } from "../devices/push-feed.ts";
import { makeFleet } from "../devices/simulated-fleet.ts";
import { createSimulatedWorld } from "../devices/simulated-world.ts";
import { createApiClient, numberOf, textOf } from "./api-client.ts";
import type { ApiClient, ApiObject } from "./api-client.ts";
import { prepareBlueprint, showDesiredState, waitForDesiredState } from "./demo-blueprint.ts";
import { describeSummary, enrollFleet, fetchDirectProfile, summarize } from "./simulate.ts";
import { waitFor } from "./wait.ts";

export type DemoOptions = {
  readonly baseUrl: string;
  readonly apiToken: Secret<string>;
  /** The sandbox's push service. */
  readonly fakeApns: PushFeed;
  readonly pushCa: PushCa;
  /** The server must trust it. */
  readonly deviceCa: DeviceCa;
  readonly devices?: number;
  readonly trustedCaPem?: string;
  readonly print: (line: string) => void;
};

export type DemoResult = {
  /** Still listening for pushes, so that the visitor can go on; close them, each after what it is doing, to end the demo. */
  readonly fleet: readonly SimulatedDevice[];
  readonly lockedDeviceId: number;
  readonly lockedDevice: SimulatedDevice;
  /** The commands of the locked device, newest first, as the API shows them. */
  readonly history: readonly ApiObject[];
  /** What the locked device should have, artifact by artifact, as the API tells it. */
  readonly verdicts: readonly ApiObject[];
  readonly close: () => Promise<void>;
};

const devicesDefault = 25;
const names = { pushCertificate: "Demo push certificate", unit: "Demo", enrollment: "Demo OTA enrollment" };
const pin = "271828";
const reportSeconds = 90;
const lockSeconds = 30;

/** Runs the demonstration and prints what there is to see. @throws when any of it does not come to pass. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { print } = options;
  const begun = performance.now();
  const world = await createSimulatedWorld({
    deviceCa: options.deviceCa,
    seed: randomBytes(8).toString("hex"),
    ...(options.trustedCaPem === undefined ? {} : { trustedCaPem: options.trustedCaPem }),
  });
  const api = createApiClient(options.baseUrl, options.apiToken, world.transport);
  const blueprintId = await prepareBlueprint(api, print);
  const enrollmentId = await prepareEnrollment(api, options, blueprintId);
  const fleet = makeFleet(world, options.devices ?? devicesDefault);
  const otaProfile = await api.download(`/api/mdm/ota_enrollments/${enrollmentId}/profile/`);
  await enrollFleet(fleet, {
    // An Apple TV has no browser to begin an OTA enrollment with.
    profileOf: async (device) =>
      device.facts.model === "AppleTV" ? fetchDirectProfile(api, enrollmentId, device) : otaProfile,
    pushes: options.fakeApns,
    print,
  });
  expectAllEnrolled(fleet);
  const ids = await waitForInventory(api, fleet);
  print(`All ${fleet.length} devices were woken by a push and reported their inventory`);
  await waitForDesiredState(api, { fleet, ids }, print);
  const lockedDevice = fleet.find(({ facts }) => facts.model === "Mac");
  if (lockedDevice === undefined) throw new Error("The demo needs a Mac among its devices");
  const lockedDeviceId = ids[fleet.indexOf(lockedDevice)] as number; // One for each device.
  const shown = { id: lockedDeviceId, name: lockedDevice.facts.deviceName };
  const verdicts = await showDesiredState(api, shown, print);
  const history = await lockOne(api, { device: lockedDevice, id: lockedDeviceId }, print);
  for (const line of describeSummary(summarize(fleet, (performance.now() - begun) / 1000))) print(line);
  for (const line of describeSights(options.baseUrl, lockedDeviceId)) print(line);
  const close = async (): Promise<void> => {
    for (const device of fleet) device.close();
    await Promise.all(fleet.map((device) => device.settled()));
    world.transport.close();
  };
  return { fleet, lockedDevice, lockedDeviceId, history, verdicts, close };
}

async function prepareEnrollment(api: ApiClient, options: DemoOptions, blueprintId: number): Promise<number> {
  const pushCertificateId = await preparePushCertificate(api, options);
  const unitId = await findOrCreate(api, "/api/inventory/meta_business_units/", { name: names.unit });
  const [issuer] = await api.list("/api/mdm/scep_issuers/");
  if (issuer === undefined) throw new Error("The server has no SCEP issuer");
  const id = await findOrCreate(api, "/api/mdm/ota_enrollments/", {
    name: names.enrollment,
    display_name: "Pomona demo",
    push_certificate: pushCertificateId,
    scep_issuer: textOf(issuer, "id"),
    enrollment_secret: { meta_business_unit: unitId },
    blueprint: blueprintId,
  });
  options.print(`OTA enrollment ${id} is ready`);
  return id;
}

/** Makes a push certificate as an operator does: create, fetch the request, have it signed, upload. */
async function preparePushCertificate(api: ApiClient, { pushCa, print }: DemoOptions): Promise<number> {
  const id = await findOrCreate(api, "/api/mdm/push_certificates/", { name: names.pushCertificate });
  const path = `/api/mdm/push_certificates/${id}/`;
  // A second demo meets a certificate of an earlier sandbox: it is renewed, and a renewal keeps its topic.
  const { topic: oldTopic } = await api.read(path);
  const { csr } = await api.read(`${path}csr/`);
  const requestDer = Buffer.from(String(csr).replace(/-----[^-]+-----/g, ""), "base64");
  const issued = pushCa.issuePushCertificate(
    requestDer,
    typeof oldTopic === "string" ? { topic: oldTopic } : {},
  );
  await api.update(`${path}certificate/`, { certificate: issued.certificatePem });
  print(`Push certificate ${id} is for the topic ${issued.topic}`);
  return id;
}

async function findOrCreate(api: ApiClient, path: string, body: ApiObject): Promise<number> {
  const [found] = await api.list(`${path}?name=${encodeURIComponent(textOf(body, "name"))}`);
  return numberOf(found ?? (await api.create(path, body)), "id");
}

function expectAllEnrolled(fleet: readonly SimulatedDevice[]): void {
  const problem = fleet.find(({ isEnrolled }) => !isEnrolled)?.state.problems[0];
  if (problem !== undefined)
    throw new Error(`A device could not enroll: ${problem.message}`, { cause: problem });
}

async function findDeviceBySerial(api: ApiClient, serialNumber: string): Promise<ApiObject | null> {
  const [device] = await api.list(`/api/mdm/devices/?serial_number=${encodeURIComponent(serialNumber)}`);
  return device ?? null;
}

/** A device has reported once the API knows its name and its applications. @returns The ids of a fleet, in its order. */
async function waitForInventory(api: ApiClient, fleet: readonly SimulatedDevice[]): Promise<number[]> {
  const ids: number[] = [];
  for (const device of fleet) {
    const { facts, state } = device;
    const what = `${facts.deviceName} (${facts.serialNumber}) to report its inventory`;
    const id = await waitFor(what, reportSeconds, async () => {
      // Asking while it reports would only hold it up.
      await device.settled();
      const row = await findDeviceBySerial(api, facts.serialNumber);
      if (row === null || row["name"] !== facts.deviceName) return null;
      const path = `/api/mdm/devices/${numberOf(row, "id")}/applications/?limit=1`;
      // What the blueprint installs meanwhile is reported some other day.
      const isReported = (await api.list(path)).length > 0 || state.applications.length === 0;
      return isReported ? numberOf(row, "id") : null;
    });
    ids.push(id);
  }
  return ids;
}

async function lockOne(
  api: ApiClient,
  { device, id }: { readonly device: SimulatedDevice; readonly id: number },
  print: DemoOptions["print"],
): Promise<readonly ApiObject[]> {
  const { deviceName } = device.facts;
  const message = "This Mac belongs to the demo";
  const command = await api.create(`/api/mdm/devices/${id}/lock/`, { message, pin });
  const uuid = textOf(command, "uuid");
  print(`${deviceName} (device ${id}) is told to lock itself: command ${uuid}`);
  await waitFor(`${deviceName} to lock`, lockSeconds, () => device.state.lock);
  // It locks in the middle of a poll, and answers what else it is handed there; then nothing reaches it any more.
  await device.settled();
  const history = await api.list(`/api/mdm/devices/commands/?enrolled_device=${id}`);
  const isDone = history.some((entry) => entry["uuid"] === uuid && entry["status"] === "Acknowledged");
  if (!isDone) throw new Error(`${deviceName} locked itself and did not acknowledge command ${uuid}`);
  print(`It was woken by a push, shows "${device.state.lock?.message ?? ""}" and acknowledged. Its history:`);
  for (const { time, name, status } of history) print(`  ${[time, name, status].map(showCell).join("  ")}`);
  return history;
}

function showCell(value: unknown): string {
  return typeof value === "string" ? value : "–";
}

function describeSights(baseUrl: string, deviceId: number): string[] {
  const paths = [
    "/api/mdm/devices/",
    `/api/mdm/devices/${deviceId}/`,
    `/api/mdm/devices/${deviceId}/applications/`,
    `/api/mdm/devices/${deviceId}/profiles/`,
    `/api/mdm/devices/${deviceId}/artifacts/`,
    `/api/mdm/devices/${deviceId}/device_lock_pin/`,
    `/api/mdm/devices/commands/?enrolled_device=${deviceId}`,
  ];
  return [
    "Look around, with an API token in TOKEN:",
    ...paths.map((path) => `  curl -H "Authorization: Token $TOKEN" '${new URL(path, baseUrl).href}'`),
  ];
}
