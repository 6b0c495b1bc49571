/** Queues commands, hands them to devices, and takes back what was not handed out. */
import { randomUUID } from "node:crypto";
import { invariant, OperationRefused, type Refusal, throwIfRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import { sealText } from "#platform/sealer.ts";
import { secondsAfter } from "#platform/clock.ts";
import { type Device, storableJson, type Target } from "#mdm/devices/device.ts";
import { findDevice } from "#mdm/devices/device-operations.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { type PushPriority, pushExpirationSeconds } from "#mdm/push/push-request.ts";
import {
  type ArtifactOperation,
  type CommandArguments,
  type CommandName,
  type CommandRecord,
  type CommandUuid,
  commandSent,
  commandsTooMany,
  commandUnknown,
  type DeliverableCommand,
  deliveriesMax,
  expiryPast,
  inventoryBackOffSeconds,
  parkedSeconds,
} from "./command.ts";
import {
  type CommandDeps,
  deliver,
  type HandedOut,
  openArguments,
  secretsContext,
} from "./command-delivery-operations.ts";
import { commandCreated, commandDeleted } from "./command-events.ts";
import { commandKinds } from "./command-kinds.ts";
import { showArguments, shownArgumentsCharactersMax } from "./command-payload.ts";
import { judgeOrder, refuseUnsupported } from "./command-schema.ts";
import { isInScope, refuseTarget } from "./command-scope.ts";
import {
  type DueCommand,
  type DueStates,
  deleteCommand,
  hasQueuedCommand,
  insertCommand,
  listDueCommands,
  listRecentNames,
  lockCommand,
  markSent,
  parkCommands,
  type QueueKey,
  supersedeCommands,
  unmarkSent,
} from "./command-store.ts";
import { type InventoryCollection, type InventoryRequest, missingInventory } from "./inventory-plan.ts";

/** What is asked for; arguments were read with the kind's `argumentsFor`. */
export type CommandRequest = {
  readonly name: CommandName;
  readonly arguments: CommandArguments;
  readonly notBefore?: Date | null;
  /** Never handed out from then on. */
  readonly expiresAt?: Date | null;
  /** Instead of the kind's own: the last queued command of a key wins. */
  readonly supersedeKey?: string | null;
  /** The artifact version a plan asks for it. */
  readonly artifact?: PlannedArtifact;
};

export type PlannedArtifact = { readonly versionId: string; readonly operation: ArtifactOperation };

/** The status of the connect message that asks for a command. */
export type ConnectStatus = "Idle" | "Acknowledged" | "Error" | "CommandFormatError" | "NotNow";

/** The queue of a target. */
export function queueOf(target: Target): QueueKey {
  return { deviceId: target.device.id, deviceUserId: target.user?.id ?? null };
}

/**
 * Which live commands a connect may take (protocol specification 5.2, step 1). A device that just said NotNow gets only
 * what it has not seen, so that a connection ends. A command that was sent and never answered goes out again, under its
 * UUID, when the device comes Idle: its answer, or the command, was lost (at least once; a device knows its UUIDs). So
 * does one that left before the command that is answered now: the device takes one after the other, and no Idle may
 * come for hours.
 */
export function dueStates(connectStatus: ConnectStatus, answered: string | null): DueStates {
  return {
    includesNotNow: connectStatus !== "NotNow",
    includesSent: connectStatus === "Idle",
    sentBefore: connectStatus === "NotNow" ? null : answered,
  };
}

/**
 * Queues a command that an operator asked for, records it, and asks for a push.
 *
 * @throws {OperationRefused} `target_invalid`, `target_unsupported`, `command_invalid`, `commands_too_many`, and what
 *   the kind refuses.
 */
export async function queueCommand(
  op: Operation,
  deps: CommandDeps,
  order: { readonly target: Target; readonly request: CommandRequest },
): Promise<CommandRecord> {
  const { target, request } = order;
  const kind = commandKinds[request.name];
  const refusals = [...(kind.refuseFor?.(target) ?? []), ...(kind.refuse?.(request.arguments) ?? [])];
  throwIfRefused(refuseTarget(request.name, target), refuseUnsupported(request.name, target), ...refusals);
  const judgement = judgeOrder(target, request);
  throwIfRefused(...judgement.refusals, refuseExpiry(request, op.at));
  const { warnings } = judgement;
  const supersedeKey = supersedeKeyOf(request);
  if (supersedeKey !== null) await supersedeCommands(op.tx, queueOf(target), { supersedeKey, at: op.at });
  const command = await addCommand(op, deps, { target, request, sentAt: null });
  if (command === null) throw new OperationRefused(commandsTooMany());
  op.record(commandCreated(target, { command, args: request.arguments, warnings }));
  if (warnings.length > 0) {
    op.log.warn(
      { udid: target.device.udid, name: request.name, warnings },
      "A deprecated command was queued",
    );
  }
  await requestPushFor(op, order, 10);
  return command;
}

/** Has the target woken when its command is due: at 10 for what an operator asked, at 5 for a plan (decisions). */
export async function requestPushFor(
  op: Operation,
  { target, request }: { readonly target: Target; readonly request: CommandRequest },
  priority: PushPriority,
): Promise<void> {
  const { id: deviceId } = target.device;
  const options = { priority, expirationSeconds: pushExpirationSeconds, at: op.at };
  await requestPush(
    op.tx,
    { deviceId, userId: target.user?.id ?? null },
    { ...options, notBefore: request.notBefore ?? op.at },
  );
}

/**
 * Queues what an answer asks for. No event, nobody asked; no push, the device is here and takes it next. One that waits
 * already is enough.
 */
export async function queueFollowUp(
  op: Operation,
  deps: CommandDeps,
  order: { readonly target: Target; readonly request: CommandRequest },
): Promise<void> {
  const { target, request } = order;
  if (!isInScope(request.name, target)) return;
  if (await hasQueuedCommand(op.tx, queueOf(target), request.name)) return;
  const command = await addCommand(op, deps, { ...order, sentAt: null });
  if (command === null)
    op.log.warn({ udid: target.device.udid, name: request.name }, "The command queue is full");
}

/** Makes a command that leaves with the present answer; null when the target cannot take it or its queue is full. */
export async function startCommand(
  op: Operation,
  deps: CommandDeps,
  order: { readonly target: Target; readonly request: CommandRequest },
): Promise<DeliverableCommand | null> {
  if (!isInScope(order.request.name, order.target)) return null;
  const command = await addCommand(op, deps, { ...order, sentAt: op.at });
  if (command === null) return null;
  const made = await deliver(op, deps, { target: order.target, command });
  invariant(made === null || !("orders" in made), "only commands for artifacts wait for challenges");
  return made;
}

/**
 * Takes the next due command of a target: priority first, then age. The device row is locked by the caller, so that two
 * polls at once get one command. One that the target can no longer take, or that cannot be built, stays queued and blocks
 * nothing.
 */
export async function takeNextCommand(
  op: Operation,
  deps: CommandDeps,
  poll: {
    readonly target: Target;
    readonly connectStatus: ConnectStatus;
    /** Lower-case UUID of the command that was answered in this connect. */
    readonly answered?: string | null;
  },
): Promise<HandedOut | null> {
  const { target, connectStatus, answered = null } = poll;
  const states = dueStates(connectStatus, answered);
  const due = await listDueCommands(op.tx, queueOf(target), { states, at: op.at });
  const stuck = due.filter(isStuck);
  if (stuck.length > 0) await park(op, target, stuck);
  const open = due.filter((command) => !isStuck(command));
  const able = open.filter(({ name }) => isInScope(name, target));
  if (able.length < open.length) {
    const skippedCount = open.length - able.length;
    op.log.warn({ udid: target.device.udid, skippedCount }, "Commands wait that their target cannot take");
  }
  for (const next of able) {
    const command = await handOut(op, deps, { target, next });
    if (command !== null) return command;
  }
  return null;
}

async function handOut(
  op: Operation,
  deps: CommandDeps,
  { target, next }: { readonly target: Target; readonly next: DueCommand },
): Promise<HandedOut | null> {
  const command = await markSent(op.tx, next.id, op.at);
  if (command === null) return null;
  try {
    return await deliver(op, deps, { target, command });
  } catch (error) {
    // Whatever is wrong with it, the commands behind it can do without it (hazard 1).
    op.log.error({ err: error, udid: target.device.udid, uuid: command.uuid }, "A command cannot be built");
    await unmarkSent(op.tx, next);
    await park(op, target, [next]);
    return null;
  }
}

/** Was handed out as often as it may be, and the device came again without a word about it. */
function isStuck({ state, deliveryCount, retryAt }: DueCommand): boolean {
  return state === "sent" && deliveryCount >= deliveriesMax && retryAt === null;
}

/** Sets commands aside that hold up the others: visible, taken up again by an operator, or once a day by itself. */
async function park(op: Operation, { device }: Target, commands: readonly DueCommand[]): Promise<void> {
  const retryAt = secondsAfter(op.at, parkedSeconds);
  const ids = commands.map(({ id }) => id);
  await parkCommands(op.tx, ids, { at: op.at, retryAt });
  op.log.warn({ udid: device.udid, uuids: commands.map(({ uuid }) => uuid) }, "Commands were parked");
}

/**
 * The inventory to ask a device for now, or null. Never asked twice within {@link inventoryBackOffSeconds}, whatever the
 * answer was: a device that answers Error, or nothing usable, would be asked without end (hazard 2). No statement when
 * nothing is missing. Device channel only.
 */
export async function planInventory(
  op: Operation,
  device: Device,
  collection: InventoryCollection,
): Promise<InventoryRequest | null> {
  const target = { device, user: null };
  const missing = missingInventory(device, collection, op.at).filter(({ name }) => isInScope(name, target));
  if (missing.length === 0) return null;
  // Answers of an earlier enrollment do not count.
  const backOffStart = secondsAfter(op.at, -inventoryBackOffSeconds);
  const { authenticatedAt } = device;
  const since = authenticatedAt !== null && authenticatedAt > backOffStart ? authenticatedAt : backOffStart;
  const recent = await listRecentNames(op.tx, queueOf(target), since);
  return missing.find(({ name }) => !recent.includes(name)) ?? null;
}

/**
 * Takes back a queued command of a device channel (http-api 2.27).
 *
 * @param uuid Of a command that is listed, live or answered.
 * @throws {OperationRefused} `command_unknown`, `command_sent`.
 */
export async function deleteQueuedCommand(op: Operation, deps: CommandDeps, uuid: string): Promise<void> {
  const command = await lockCommand(op.tx, uuid);
  if (command === null || command.state !== "queued") throw new OperationRefused(commandSent());
  const device = await findDevice(op.tx, command.deviceId);
  if (device === null || command.deviceUserId !== null) {
    throw new OperationRefused(commandUnknown("DeviceCommand"));
  }
  const args = openArguments(deps, command, { device, user: null });
  await deleteCommand(op.tx, command.id);
  op.record(commandDeleted({ device, user: null }, { command, args }));
}

/** The key of an order: its own, else its kind's. */
export function supersedeKeyOf({ name, arguments: args, supersedeKey }: CommandRequest): string | null {
  return supersedeKey ?? commandKinds[name].supersedeKey?.(args) ?? null;
}

/** Refuses what would never be handed out. */
export function refuseExpiry(
  { expiresAt, notBefore }: Omit<CommandRequest, "name" | "arguments">,
  at: Date,
): Refusal | null {
  if (expiresAt === null || expiresAt === undefined) return null;
  const isPast = expiresAt <= at || expiresAt <= (notBefore ?? at);
  return isPast ? expiryPast() : null;
}

type Insertion = {
  readonly target: Target;
  readonly request: CommandRequest;
  readonly sentAt: Date | null;
};

/** Puts a command into the queue of its target; null when that queue is full. */
export async function addCommand(
  op: Operation,
  deps: CommandDeps,
  { target, request, sentAt }: Insertion,
): Promise<CommandRecord | null> {
  const kind = commandKinds[request.name];
  const uuid: CommandUuid = asUuid(randomUUID());
  const isSecret = ([key]: [string, unknown]) => kind.secretArguments.includes(key);
  const entries = Object.entries(request.arguments);
  const secrets = entries.filter(isSecret);
  const sealed =
    secrets.length === 0
      ? null
      : sealText(deps.sealer, JSON.stringify(Object.fromEntries(secrets)), secretsContext(uuid));
  const plain = Object.fromEntries(entries.filter((entry) => !isSecret(entry)));
  return insertCommand(op.tx, {
    ...queueOf(target),
    uuid,
    name: request.name,
    requestType: kind.requestTypeOf?.(request.arguments) ?? request.name,
    arguments: storableJson(plain) ?? "{}",
    shownArguments: storableJson(showArguments(request.name, request.arguments), shownArgumentsCharactersMax),
    secretsSealed: sealed,
    artifactVersion: request.artifact?.versionId ?? null,
    artifactOperation: request.artifact?.operation ?? null,
    priority: kind.priority,
    notBefore: request.notBefore ?? null,
    expiresAt: request.expiresAt ?? null,
    supersedeKey: supersedeKeyOf(request),
    sentAt,
    at: op.at,
  });
}
