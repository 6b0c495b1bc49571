/** The process that plays the devices. What can be made beforehand, signatures above all, is made beforehand. */
import { createPrivateKey } from "node:crypto";
import { Secret } from "#platform/secret.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import type { Identity } from "#sandbox/crypto/certificate-writer.ts";
import { signatureShapes, signContent } from "#sandbox/crypto/cms-writer.ts";
import { answerDeviceInformation } from "#sandbox/devices/device-information.ts";
import { deviceFacts } from "#sandbox/devices/device-facts.ts";
import { newDeviceState } from "#sandbox/devices/device-state.ts";
import { contentTypes, proxyHeadersOf } from "#sandbox/devices/mdm-client.ts";
import { plistText } from "#sandbox/devices/plist-text.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { createSimulatedWorld } from "#sandbox/devices/simulated-world.ts";
import { createApiClient } from "#sandbox/simulate/api-client.ts";
import { fetchDirectProfile } from "#sandbox/simulate/simulate.ts";
import { type HttpConnection, openConnection, type Peer, requestBytes } from "./http-connection.ts";
import type { FromLoad, FromParent, LoadJob, LoadResult, LoadTarget } from "./load.ts";
import type { Participant } from "./participants.ts";

const connectPath = "/public/mdm/connect/";

type Run = () => Promise<LoadResult>;

/** Times what many workers do until there is nothing left. */
type Stopwatch = {
  readonly time: (work: () => Promise<string | null>) => Promise<void>;
  readonly result: () => LoadResult;
};

function startStopwatch(): Stopwatch {
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

const failureOf = (status: number): string | null => (status === 200 ? null : `status ${status}`);

function peerOf({ baseUrl, caPem }: LoadTarget): Peer {
  const { hostname, port } = new URL(baseUrl);
  return { host: hostname, port: Number(port), caPem };
}

/** Makes the requests of devices: body, and the proof that it is theirs. */
function createSigner(target: LoadTarget): (device: Participant, body: Buffer) => Buffer {
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
  return ({ certificate, keyPem }, body) => {
    const identity = { certificate: Buffer.from(certificate), privateKey: keyOf(keyPem), chain: [] };
    const headers = { "content-type": contentTypes.connect, ...proof(identity, body) };
    return requestBytes({ method: "PUT", path: connectPath, host }, headers, body);
  };
}

type Player = {
  readonly target: LoadTarget;
  readonly sign: ReturnType<typeof createSigner>;
  idle: Buffer[] | null;
};

function prepareIdle(player: Player, job: Extract<LoadJob, { kind: "idle" }>): Run {
  const { target, sign } = player;
  player.idle ??= target.participants.map((device) =>
    sign(device, plistText({ Status: "Idle", UDID: device.udid })),
  );
  const requests = player.idle;
  return async () => {
    const stopwatch = startStopwatch();
    const end = performance.now() + job.seconds * 1000;
    let next = 0;
    // Workers take turns through all devices.
    const nextRequest = (): Buffer => requests[next++ % requests.length] as Buffer;
    await atOnce(job.connections, async () => {
      let connection = job.keepsConnections ? await openConnection(peerOf(target)) : null;
      while (performance.now() < end) {
        await stopwatch.time(async () => {
          const used = connection ?? (await openConnection(peerOf(target)));
          const status = await used.send(nextRequest());
          if (connection === null) used.close();
          return failureOf(status);
        });
      }
      connection?.close();
      connection = null;
    });
    return stopwatch.result();
  };
}

function prepareReports(player: Player, job: Extract<LoadJob, { kind: "report" }>): Run {
  const { target, sign } = player;
  const facts = deviceFacts("iPhone", 0, "bench");
  const { fields = {} } = answerDeviceInformation(facts, newDeviceState(facts), {}) as {
    readonly fields?: Readonly<Record<string, never>>;
  };
  const responses: Readonly<Record<string, never>> = fields["QueryResponses"] ?? {};
  const devices = new Map(target.participants.map((device) => [device.id, device]));
  const requests = job.orders.map(({ deviceId, uuid }) => {
    // Commands were seeded for these devices only.
    const device = devices.get(deviceId) as Participant;
    const { udid, serialNumber } = device;
    const body = plistText({
      CommandUUID: uuid,
      QueryResponses: { ...responses, UDID: udid, SerialNumber: serialNumber },
      Status: "Acknowledged",
      UDID: udid,
    });
    return sign(device, body);
  });
  return async () => {
    const stopwatch = startStopwatch();
    const queue = requests.values();
    await atOnce(job.connections, async () => {
      const connection: HttpConnection = await openConnection(peerOf(target));
      for (const request of queue) {
        await stopwatch.time(async () => failureOf(await connection.send(request)));
      }
      connection.close();
    });
    return stopwatch.result();
  };
}

async function prepareEnrollments(
  { target }: Player,
  job: Extract<LoadJob, { kind: "enrollment" }>,
): Promise<Run> {
  const world = await createSimulatedWorld({
    seed: job.seed,
    ...(target.caPem === null ? {} : { trustedCaPem: target.caPem }),
  });
  // Keys are a device's own matter, made before anybody looks at the clock.
  for (let place = 0; place < 8; place += 1) await world.keys.pick(place);
  const api = createApiClient(target.baseUrl, new Secret(job.token), world.transport);
  const proof = target.mode === "proxy" ? "proxy_headers" : "as_profile_says";
  const devices = Array.from({ length: job.count }, (_, number) =>
    makeDevice(world, "iPhone", { number, proof, shape: signatureShapes.bareSha256, scepMethod: "POST" }),
  );
  return async () => {
    const stopwatch = startStopwatch();
    const queue = devices.values();
    await atOnce(job.atOnce, async () => {
      for (const device of queue) {
        await stopwatch.time(async () => {
          try {
            await device.enroll(await fetchDirectProfile(api, job.otaEnrollmentId, device));
            decodeCertificate(device.identity.certificate);
            return null;
          } catch (error) {
            // A failure is a figure of the run; it makes the whole of it fail in the end.
            return error instanceof Error ? error.message : String(error);
          }
        });
      }
    });
    const result = stopwatch.result();
    for (const device of devices) device.close();
    world.transport.close();
    return result;
  };
}

async function atOnce(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}

function prepare(player: Player, job: LoadJob): Run | Promise<Run> {
  switch (job.kind) {
    case "idle":
      return prepareIdle(player, job);
    case "report":
      return prepareReports(player, job);
    case "enrollment":
      return prepareEnrollments(player, job);
    default:
      return job satisfies never;
  }
}

function reply(message: FromLoad): void {
  process.send?.(message);
}

let player: Player | null = null;
let run: Run | null = null;

async function obey(message: FromParent): Promise<void> {
  if (message.type === "target") {
    player = { target: message.target, sign: createSigner(message.target), idle: null };
    return reply({ type: "ready" });
  }
  if (message.type === "prepare" && player !== null) {
    run = await prepare(player, message.job);
    return reply({ type: "ready" });
  }
  if (run === null) throw new Error("Nothing was prepared");
  reply({ type: "done", result: await run() });
}

process.on("message", (message) => {
  // Sent by our own parent.
  obey(message as FromParent).catch((error: unknown) => {
    reply({
      type: "failed",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  });
});
process.on("disconnect", () => process.exit());
