/** A fleet of simulated devices against any Pomona server: enrolls, answers, and tells how it went. */
import { randomBytes } from "node:crypto";
import type { Secret } from "#platform/secret.ts";
import type { DeviceCa } from "../apple/device-ca.ts";
import type { SimulatedDevice } from "../devices/device.ts";
import type { PushFeed } from "../devices/push-feed.ts";
import { makeFleet } from "../devices/simulated-fleet.ts";
import { createSimulatedWorld } from "../devices/simulated-world.ts";
import { createApiClient } from "./api-client.ts";
import type { ApiClient } from "./api-client.ts";
import { forEachAtOnce } from "./wait.ts";

/** Where devices get their enrollment profile from. */
export type EnrollmentSource =
  /** A downloaded profile (OTA or direct), or its address. An OTA one needs a server that trusts `deviceCa`. */
  | { readonly kind: "profile"; readonly profile: Buffer | string }
  /** The API gives each device a direct profile of an OTA enrollment, which works with any server. */
  | { readonly kind: "api"; readonly token: Secret<string>; readonly otaEnrollmentId: number };

export type SimulateOptions = {
  /** Base URL of the server, as people and devices reach it. */
  readonly url: string;
  readonly devices: number;
  readonly source: EnrollmentSource;
  /** Devices that enroll or poll at the same time. */
  readonly concurrency?: number;
  /** The same seed makes the same devices, which then re-enroll; by default every run has new ones. */
  readonly seed?: string;
  readonly deviceCa?: DeviceCa;
  /** PEM of the authority of the server's certificate, when the system does not know it. */
  readonly trustedCaPem?: string;
  /** Where pushes come from; without it devices poll every `pollSeconds`. */
  readonly pushes?: PushFeed;
  readonly pollSeconds?: number;
  /** Ends the simulation; without it, it ends when every device has polled once. */
  readonly signal?: AbortSignal;
  readonly print: (line: string) => void;
};

export type SimulationSummary = {
  readonly devices: number;
  readonly enrolled: number;
  /** Commands carried out, by what the devices said to them. */
  readonly answers: Readonly<Record<string, number>>;
  readonly pushes: number;
  /** What failed, by message, with how often it did. */
  readonly problems: ReadonlyMap<string, number>;
  readonly seconds: number;
};

const concurrencyDefault = 8;
const pollSecondsDefault = 30;

/** Runs a simulation to its end. Devices that fail are counted, not thrown. */
export async function simulate(options: SimulateOptions): Promise<SimulationSummary> {
  const begun = performance.now();
  const world = await createSimulatedWorld({
    seed: options.seed ?? randomBytes(8).toString("hex"),
    ...(options.deviceCa === undefined ? {} : { deviceCa: options.deviceCa }),
    ...(options.trustedCaPem === undefined ? {} : { trustedCaPem: options.trustedCaPem }),
  });
  const fleet = makeFleet(world, options.devices);
  const api =
    options.source.kind === "api"
      ? createApiClient(options.url, options.source.token, world.transport)
      : null;
  try {
    const profileOf = (device: SimulatedDevice) => fetchProfile(options.source, api, device);
    await enrollFleet(fleet, { ...options, profileOf });
    await pollOnce(fleet, options);
    await serveUntilAborted(fleet, options);
  } finally {
    for (const device of fleet) device.close();
    world.transport.close();
  }
  const summary = summarize(fleet, (performance.now() - begun) / 1000);
  for (const line of describeSummary(summary)) options.print(line);
  return summary;
}

async function fetchProfile(
  source: EnrollmentSource,
  api: ApiClient | null,
  device: SimulatedDevice,
): Promise<Buffer | string> {
  if (source.kind === "profile") return source.profile;
  if (api === null) throw new TypeError("No API client for an API source");
  return fetchDirectProfile(api, source.otaEnrollmentId, device);
}

/** Asks the API for a profile that this device installs without the phases of OTA. */
export function fetchDirectProfile(
  api: ApiClient,
  otaEnrollmentId: number,
  { facts }: SimulatedDevice,
): Promise<Buffer> {
  const body = { serial_number: facts.serialNumber, udid: facts.udid };
  return api.download(`/api/mdm/ota_enrollments/${otaEnrollmentId}/direct_profiles/`, body);
}

/** Enrolls every device and lets it listen for pushes; failures stay with the device, in `state.problems`. */
export async function enrollFleet(
  fleet: readonly SimulatedDevice[],
  options: {
    readonly profileOf: (device: SimulatedDevice) => Promise<Buffer | string>;
    readonly concurrency?: number;
    readonly pushes?: PushFeed;
    readonly print: (line: string) => void;
  },
): Promise<void> {
  let done = 0;
  const step = Math.max(1, Math.ceil(fleet.length / 10));
  await forEachAtOnce(fleet, options.concurrency ?? concurrencyDefault, async (device) => {
    await keepProblems(device, async () => {
      await device.enroll(await options.profileOf(device));
      if (options.pushes !== undefined) device.listenForPushes(options.pushes);
    });
    done += 1;
    if (done % step === 0 || done === fleet.length)
      options.print(`${done} of ${fleet.length} devices enrolled`);
  });
}

async function keepProblems(device: SimulatedDevice, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // One device's failure is a line of the summary; the others go on.
    device.state.problems.push(error instanceof Error ? error : new Error(String(error)));
  }
}

async function pollOnce(fleet: readonly SimulatedDevice[], { concurrency }: SimulateOptions): Promise<void> {
  const awake = fleet.filter(({ isEnrolled, isReachable }) => isEnrolled && isReachable);
  await forEachAtOnce(awake, concurrency ?? concurrencyDefault, (device) =>
    keepProblems(device, () => device.pollUntilIdle()),
  );
}

async function serveUntilAborted(fleet: readonly SimulatedDevice[], options: SimulateOptions): Promise<void> {
  const { signal, pushes, pollSeconds = pollSecondsDefault } = options;
  if (signal === undefined) return;
  options.print(pushes === undefined ? `Polling every ${pollSeconds} s` : "Waiting for pushes");
  while (!signal.aborted) {
    await pauseUntil(signal, pollSeconds);
    if (pushes === undefined && !signal.aborted) await pollOnce(fleet, options);
  }
  for (const device of fleet) device.close();
  await Promise.all(fleet.map((device) => device.settled()));
}

function pauseUntil(signal: AbortSignal, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, seconds * 1000);
    signal.addEventListener("abort", finish);
  });
}

/** Adds up what happened to a fleet. */
export function summarize(fleet: readonly SimulatedDevice[], seconds: number): SimulationSummary {
  const answers: Record<string, number> = {};
  const problems = new Map<string, number>();
  for (const { state } of fleet) {
    for (const { status } of state.commands) answers[status] = (answers[status] ?? 0) + 1;
    for (const { message } of state.problems) problems.set(message, (problems.get(message) ?? 0) + 1);
  }
  return {
    devices: fleet.length,
    enrolled: fleet.filter(({ isEnrolled }) => isEnrolled).length,
    answers,
    pushes: fleet.reduce((sum, { state }) => sum + state.pushesReceived, 0),
    problems,
    seconds,
  };
}

/** The lines for a person. */
export function describeSummary(summary: SimulationSummary): string[] {
  const answers = Object.entries(summary.answers).map(([status, count]) => `${count} ${status}`);
  return [
    `${summary.enrolled} of ${summary.devices} devices enrolled in ${summary.seconds.toFixed(1)} s`,
    `Commands answered: ${answers.length === 0 ? "none" : answers.join(", ")}; pushes received: ${summary.pushes}`,
    ...[...summary.problems].map(([message, count]) => `${count} × ${message}`),
  ];
}
