/** Stores a bulk command, and carries it out batch by batch. */
import { randomInt, randomUUID } from "node:crypto";
import { invariant, OperationRefused, type Refusal, throwIfRefused } from "#platform/errors.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import { openText, sealText } from "#platform/sealer.ts";
import { type Device, storableJson, type Target } from "#mdm/devices/device.ts";
import { listMatchingDevices } from "#mdm/devices/device-list-operations.ts";
import { listDevicesByIds, lockDevicesInOrder } from "#mdm/devices/device-operations.ts";
import { requestPushes } from "#mdm/push/push-operations.ts";
import { pushExpirationSeconds } from "#mdm/push/push-request.ts";
import {
  type BulkCommand,
  type BulkCommandId,
  type BulkSelection,
  bulkBatchDevicesMax,
  bulkMatchedMax,
  describeExcess,
  describeSelection,
  generationUnknown,
  refuseAbsent,
  refuseSelection,
} from "./bulk-command.ts";
import {
  type BulkRow,
  countWaiting,
  insertBulkCommand,
  insertBulkRows,
  listNextIds,
  listSelectedIds,
  lockUnfinished,
  recordBatch,
  recordDevices,
} from "./bulk-command-store.ts";
import {
  type CommandArguments,
  type CommandName,
  type CommandUuid,
  commandsLiveMax,
  commandsTooMany,
} from "./command.ts";
import { commandKinds, describeArguments } from "./command-kinds.ts";
import { bulkSecretsContext, type CommandDeps, secretsContext } from "./command-delivery-operations.ts";
import { showArguments, shownArgumentsCharactersMax } from "./command-payload.ts";
import { refuseExpiry, supersedeKeyOf } from "./command-operations.ts";
import { judgeOrder, refuseUnsupported } from "./command-schema.ts";
import { refuseTarget } from "./command-scope.ts";
import { supersedeCommandsOf } from "./command-store.ts";

/** Reads the arguments that apply to a target; the door's own reader, so that both say the same of the same. */
export type ReadArguments = (
  name: CommandName,
  target: Target,
  input: { readonly body: unknown },
) => CommandArguments;

export type BulkDeps = CommandDeps & { readonly readArguments: ReadArguments };

export type BulkRequest = {
  readonly name: CommandName;
  readonly arguments: CommandArguments;
  readonly selection: BulkSelection;
  readonly notBefore: Date | null;
  readonly expiresAt: Date | null;
  readonly supersedeKey: string | null;
  readonly spreadSeconds: number;
  readonly generatesSecrets: boolean;
  readonly devicesMax: number;
};

/** Name of the job that {@link createBulkCommand} asks for. */
export const runBulkCommandName = "run_bulk_command";

/**
 * Stores the request and asks for the job: the cost does not grow with the fleet.
 *
 * @throws {OperationRefused} `selection_empty`, `expiry_past`, `generation_unknown`, and what the kind refuses whatever the target is.
 */
export async function createBulkCommand(
  op: Operation,
  deps: CommandDeps,
  request: BulkRequest,
): Promise<BulkCommand> {
  const kind = commandKinds[request.name];
  throwIfRefused(
    refuseSelection(request.selection),
    refuseExpiry(request, op.at),
    request.generatesSecrets && kind.generateFor === undefined ? generationUnknown(request.name) : null,
    ...(kind.refuse?.(request.arguments) ?? []),
  );
  const id: BulkCommandId = asUuid(randomUUID());
  const { plain, secrets } = divide(request.name, request.arguments);
  const isSecretless = Object.keys(secrets).length === 0;
  const bulk = await insertBulkCommand(op.tx, {
    ...request,
    id,
    arguments: storableJson(plain) ?? "{}",
    selection: storableJson(request.selection, Number.POSITIVE_INFINITY) ?? "{}",
    secretsSealed: isSecretless
      ? null
      : sealText(deps.sealer, JSON.stringify(secrets), bulkSecretsContext(id)),
    createdAt: op.at,
  });
  op.record(bulkCreated(bulk, request));
  op.enqueue({ name: runBulkCommandName, payload: { id } });
  return bulk;
}

function bulkCreated(bulk: BulkCommand, request: BulkRequest) {
  const { name, selection } = request;
  const kwargs = describeArguments(name, request.arguments);
  const newValue = {
    pk: bulk.id,
    name,
    selection: describeSelection(selection),
    kwargs,
    created_at: bulk.createdAt.toISOString(),
  };
  const model = { model: "mdm.bulkcommand", objectKey: "mdm_bulk_command", app: "mdm" };
  return auditEvent({ ...model, action: "created", pk: bulk.id, newValue });
}

/** Arguments that may be stored as they are, and those that are sealed; numbers among these are meant as text. */
function divide(name: CommandName, args: CommandArguments) {
  const isSecret = ([key]: [string, unknown]) => commandKinds[name].secretArguments.includes(key);
  const entries = Object.entries(args);
  const text = ([key, value]: [string, unknown]) => [key, typeof value === "number" ? String(value) : value];
  return {
    plain: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    secrets: Object.fromEntries(entries.filter(isSecret).map(text)),
  };
}

/** Every device of a selection, in the order of their ids: what is done in one statement needs no batches. */
export async function listSelectedDevices(op: Operation, selection: BulkSelection): Promise<number[]> {
  throwIfRefused(refuseSelection(selection));
  return resolveSelection(op, selection, op.at);
}

/** The devices that a selection means at a time; each member given must hold. */
async function resolveSelection(
  op: Operation,
  { matching, ...named }: BulkSelection,
  at: Date,
): Promise<number[]> {
  const matched =
    matching === undefined ? null : await listMatchingDevices(op, { filter: matching.filter, at });
  if (matched !== null && refuseSelection(named) !== null) return matched;
  const selected = await listSelectedIds(op.tx, named, at);
  if (matched === null) return selected;
  const both = new Set(matched);
  return selected.filter((id) => both.has(id));
}

/** Finds out for whom a request is, as of its time, so that nobody joins or leaves it on the way. */
async function findDevices(op: Operation, bulk: BulkCommand): Promise<boolean> {
  const found = await resolveSelection(op, bulk.selection, bulk.createdAt);
  const refusal = describeExcess(found.length, Math.min(bulk.devicesMax, bulkMatchedMax));
  const isOver = refusal !== null || found.length === 0;
  await recordDevices(op.tx, bulk.id, {
    deviceIds: refusal === null ? found : [],
    deviceCount: found.length,
    refusal,
    finishedAt: isOver ? op.at : null,
  });
  return !isOver;
}

/**
 * Carries out the next step: first of all it finds out who is meant, then it goes on batch by batch. A batch is nine
 * statements, however many devices it has.
 *
 * @returns Whether there is more to do. False, too, when another worker has the request in its hands.
 */
export async function runBulkBatch(op: Operation, deps: BulkDeps, id: string): Promise<boolean> {
  const bulk = await lockUnfinished(op.tx, id);
  if (bulk === null) return false;
  if (bulk.deviceCount === null) return findDevices(op, bulk);
  // One more than a batch takes tells whether there is another one.
  const range = { afterId: bulk.cursorId, limit: bulkBatchDevicesMax + 1 };
  const rest = await listNextIds(op.tx, bulk.id, range);
  const ids = rest.slice(0, bulkBatchDevicesMax);
  const isLast = rest.length === ids.length;
  // First of all: shared transactions lock a device, its commands and its push, and then the next device.
  await lockDevicesInOrder(op, ids);
  const verdicts = ids.length === 0 ? [] : await judgeDevices(op, deps, { bulk, ids });
  const accepted = verdicts.flatMap(({ row }) => (row === null ? [] : [row]));
  if (accepted.length > 0) await queueRows(op, deps, { bulk, rows: accepted });
  await recordBatch(op.tx, bulk.id, {
    targets: verdicts.map(({ deviceId, row, refusal }) => ({ deviceId, uuid: row?.uuid ?? null, refusal })),
    cursorId: ids.at(-1) ?? bulk.cursorId,
    finishedAt: isLast ? op.at : null,
  });
  return !isLast;
}

type Verdict = { readonly deviceId: number; readonly row: BulkRow | null; readonly refusal: string | null };
type Batch = { readonly bulk: BulkCommand; readonly ids: readonly number[] };

async function judgeDevices(op: Operation, deps: BulkDeps, { bulk, ids }: Batch): Promise<Verdict[]> {
  const devices = await listDevicesByIds(op.tx, ids);
  const waiting = await countWaiting(op.tx, ids);
  const body = openBulkArguments(deps, bulk);
  return devices.map((device) => {
    const isFull = (waiting.get(device.id) ?? 0) >= commandsLiveMax;
    try {
      throwIfRefused(isFull ? commandsTooMany() : null, refuseAbsent(device));
      return { deviceId: device.id, row: judgeDevice(deps, { bulk, body, device }), refusal: null };
    } catch (error) {
      if (!(error instanceof OperationRefused)) throw error;
      return { deviceId: device.id, row: null, refusal: error.refusals.map(describeRefusal).join(" ") };
    }
  });
}

function describeRefusal({ field, detail }: Refusal): string {
  return field === undefined ? detail : `${field}: ${detail}`;
}

type Question = { readonly bulk: BulkCommand; readonly body: CommandArguments; readonly device: Device };

function judgeDevice(deps: BulkDeps, { bulk, body, device }: Question): BulkRow {
  const target = { device, user: null };
  const refusals = commandKinds[bulk.name].refuseFor?.(target) ?? [];
  throwIfRefused(refuseTarget(bulk.name, target), refuseUnsupported(bulk.name, target), ...refusals);
  const kind = commandKinds[bulk.name];
  const generated = bulk.generatesSecrets ? (kind.generateFor?.(target, randomInt) ?? {}) : {};
  const args = deps.readArguments(bulk.name, target, { body: { ...generated, ...body } });
  throwIfRefused(...judgeOrder(target, { name: bulk.name, arguments: args }).refusals);
  const requestType = kind.requestTypeOf?.(args) ?? bulk.name;
  const { plain, secrets } = divide(bulk.name, args);
  const uuid: CommandUuid = asUuid(randomUUID());
  // What all devices share is sealed with the request; one that has anything of its own has all of it with its command.
  const isOwn = Object.keys(generated).length > 0;
  const sealed = isOwn ? sealText(deps.sealer, JSON.stringify(secrets), secretsContext(uuid)) : null;
  const secretsSealed = sealed?.toString("base64") ?? null;
  const shownArguments = storableJson(showArguments(bulk.name, args), shownArgumentsCharactersMax);
  return { uuid, deviceId: device.id, requestType, arguments: plain, shownArguments, secretsSealed };
}

async function queueRows(
  op: Operation,
  deps: BulkDeps,
  { bulk, rows }: { readonly bulk: BulkCommand; readonly rows: readonly BulkRow[] },
): Promise<void> {
  const deviceIds = rows.map(({ deviceId }) => deviceId);
  const supersedeKey = supersedeKeyOf({ ...bulk, arguments: openBulkArguments(deps, bulk) });
  if (supersedeKey !== null) await supersedeCommandsOf(op.tx, deviceIds, { supersedeKey, at: op.at });
  const text = storableJson(rows, Number.POSITIVE_INFINITY);
  invariant(text !== null, "there is no limit to a batch but its number of devices");
  const { priority } = commandKinds[bulk.name];
  await insertBulkRows(op.tx, bulk, { rows: text, priority, supersedeKey, at: op.at });
  const begin = bulk.notBefore !== null && bulk.notBefore > op.at ? bulk.notBefore : op.at;
  const { spreadSeconds } = bulk;
  const expirationSeconds = pushExpirationSeconds;
  await requestPushes(op.tx, deviceIds, {
    priority: 5,
    expirationSeconds,
    notBefore: begin,
    at: op.at,
    spreadSeconds,
  });
}

function openBulkArguments(deps: CommandDeps, bulk: BulkCommand): CommandArguments {
  if (bulk.secretsSealed === null) return bulk.arguments;
  const secrets: unknown = JSON.parse(
    openText(deps.sealer, bulk.secretsSealed, bulkSecretsContext(bulk.id)).reveal(),
  );
  // What was sealed above is an object of arguments.
  return { ...bulk.arguments, ...(secrets as CommandArguments) };
}
