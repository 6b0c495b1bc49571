/** PUT /public/mdm/checkin/: the device's enrollment life. */
import { type CheckinMessage, checkinBodyBytesMax, decodeCheckin } from "#protocol/mdm/checkin.ts";
import { deviceKey, userKey } from "#protocol/mdm/identifiers.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { OperationRefused, type Refusal } from "#platform/errors.ts";
import type { EventBuffer } from "#platform/events/event-buffer.ts";
import { deviceActor, type RawRequest, type RawResponse, type RawRoute } from "#platform/http/raw-route.ts";
import type { OperationGroup } from "#platform/operation-group.ts";
import type { OperationSource } from "#platform/operation.ts";
import { type MdmRequestFacts, mdmRequest } from "./checkin-events.ts";
import { type CheckinDeps, type CheckinOutcome, handleCheckin } from "./checkin-operations.ts";
import {
  type AuthenticatedDevice,
  type AuthenticationDeps,
  authenticateDevice,
  type ImportCertificate,
} from "./device-authentication-operations.ts";
import { certificateExpiredForMessage, type KnownSession } from "./device-authentication.ts";
import { answerTimed, type StageDeps, type Timed } from "./device-request-stages.ts";
import {
  badRequestResponse,
  emptyResponse,
  jsonResponse,
  notFoundResponse,
  plistResponse,
  tellDeviceToUnenroll,
  userNotManagedResponse,
} from "./device-response.ts";
import { refuseMessage } from "./message-refusal.ts";
import { readPresentedIdentity } from "./presented-identity.ts";

export type DeviceDoorDeps = AuthenticationDeps &
  StageDeps & {
    readonly source: OperationSource;
    /** Messages of many devices share transactions; those of one device keep their order. */
    readonly operationGroup: OperationGroup;
    readonly eventBuffer: EventBuffer;
    readonly isMtlsProxy: boolean;
    readonly importCertificate: ImportCertificate;
  };

export type CheckinRouteDeps = DeviceDoorDeps & CheckinDeps;

export const checkinPath = "/public/mdm/checkin/";

/** The route; every request leaves one `mdm_request` event. */
export function checkinRoute(deps: CheckinRouteDeps): RawRoute {
  const stopwatch = deps.stopwatchOf("checkin");
  return {
    methods: ["PUT"],
    path: checkinPath,
    bodyBytesMax: checkinBodyBytesMax,
    handle: (request) => answerTimed(stopwatch, deps, (timed) => answerCheckin(timed, request)),
    recordRefusal: (request, refusal) => void refuse(deps, request, refusal, unknown),
  };
}

/** What is known of a request when it is refused. */
type Known = {
  readonly session: KnownSession | null;
  readonly serialNumber: string | null;
  readonly message: CheckinMessage | null;
};

async function answerCheckin(deps: Timed<CheckinRouteDeps>, request: RawRequest): Promise<RawResponse> {
  const presented = readPresentedIdentity(request, deps);
  deps.laps.lap("cms");
  if ("code" in presented) return refuse(deps, request, presented, unknown);
  const decoded = decodeOrRefuse(request.body);
  deps.laps.lap("parse");
  const message = "code" in decoded ? null : decoded;
  const key = message === null ? null : userKey(message.identifiers);
  const question = { presented, userKey: key, at: deps.source.clock.now() };
  const caller = await authenticateDevice(deps.source.database, deps, question);
  deps.laps.lap("database");
  const { session } = caller;
  if ("refusal" in caller) return refuse(deps, request, caller.refusal, { ...caller, message });
  const serialNumber = caller.device?.serialNumber ?? caller.serialNumber;
  if ("code" in decoded) return refuse(deps, request, decoded, { session, serialNumber, message });
  return serveCaller(deps, request, { caller, message: decoded, known: { session, serialNumber, message } });
}

async function serveCaller(
  deps: Timed<CheckinRouteDeps>,
  request: RawRequest,
  { caller, message, known }: { caller: AuthenticatedDevice; message: CheckinMessage; known: Known },
): Promise<RawResponse> {
  if (caller.validity === "expired") return refuse(deps, request, certificateExpiredForMessage, known);
  if (caller.device !== null && caller.device.blockedAt !== null && message.messageType !== "CheckOut") {
    return sendAway(deps, request, caller.device, known);
  }
  try {
    return await carryOut(deps, request, { caller, message, known });
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return refuse(deps, request, error.refusal, known);
  }
}

const unknown: Known = { session: null, serialNumber: null, message: null };

function decodeOrRefuse(body: Buffer): CheckinMessage | Refusal {
  try {
    return decodeCheckin(body);
  } catch (error) {
    return refuseMessage(error);
  }
}

async function carryOut(
  deps: Timed<CheckinRouteDeps>,
  request: RawRequest,
  { caller, message, known }: { caller: AuthenticatedDevice; message: CheckinMessage; known: Known },
): Promise<RawResponse> {
  const outcome = await deps.operationGroup.operate(
    deviceKey(message.identifiers),
    deviceActor(request, known.serialNumber),
    async (op) => {
      const handled = await handleCheckin(op, deps, { caller, message });
      op.record(mdmRequest({ ...messageFacts(message), ...handled.facts }, known));
      return handled;
    },
  );
  deps.laps.lap("database");
  const response = encodeAnswer(outcome.answer);
  deps.laps.lap("encode");
  return response;
}

function messageFacts(message: CheckinMessage): MdmRequestFacts {
  return {
    status: "success",
    viewName: "checkin",
    messageType: message.messageType,
    udid: deviceKey(message.identifiers),
    ...(message.messageType === "DeclarativeManagement" ? endpointFacts(message.endpoint) : {}),
  };
}

/** What a device asked for; a declaration is told by kind and identifier too (spec 1.5). */
function endpointFacts(endpoint: string): Partial<MdmRequestFacts> {
  const [, declarationType, declarationIdentifier] = /^declaration\/([^/]+)\/([^/]+)$/.exec(endpoint) ?? [];
  if (declarationType === undefined || declarationIdentifier === undefined) return { endpoint };
  return { endpoint, declarationType, declarationIdentifier };
}

function encodeAnswer(answer: CheckinOutcome["answer"]): RawResponse {
  switch (answer.kind) {
    case "empty":
      return emptyResponse;
    case "user_not_managed":
      return userNotManagedResponse;
    case "bootstrap_token":
      // None escrowed is success with no bytes (Apple, GetBootstrapToken).
      return plistResponse(writePlist({ BootstrapToken: answer.token?.reveal() ?? Buffer.alloc(0) }));
    case "return_to_service":
      return plistResponse(writePlist({ ReturnToService: answer.configuration }));
    case "json":
      return jsonResponse(answer.json);
    case "refused":
      return answer.refusal.kind === "not_found" ? notFoundResponse : badRequestResponse;
    case "token":
      return plistResponse(writePlist({ TokenData: answer.token.reveal() }));
    default:
      return answer satisfies never;
  }
}

/** A blocked device that speaks is told to leave (decisions, "Blocked or told to leave"). */
function sendAway(
  deps: CheckinRouteDeps,
  request: RawRequest,
  device: Parameters<typeof tellDeviceToUnenroll>[0],
  known: Known,
): RawResponse {
  const refusal: Refusal = { kind: "forbidden", code: "device_blocked", detail: "Device blocked" };
  refuse(deps, request, refusal, known);
  return tellDeviceToUnenroll(device);
}

/** The refusal's writes are rolled back; its record is not (decisions, "Events of refused requests"). */
function refuse(deps: CheckinRouteDeps, request: RawRequest, refusal: Refusal, known: Known): RawResponse {
  const { message, serialNumber } = known;
  const facts: MdmRequestFacts = {
    ...(message === null ? {} : messageFacts(message)),
    viewName: "checkin",
    status: "failure",
    reason: refusal.detail,
    ...topicOfRefusal(refusal, message),
  };
  const actor = deviceActor(request, serialNumber);
  deps.eventBuffer.add(mdmRequest(facts, known), { actor, at: deps.source.clock.now() });
  const { requestId, ip } = request;
  const messageType = message?.messageType;
  deps.source.log.warn(
    { requestId, ip, serialNumber, messageType, reason: refusal.code },
    "Check-in refused",
  );
  return badRequestResponse;
}

function topicOfRefusal(refusal: Refusal, message: CheckinMessage | null): { readonly topic?: string } {
  if (refusal.code !== "push_topic_unknown" || message === null || !("topic" in message)) return {};
  return message.topic === null ? {} : { topic: message.topic };
}
