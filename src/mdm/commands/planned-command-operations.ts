/** Commands that a plan makes: for the present answer, for later, and once the challenges they waited for are there. */
import type { Reader } from "#platform/db/database.ts";
import type { Operation } from "#platform/operation.ts";
import type { Target } from "#mdm/devices/device.ts";
import type { FetchedChallenges } from "./artifact-command.ts";
import { type CommandDeps, deliver, type HandedOut } from "./command-delivery-operations.ts";
import { addCommand, type CommandRequest, queueOf, requestPushFor } from "./command-operations.ts";
import { isInScope } from "./command-scope.ts";
import {
  cancelCommand,
  listPlannedCommands,
  lockCommand,
  markSent,
  type PlannedCommand,
} from "./command-store.ts";

export type { PlannedCommand } from "./command-store.ts";

/** Makes a command that leaves with the present answer, or waits for challenges; null when there is none to send. */
export async function startPlannedCommand(
  op: Operation,
  deps: CommandDeps,
  order: { readonly target: Target; readonly request: CommandRequest },
): Promise<HandedOut | null> {
  if (!isInScope(order.request.name, order.target)) return null;
  const command = await addCommand(op, deps, { ...order, sentAt: op.at });
  return command === null ? null : deliver(op, deps, { target: order.target, command });
}

/** Queues a command of a plan for later, and asks for a push at that time; nothing when the queue is full. */
export async function queuePlannedCommand(
  op: Operation,
  deps: CommandDeps,
  order: { readonly target: Target; readonly request: CommandRequest },
): Promise<void> {
  const { target, request } = order;
  if (!isInScope(request.name, target)) return;
  const command = await addCommand(op, deps, { ...order, sentAt: null });
  if (command === null) {
    op.log.warn({ udid: target.device.udid, name: request.name }, "The command queue is full");
    return;
  }
  await requestPushFor(op, order, 5);
}

/** Hands out the command that waited for challenges; null when it waits no longer. */
export async function handOutFetched(
  op: Operation,
  deps: CommandDeps,
  {
    target,
    uuid,
    fetched,
  }: { readonly target: Target; readonly uuid: string; readonly fetched: FetchedChallenges },
): Promise<HandedOut | null> {
  const waiting = await lockCommand(op.tx, uuid);
  if (waiting === null || waiting.state === "sent" || waiting.cancelledAt !== null) return null;
  const command = await markSent(op.tx, waiting.id, op.at);
  return command === null ? null : deliver(op, deps, { target, command, fetched });
}

/** Takes back commands that their plan no longer wants; the device must not hold them. */
export async function withdrawPlannedCommands(
  op: Operation,
  commands: readonly Pick<PlannedCommand, "id">[],
): Promise<void> {
  for (const { id } of commands) await cancelCommand(op.tx, id, op.at);
}

/** The live commands of a target that a plan made. */
export function listPlannedCommandsOf(reader: Reader, target: Target): Promise<PlannedCommand[]> {
  return listPlannedCommands(reader, queueOf(target));
}
