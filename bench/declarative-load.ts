/** Devices in declarative management: first they come to rest, then they ask and report as fast as they are answered. */
import { dictionaryAt, stringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { PlistWritable } from "#protocol/plist/value.ts";
import { plistText } from "#sandbox/devices/plist-text.ts";
import { clientCapabilities } from "#sandbox/devices/status-report.ts";
import { type HttpConnection, openConnection } from "./http-connection.ts";
import type { LoadJob } from "./load.ts";
import {
  atOnce,
  type Door,
  failureOf,
  peerOf,
  type Player,
  type Run,
  sendInTurns,
  startStopwatch,
} from "./load-player.ts";
import type { Participant } from "./participants.ts";
import type { DeclarativeWorkload } from "./plan.ts";

const sections = ["Activations", "Assets", "Configurations", "Management"] as const;

type Section = (typeof sections)[number];
type Item = { readonly Identifier: string; readonly ServerToken: string };

/** What a device has been told to have. */
export type ConvergedDevice = {
  readonly device: Participant;
  readonly items: Readonly<Record<Section, readonly Item[]>>;
};

/** Connections after which a device must have nothing to do. */
const connectsMax = 20;

/** Every device connects and does what it is told, until it is told nothing more. One device is one request here. */
export function prepareConvergence(player: Player, job: Extract<LoadJob, { kind: "converge" }>): Run {
  return async () => {
    const stopwatch = startStopwatch();
    const queue = player.target.participants.values();
    const converged: ConvergedDevice[] = [];
    await atOnce(job.connections, async () => {
      const connection = await openConnection(peerOf(player.target));
      for (const device of queue) {
        await stopwatch.time(async () => {
          const line: Line = { player, connection, device };
          const isIdle = await converge(line);
          const items = await readManifest(line);
          await put(line, "checkin", declarativeMessage("status", statusReport(items, true)));
          converged.push({ device, items });
          return isIdle ? null : "never idle";
        });
      }
      connection.close();
    });
    player.converged = converged;
    return stopwatch.result();
  };
}

type Line = { readonly player: Player; readonly connection: HttpConnection; readonly device: Participant };

async function converge(line: Line): Promise<boolean> {
  for (let count = 0; count < connectsMax; count += 1) {
    let answer = await put(line, "connect", { Status: "Idle" });
    if (answer.length === 0) return true;
    while (answer.length > 0) {
      const message = readPlistDictionary(answer);
      const command = dictionaryAt(message, "Command");
      if (command !== null && stringAt(command, "RequestType") === "DeclarativeManagement") {
        await synchronise(line);
      }
      const uuid = stringAt(message, "CommandUUID") ?? "";
      answer = await put(line, "connect", { Status: "Acknowledged", CommandUUID: uuid });
    }
  }
  return false;
}

async function synchronise(line: Line): Promise<void> {
  await put(line, "checkin", declarativeMessage("tokens"));
  const items = await readManifest(line);
  const report = { ...statusReport(items, true), FullReport: true };
  Object.assign(report.StatusItems.management, { "client-capabilities": clientCapabilities });
  await put(line, "checkin", declarativeMessage("status", report));
}

async function readManifest(line: Line): Promise<ConvergedDevice["items"]> {
  const body = await put(line, "checkin", declarativeMessage("declaration-items"));
  // Apple's schema for what the server was just asked for.
  const { Declarations } = JSON.parse(body.toString("utf8")) as { Declarations: ConvergedDevice["items"] };
  return Declarations;
}

type Message = Readonly<Record<string, PlistWritable>>;

async function put({ player, connection, device }: Line, door: Door, message: Message): Promise<Buffer> {
  const body = plistText({ ...message, UDID: device.udid });
  const answer = await connection.send(player.sign(device, door, body));
  const failure = failureOf(answer);
  if (failure !== null)
    throw new Error(`${door} was answered with ${failure}: ${answer.body.toString("utf8")}`);
  return answer.body;
}

function declarativeMessage(endpoint: string, data?: unknown): Message {
  return {
    MessageType: "DeclarativeManagement",
    Endpoint: endpoint,
    ...(data === undefined ? {} : { Data: Buffer.from(JSON.stringify(data)) }),
  };
}

/** All declarations, as devices report them whenever one changes: valid, and all active or all but one of the artifacts'. */
function statusReport(
  { Activations, Assets, Configurations, Management }: ConvergedDevice["items"],
  isWhole: boolean,
) {
  const last = Configurations.at(-1);
  const statusOf = (item: Item) => ({
    identifier: item.Identifier,
    "server-token": item.ServerToken,
    valid: "valid",
    active: isWhole || item !== last,
  });
  const declarations = {
    activations: Activations.map(statusOf),
    assets: Assets.map(statusOf),
    configurations: Configurations.map(statusOf),
    management: Management.map(statusOf),
  };
  return { StatusItems: { management: { declarations } }, Errors: [] };
}

/** Requests of devices that have converged; each device has its turn. */
export function prepareDeclarative(
  player: Player,
  job: Extract<LoadJob, { kind: DeclarativeWorkload }>,
): Run {
  const requests = listMessages(player.converged, job.kind).map(([device, message]) =>
    player.sign(device, "checkin", plistText({ ...message, UDID: device.udid })),
  );
  let next = 0;
  // There is one device at least.
  const nextRequest = (): Buffer => requests[next++ % requests.length] as Buffer;
  return () => sendInTurns(player, { ...job, keepsConnections: true, nextRequest, failureOf });
}

type Sent = readonly [device: Participant, message: Message];

function listMessages(converged: readonly ConvergedDevice[], kind: DeclarativeWorkload): Sent[] {
  const ofAll = (endpoint: string, dataOf?: (items: ConvergedDevice["items"]) => unknown): Sent[] =>
    converged.map(({ device, items }) => [device, declarativeMessage(endpoint, dataOf?.(items))]);
  const report = (isWhole: boolean): Sent[] => ofAll("status", (items) => statusReport(items, isWhole));
  switch (kind) {
    case "tokens":
      return ofAll("tokens");
    case "declaration_items":
      return ofAll("declaration-items");
    case "declaration":
      return converged.map(({ device, items: { Configurations } }, index) => {
        const artifacts = Configurations.filter(({ Identifier }) => !Identifier.includes(".blueprint."));
        const identifier = artifacts[index % artifacts.length]?.Identifier ?? "none";
        return [device, declarativeMessage(`declaration/configuration/${identifier}`)];
      });
    case "status_unchanged":
      return report(true);
    case "status_changed":
      // Each report of a device differs from the one before.
      return [...report(false), ...report(true)];
    default:
      return kind satisfies never;
  }
}
