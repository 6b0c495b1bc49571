/** The process that plays the devices. What can be made beforehand, signatures above all, is made beforehand. */
import { Secret } from "#platform/secret.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { signatureShapes } from "#sandbox/crypto/cms-writer.ts";
import { answerDeviceInformation } from "#sandbox/devices/device-information.ts";
import { deviceFacts } from "#sandbox/devices/device-facts.ts";
import { newDeviceState } from "#sandbox/devices/device-state.ts";
import { plistText } from "#sandbox/devices/plist-text.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { createSimulatedWorld } from "#sandbox/devices/simulated-world.ts";
import { createApiClient } from "#sandbox/simulate/api-client.ts";
import { fetchDirectProfile } from "#sandbox/simulate/simulate.ts";
import { prepareConvergence, prepareDeclarative } from "./declarative-load.ts";
import { type HttpConnection, openConnection } from "./http-connection.ts";
import type { FromLoad, FromParent, LoadJob } from "./load.ts";
import {
  atOnce,
  createSigner,
  failureOf,
  idleFailureOf,
  peerOf,
  type Player,
  type Run,
  sendInTurns,
  startStopwatch,
} from "./load-player.ts";
import type { Participant } from "./participants.ts";

function prepareIdle(player: Player, job: Extract<LoadJob, { kind: "idle" }>): Run {
  player.idle ??= player.target.participants.map((device) =>
    player.sign(device, "connect", plistText({ Status: "Idle", UDID: device.udid })),
  );
  const requests = player.idle;
  let next = 0;
  // Workers take turns through all devices.
  const nextRequest = (): Buffer => requests[next++ % requests.length] as Buffer;
  return () => sendInTurns(player, { ...job, nextRequest, failureOf: idleFailureOf });
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
    return sign(device, "connect", body);
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

function prepare(player: Player, job: LoadJob): Run | Promise<Run> {
  switch (job.kind) {
    case "idle":
      return prepareIdle(player, job);
    case "report":
      return prepareReports(player, job);
    case "enrollment":
      return prepareEnrollments(player, job);
    case "converge":
      return prepareConvergence(player, job);
    case "tokens":
    case "declaration_items":
    case "declaration":
    case "status_unchanged":
    case "status_changed":
      return prepareDeclarative(player, job);
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
    player = { target: message.target, sign: createSigner(message.target), idle: null, converged: [] };
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
