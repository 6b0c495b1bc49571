/** What all loads of devices share: the clock, the proof of who speaks, and turns. */
import { createPrivateKey } from "node:crypto";
import type { Identity } from "#sandbox/crypto/certificate-writer.ts";
import { signatureShapes, signContent } from "#sandbox/crypto/cms-writer.ts";
import { contentTypes, proxyHeadersOf } from "#sandbox/devices/mdm-client.ts";
import type { ConvergedDevice } from "./declarative-load.ts";
import {
  type HttpAnswer,
  type HttpConnection,
  openConnection,
  type Peer,
  requestBytes,
} from "./http-connection.ts";
import type { LoadResult, LoadTarget } from "./load.ts";
import type { Participant } from "./participants.ts";

const paths = { connect: "/public/mdm/connect/", checkin: "/public/mdm/checkin/" } as const;

export type Door = keyof typeof paths;

/** A job that is prepared: calling it is all that is timed. */
export type Run = () => Promise<LoadResult>;

/** Times what many workers do until there is nothing left. */
export type Stopwatch = {
  readonly time: (work: () => Promise<string | null>) => Promise<void>;
  readonly result: () => LoadResult;
};

/** Starts the clock. */
export function startStopwatch(): Stopwatch {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const milliseconds: number[] = [];
  const failures: Record<string, number> = {};
  return {
    time: async (work) => {
      const start = performance.now();
      const failure = await work();
      milliseconds.push(performance.now() - start);
      if (failure !== null) failures[failure] = (failures[failure] ?? 0) + 1;
    },
    result: () => {
      const seconds = (performance.now() - begun) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const sorted = Float64Array.from(milliseconds).sort();
      const quantile = (share: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      return {
        requests: sorted.length,
        seconds,
        p50Milliseconds: quantile(0.5),
        p99Milliseconds: quantile(0.99),
        failures,
        generatorCpuSeconds: (user + system) / 1e6,
      };
    },
  };
}

/** What is wrong with an answer; null when nothing is. */
export const failureOf = ({ status }: HttpAnswer): string | null =>
  status === 200 ? null : `status ${status}`;

/** What is wrong with an answer to a device that must have nothing to do. */
export const idleFailureOf = (answer: HttpAnswer): string | null =>
  failureOf(answer) ?? (answer.body.length === 0 ? null : "a command");

/** Where a target is. */
export function peerOf({ baseUrl, caPem }: LoadTarget): Peer {
  const { hostname, port } = new URL(baseUrl);
  return { host: hostname, port: Number(port), caPem };
}

/** Makes the request of a device at a door: body, and the proof that it is the device's. */
export type Sign = (device: Participant, door: Door, body: Buffer) => Buffer;

/** Makes requests for a target. Keys are read once. */
export function createSigner(target: LoadTarget): Sign {
  const { host } = new URL(target.baseUrl);
  const keys = new Map<string, Identity["privateKey"]>();
  const keyOf = (pem: string): Identity["privateKey"] => {
    const key = keys.get(pem) ?? createPrivateKey(pem);
    keys.set(pem, key);
    return key;
  };
  const proof = (identity: Identity, body: Buffer): Record<string, string> => {
    if (target.mode === "proxy") return proxyHeadersOf(identity);
    const signature = signContent(body, identity, {
      shape: signatureShapes.bareSha256,
      isDetached: true,
      at: new Date(),
    });
    return { "mdm-signature": signature.toString("base64") };
  };
  return ({ certificate, keyPem }, door, body) => {
    const identity = { certificate: Buffer.from(certificate), privateKey: keyOf(keyPem), chain: [] };
    const headers = { "content-type": contentTypes[door], ...proof(identity, body) };
    return requestBytes({ method: "PUT", path: paths[door], host }, headers, body);
  };
}

/** Who plays the devices of a target, and what it keeps from one job to the next. */
export type Player = {
  readonly target: LoadTarget;
  readonly sign: Sign;
  idle: Buffer[] | null;
  converged: readonly ConvergedDevice[];
};

/** Runs as many workers at the same time. */
export async function atOnce(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}

type Turns = {
  readonly connections: number;
  readonly seconds: number;
  readonly keepsConnections: boolean;
  readonly nextRequest: () => Buffer;
  readonly failureOf: (answer: HttpAnswer) => string | null;
};

/** Sends one request after the other for so long; at least one on each connection, however long it took to open. */
export async function sendInTurns({ target }: Player, turns: Turns): Promise<LoadResult> {
  const stopwatch = startStopwatch();
  const end = performance.now() + turns.seconds * 1000;
  await atOnce(turns.connections, async () => {
    const connection: HttpConnection | null = turns.keepsConnections
      ? await openConnection(peerOf(target))
      : null;
    do {
      await stopwatch.time(async () => {
        const used = connection ?? (await openConnection(peerOf(target)));
        const answer = await used.send(turns.nextRequest());
        if (connection === null) used.close();
        return turns.failureOf(answer);
      });
    } while (performance.now() < end);
    connection?.close();
  });
  return stopwatch.result();
}
