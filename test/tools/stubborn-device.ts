/**
 * A device that does not give up: it enrolls, asks for commands and reports, whatever happens to the server, and notes
 * every promise that the server made and broke.
 */
import { dictionaryAt, nonEmptyStringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { DeviceError } from "#sandbox/devices/device-error.ts";
import type { Message } from "#sandbox/devices/checkin-messages.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import type { WireAnswer } from "#sandbox/devices/transport.ts";
import { setTimeout as pause } from "node:timers/promises";

export type StubbornDevice = {
  readonly device: SimulatedDevice;
  /** Whether its enrollment went through: until then it may begin anew, which empties its queue. */
  readonly isReady: () => boolean;
  /** UUIDs of the reports that were answered with 200. */
  readonly acknowledged: ReadonlySet<string>;
  /** Connects without a report that were answered with 200. */
  readonly idleCount: () => number;
  /** How often each command was handed out. */
  readonly deliveries: ReadonlyMap<string, number>;
  /** Answers other than 200, and connections that broke. */
  readonly failures: ReadonlyMap<string, number>;
  /** Promises of the server that it broke. */
  readonly problems: readonly string[];
  readonly enroll: () => Promise<void>;
  /** Talks until told to stop. */
  readonly talk: (isOver: () => boolean) => Promise<void>;
  /** Asks once more until there is nothing left. */
  readonly drain: () => Promise<void>;
};

type Options = {
  readonly device: SimulatedDevice;
  readonly fetchProfile: () => Promise<Buffer>;
  /** Whether the next lost answer makes it send the same report again, or begin anew as after a reboot. */
  readonly repeatsReport: () => boolean;
};

const retryMilliseconds = 50;
const idleMilliseconds = 20;
/** A quarter of an hour for a server that starts again and again on a busy machine: longer than any story. */
const attemptsMax = 20_000;

export function stubbornDevice({ device, fetchProfile, repeatsReport }: Options): StubbornDevice {
  const acknowledged = new Set<string>();
  const deliveries = new Map<string, number>();
  const failures = new Map<string, number>();
  const problems: string[] = [];
  let isReady = false;
  let idleCount = 0;
  const count = (counts: Map<string, number>, key: string): unknown =>
    counts.set(key, (counts.get(key) ?? 0) + 1);

  const attempt = async (message: Message): Promise<WireAnswer | null> => {
    try {
      const answer = await device.sendReport(message);
      if (answer.status === 200) return answer;
      count(failures, String(answer.status));
      if (answer.status < 500) problems.push(`Connect was answered with ${answer.status}`);
    } catch (error) {
      // The server is gone, or went in the middle: what it took, only its database knows.
      if (error instanceof DeviceError) problems.push(error.message);
      count(failures, "connection");
    }
    return null;
  };

  const step = async (message: Message): Promise<{ readonly next: Message; readonly isIdle: boolean }> => {
    const answer = await attempt(message);
    if (answer === null) {
      await pause(retryMilliseconds);
      return { next: repeatsReport() ? message : idle, isIdle: false };
    }
    const reported = message["CommandUUID"];
    if (typeof reported === "string") acknowledged.add(reported);
    else idleCount += 1;
    if (answer.body.length === 0) return { next: idle, isIdle: true };
    const { uuid, report } = carryOut(answer.body);
    if (acknowledged.has(uuid)) problems.push(`Command ${uuid} was handed out after its report was taken`);
    count(deliveries, uuid);
    return { next: report, isIdle: false };
  };

  return {
    device,
    isReady: () => isReady,
    acknowledged,
    idleCount: () => idleCount,
    deliveries,
    failures,
    problems,
    enroll: async () => {
      for (let tries = 0; !device.isEnrolled; tries += 1) {
        if (tries >= attemptsMax) throw new Error(`${device.facts.deviceName} could not enroll`);
        try {
          await device.enroll(await fetchProfile());
        } catch (error) {
          const status = error instanceof DeviceError ? error.status : null;
          if (status !== null && status < 500) problems.push(`Enrollment: ${(error as Error).message}`);
          count(failures, status === null ? "connection" : String(status));
          await pause(retryMilliseconds);
        }
      }
      isReady = true;
    },
    talk: async (isOver) => {
      for (let message = idle; !isOver(); ) {
        const { next, isIdle } = await step(message);
        message = next;
        if (isIdle) await pause(idleMilliseconds);
      }
    },
    drain: async () => {
      let message = idle;
      for (let tries = 0; tries < attemptsMax; tries += 1) {
        const { next, isIdle } = await step(message);
        if (isIdle) return;
        message = next;
      }
      throw new Error(`${device.facts.deviceName} is never done`);
    },
  };
}

const idle: Message = { Status: "Idle" };

/** Every answer says whose it is, so that a lost or exchanged one shows. */
function carryOut(body: Buffer): { readonly uuid: string; readonly report: Message } {
  const envelope = readPlistDictionary(body);
  const uuid = nonEmptyStringAt(envelope, "CommandUUID") ?? "";
  const command = dictionaryAt(envelope, "Command");
  const requestType = command === null ? null : nonEmptyStringAt(command, "RequestType");
  const report = {
    Status: "Acknowledged",
    CommandUUID: uuid,
    AnswerOf: uuid,
    ...membersOf(requestType ?? ""),
  };
  return { uuid, report };
}

function membersOf(requestType: string): Message {
  const answers: Readonly<Record<string, Message>> = {
    DeviceInformation: { QueryResponses: { OSVersion: "18.1", DeviceName: "Stubborn" } },
    SecurityInfo: { SecurityInfo: { PasscodePresent: true } },
    InstalledApplicationList: { InstalledApplicationList: [] },
    ProfileList: { ProfileList: [] },
    CertificateList: { CertificateList: [] },
  };
  return answers[requestType] ?? {};
}
