/** PUT /public/mdm/connect/: the device asks for a command and reports how the last one went. */
import {
  type ConnectMessage,
  connectBodyBytesMax,
  decodeConnect,
  encodeCommand,
} from "#protocol/mdm/connect.ts";
import { deviceKey, userKey } from "#protocol/mdm/identifiers.ts";
import { OperationRefused, type Refusal } from "#platform/errors.ts";
import { deviceActor, type RawRequest, type RawResponse, type RawRoute } from "#platform/http/raw-route.ts";
import type { Actor } from "#platform/operation.ts";
import type { AwaitedCommand } from "#mdm/commands/artifact-command.ts";
import type { DeliverableCommand } from "#mdm/commands/command.ts";
import type { TakenReport } from "#mdm/commands/command-report-operations.ts";
import type { FetchedChallenge } from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import type { DeviceActivity } from "#mdm/devices/device-activity-buffer.ts";
import { type MdmRequestFacts, mdmRequest } from "./checkin-events.ts";
import type { DeviceDoorDeps } from "./checkin-route.ts";
import {
  type ConnectCaller,
  type ConnectDeps,
  handleReport,
  handOutAwaited,
  handOutCommand,
  handOutRenewal,
  isConnectBusy,
} from "./connect-operations.ts";
import { type AuthenticatedDevice, authenticateDevice } from "./device-authentication-operations.ts";
import { type KnownSession, refuseDeviceMismatch } from "./device-authentication.ts";
import { answerTimed, type Timed } from "./device-request-stages.ts";
import {
  badRequestResponse,
  commandResponse,
  emptyResponse,
  tellDeviceToUnenroll,
} from "./device-response.ts";
import { refuseMessage } from "./message-refusal.ts";
import { readPresentedIdentity } from "./presented-identity.ts";

export type ConnectRouteDeps = DeviceDoorDeps & ConnectDeps & { readonly deviceActivity: DeviceActivity };

export const connectPath = "/public/mdm/connect/";

/** The route. A device that is in order costs one read; what it reports is durable before it is answered. */
export function connectRoute(deps: ConnectRouteDeps): RawRoute {
  const stopwatch = deps.stopwatchOf("connect");
  return {
    methods: ["PUT"],
    path: connectPath,
    bodyBytesMax: connectBodyBytesMax,
    handle: (request) => answerTimed(stopwatch, deps, (timed) => answerConnect(timed, request)),
    recordRefusal: (request, refusal) => void refuse(deps, request, refusal, unknown),
  };
}

type Known = {
  readonly session: KnownSession | null;
  readonly serialNumber: string | null;
  readonly message: ConnectMessage | null;
};

async function answerConnect(deps: Timed<ConnectRouteDeps>, request: RawRequest): Promise<RawResponse> {
  const presented = readPresentedIdentity(request, deps);
  deps.laps.lap("cms");
  if ("code" in presented) return refuse(deps, request, presented, unknown);
  const decoded = decodeOrRefuse(request.body);
  deps.laps.lap("parse");
  const message = "code" in decoded ? null : decoded;
  const at = deps.source.clock.now();
  const key = message === null ? null : userKey(message.identifiers);
  const caller = await authenticateDevice(deps.source.database, deps, { presented, userKey: key, at });
  deps.laps.lap("database");
  if ("refusal" in caller) return refuse(deps, request, caller.refusal, { ...caller, message });
  const { device, session } = caller;
  const known = { session, serialNumber: device?.serialNumber ?? caller.serialNumber, message };
  if ("code" in decoded) return refuse(deps, request, decoded, known);
  return serveCaller(deps, request, { caller, message: decoded, known, at });
}

async function serveCaller(
  deps: Timed<ConnectRouteDeps>,
  request: RawRequest,
  { caller, message, known, at }: Omit<Connect, "caller"> & { readonly caller: AuthenticatedDevice },
): Promise<RawResponse> {
  const { device } = caller;
  const key = userKey(message.identifiers);
  const mismatch = refuseDeviceMismatch(device, deviceKey(message.identifiers)) ?? refuseUser(device, key);
  if (mismatch !== null || device === null) return refuse(deps, request, mismatch ?? noDevice, known);
  try {
    return await serveDevice(deps, request, { caller: { ...caller, device }, message, known, at });
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return refuse(deps, request, error.refusal, known);
  }
}

const unknown: Known = { session: null, serialNumber: null, message: null };

const noDevice: Refusal = {
  kind: "invalid",
  code: "enrollment_session_without_device",
  detail: "enrollment session has no enrolled device",
};

/** A user channel must belong to the device of the certificate (spec 1.1). */
function refuseUser(
  device: { readonly deviceUserId: number | null; readonly udid: string } | null,
  key: string | null,
): Refusal | null {
  if (key === null || device === null || device.deviceUserId !== null) return null;
  return {
    kind: "invalid",
    code: "device_user_unknown",
    detail: `enrolled device ${device.udid} has no user ${key.slice(0, 64)}`,
  };
}

function decodeOrRefuse(body: Buffer): ConnectMessage | Refusal {
  try {
    return decodeConnect(body);
  } catch (error) {
    return refuseMessage(error);
  }
}

type Connect = {
  readonly caller: ConnectCaller;
  readonly message: ConnectMessage;
  readonly known: Known;
  readonly at: Date;
};

async function serveDevice(
  deps: Timed<ConnectRouteDeps>,
  request: RawRequest,
  connect: Connect,
): Promise<RawResponse> {
  const { caller, message, known, at } = connect;
  const { device } = caller;
  const actor = deviceActor(request, known.serialNumber);
  deps.deviceActivity.record({ deviceId: device.id, deviceUserId: device.deviceUserId, ip: request.ip, at });
  if (message.status === "Idle") {
    deps.eventBuffer.add(mdmRequest(messageFacts(message), known), { actor, at });
  } else {
    await takeReport(deps, actor, { ...connect, message });
    deps.laps.lap("database");
  }
  if (device.blockedAt !== null) return tellDeviceToUnenroll(device);
  // It left: until it authenticates again there is nothing for it, whatever was queued meanwhile (spec 1.8).
  if (device.checkoutAt !== null) return emptyResponse;
  if (!isConnectBusy(caller, message, at)) return emptyResponse;
  const command = await planNext(deps, actor, connect);
  deps.laps.lap("database");
  if (command === null) return emptyResponse;
  const plist = encodeCommand(command.uuid, command.command);
  deps.laps.lap("encode");
  return commandResponse(plist);
}

async function takeReport(
  deps: ConnectRouteDeps,
  actor: Actor,
  { caller, message, known }: Connect & { readonly message: Exclude<ConnectMessage, { status: "Idle" }> },
): Promise<void> {
  await deps.operationGroup.operate(caller.device.udid, actor, async (op) => {
    const taken = await handleReport(op, deps, { caller, message });
    const { outcome } = taken;
    op.record(mdmRequest({ ...messageFacts(message), ...outcomeFacts(taken) }, known));
    if (outcome === "finished" || outcome === "not_now") return;
    op.log.warn(
      { udid: caller.device.udid, commandUuid: message.commandUuid, outcome },
      "A report is ignored",
    );
  });
}

/**
 * Nothing that goes wrong here may cost the device its answer: the report is stored, and a command that cannot be
 * built is built the next time (hazard 1).
 */
async function planNext(
  deps: ConnectRouteDeps,
  actor: Actor,
  { caller, message }: Connect,
): Promise<DeliverableCommand | null> {
  const { requestId } = actor;
  const { udid } = caller.device;
  try {
    const planned = await deps.operationGroup.operate(udid, actor, (op) =>
      handOutCommand(op, deps, { caller, message }),
    );
    // Between two transactions: an issuer that is slow or down holds no row, and costs no report.
    if (planned !== null && "orders" in planned)
      return await fetchAndHandOut(deps, actor, { caller, planned });
    if (planned === null || !("order" in planned)) return planned;
    const fetched = await deps.fetchScepChallenge(planned.order);
    const { sessionId } = planned;
    return await deps.operationGroup.operate(udid, actor, (op) =>
      handOutRenewal(op, deps, { caller, sessionId, fetched }),
    );
  } catch (error) {
    if (error instanceof OperationRefused) {
      deps.source.log.warn({ requestId, udid, reason: error.refusal.code }, "No command could be planned");
    } else {
      deps.source.log.error({ err: error, requestId, udid }, "Cannot plan the next command");
    }
    return null;
  }
}

async function fetchAndHandOut(
  deps: ConnectRouteDeps,
  actor: Actor,
  { caller, planned: { uuid, orders } }: { readonly caller: ConnectCaller; readonly planned: AwaitedCommand },
): Promise<DeliverableCommand | null> {
  const fetched = new Map<string, FetchedChallenge>();
  for (const [place, order] of orders) fetched.set(place, await deps.fetchScepChallenge(order));
  const handed = await deps.operationGroup.operate(caller.device.udid, actor, (op) =>
    handOutAwaited(op, deps, { caller, uuid, fetched }),
  );
  // An issuer was changed while it was asked: the next connect asks the changed one.
  return handed === null || "orders" in handed ? null : handed;
}

function messageFacts(message: ConnectMessage): MdmRequestFacts {
  const { identifiers } = message;
  const isFailure = message.status === "Error" || message.status === "CommandFormatError";
  return {
    status: isFailure ? "failure" : "success",
    viewName: "connect",
    udid: deviceKey(identifiers),
    userId: userKey(identifiers),
    requestStatus: message.status,
    ...(message.status === "Idle" ? {} : { commandUuid: message.commandUuid }),
  };
}

/** Which command it was; a report on somebody else's changed nothing, and is worth a look (spec 1.7, hazard 4). */
function outcomeFacts({ outcome, name }: TakenReport): Partial<MdmRequestFacts> {
  if (outcome === "command_of_another_target") return { status: "warning", reason: outcome };
  return name === null ? {} : { commandName: name };
}

function refuse(deps: ConnectRouteDeps, request: RawRequest, refusal: Refusal, known: Known): RawResponse {
  const { message, serialNumber } = known;
  const facts: MdmRequestFacts = {
    ...(message === null ? { viewName: "connect" } : messageFacts(message)),
    status: "failure",
    reason: refusal.detail,
  };
  const actor = deviceActor(request, serialNumber);
  deps.eventBuffer.add(mdmRequest(facts, known), { actor, at: deps.source.clock.now() });
  const { requestId, ip } = request;
  deps.source.log.warn({ requestId, ip, serialNumber, reason: refusal.code }, "Connect refused");
  return badRequestResponse;
}
