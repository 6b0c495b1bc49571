/** What operators and the clock do to commands that wait: hand out again, take back, end. */
import { secondsAfter } from "#platform/clock.ts";
import { invariant, OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Target } from "#mdm/devices/device.ts";
import { findDevice, findDeviceUserById } from "#mdm/devices/device-operations.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { pushExpirationSeconds } from "#mdm/push/push-request.ts";
import { answerGraceSeconds, type CommandRecord, commandFinished, commandNotWaiting } from "./command.ts";
import { commandUpdated } from "./command-events.ts";
import { type CommandDeps, openArguments } from "./command-delivery-operations.ts";
import {
  cancelCommand,
  endOverdueCommands,
  lockCommand,
  markCancelled,
  type QueueKey,
  releaseCommand,
  releasePostponedCommands,
} from "./command-store.ts";

/**
 * Hands a parked or postponed command out again, at once, and wakes its device or user.
 *
 * @throws {OperationRefused} `command_finished`, `command_not_waiting`.
 */
export async function retryCommand(op: Operation, deps: CommandDeps, uuid: string): Promise<CommandRecord> {
  const { command, target } = await lockLive(op, uuid);
  if (command.retryAt === null || command.cancelledAt !== null)
    throw new OperationRefused(commandNotWaiting());
  const released = await releaseCommand(op.tx, command.id, op.at);
  op.record(commandUpdated(target, { command: released, args: openArguments(deps, released, target) }));
  await requestPush(
    op.tx,
    { deviceId: target.device.id, userId: target.user?.id ?? null },
    { priority: 10, expirationSeconds: pushExpirationSeconds, notBefore: op.at, at: op.at },
  );
  return released;
}

/**
 * Ends the pauses after a NotNow: a device that reports its tokens was started or unlocked, and what it put off may well
 * be possible now. The caller asks for the push.
 */
export function releasePostponed(op: Operation, queue: QueueKey): Promise<void> {
  return releasePostponedCommands(op.tx, queue, op.at);
}

/**
 * Takes back a command, whatever became of it so far. What the device may hold is not handed out
 * again, and its answer is still taken: a lock that happened has a PIN to keep.
 *
 * @throws {OperationRefused} `command_finished`.
 */
export async function cancelLiveCommand(op: Operation, deps: CommandDeps, uuid: string): Promise<void> {
  const { command, target } = await lockLive(op, uuid);
  if (command.cancelledAt !== null) return;
  const args = openArguments(deps, command, target);
  if (command.state === "sent") await markCancelled(op.tx, command.id, op.at);
  else await cancelCommand(op.tx, command.id, op.at);
  op.record(commandUpdated(target, { command: { ...command, cancelledAt: op.at }, args }));
}

/** Moves what expired, and what was taken back and not answered, to the history. @returns How many, at most `limit`. */
export function endOverdue(op: Operation, limit: number): Promise<number> {
  return endOverdueCommands(op.tx, { at: op.at, graceEnd: secondsAfter(op.at, -answerGraceSeconds), limit });
}

async function lockLive(op: Operation, uuid: string): Promise<{ command: CommandRecord; target: Target }> {
  const command = await lockCommand(op.tx, uuid);
  if (command === null) throw new OperationRefused(commandFinished());
  const { deviceId, deviceUserId } = command;
  const device = await findDevice(op.tx, deviceId);
  const user = deviceUserId === null ? null : await findDeviceUserById(op.tx, deviceUserId);
  invariant(device !== null && user?.id === (deviceUserId ?? undefined), "commands go with their channel");
  return { command, target: { device, user } };
}
