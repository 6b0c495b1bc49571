/** What the endpoints of declarative management do for a device, and for a user of it (protocol 1.5). */
import type { DeclarativeManagementMessage } from "#protocol/mdm/checkin.ts";
import { userKey } from "#protocol/mdm/identifiers.ts";
import { invariant, OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Device, Target } from "#mdm/devices/device.ts";
import { findDeviceUserById } from "#mdm/devices/device-operations.ts";
import {
  answerDeclaration,
  answerManifest,
  answerTokens,
  type DeclarativeAnswer,
  type DeclarativeDeps,
} from "#mdm/reconcile/declarative-management-operations.ts";
import { takeStatusReport } from "#mdm/reconcile/status-report-operations.ts";
import type { CheckinOutcome } from "./checkin-operations.ts";
import { readDeclarativeManagement } from "./declarative-management.ts";
import type { AuthenticatedDevice } from "./device-authentication-operations.ts";

type Synchronisation = {
  readonly caller: AuthenticatedDevice;
  /** Locked. */
  readonly device: Device;
  readonly message: DeclarativeManagementMessage;
};

/** Handles one message; a report is never refused, because the device would only send it again (anchors 4.4, 27). */
export async function handleDeclarativeManagement(
  op: Operation,
  deps: DeclarativeDeps,
  { caller, device, message }: Synchronisation,
): Promise<CheckinOutcome> {
  const request = readDeclarativeManagement(message);
  const target = { device, user: await findUser(op, caller, message) };
  const { endpoint } = request;
  const isList = endpoint === "tokens" || endpoint === "declaration-items" || endpoint === "status";
  deps.reconcileMeter?.countDeclarativeRequest(isList ? endpoint : "declaration");
  const userId = userKey(message.identifiers);
  const facts = {
    ...(request.data === undefined ? {} : { data: request.data }),
    ...(userId === null ? {} : { userId }),
  };
  if (request.endpoint === "status") {
    invariant(message.data !== null, "a status without data was refused");
    const report = await takeStatusReport(op, deps, { target, data: message.data });
    return { answer: { kind: "empty" }, facts: report === null ? facts : { ...facts, data: report } };
  }
  const answer = await answerEndpoint(op, deps, { target, endpoint: request.endpoint });
  if ("json" in answer) return { answer: { kind: "json", json: answer.json }, facts };
  const { refusal } = answer;
  op.log.warn({ udid: device.udid, endpoint: request.endpoint, reason: refusal.detail }, "Check-in refused");
  return {
    answer: { kind: "refused", refusal },
    facts: { ...facts, status: "failure", reason: refusal.detail },
  };
}

function answerEndpoint(
  op: Operation,
  deps: DeclarativeDeps,
  { target, endpoint }: { readonly target: Target; readonly endpoint: string },
): Promise<DeclarativeAnswer> {
  if (endpoint === "tokens") return answerTokens(op, deps, target);
  if (endpoint === "declaration-items") return answerManifest(op, deps, target);
  const [, , identifier = ""] = endpoint.split("/");
  return answerDeclaration(op, deps, { target, identifier });
}

async function findUser(
  op: Operation,
  { device }: AuthenticatedDevice,
  { identifiers }: DeclarativeManagementMessage,
): Promise<Target["user"]> {
  if (userKey(identifiers) === null) return null;
  const id = device?.deviceUserId ?? null;
  const user = id === null ? null : await findDeviceUserById(op.tx, id);
  if (user !== null) return user;
  throw new OperationRefused({
    kind: "invalid",
    code: "device_user_unknown",
    detail: "user channel is unknown",
  });
}
