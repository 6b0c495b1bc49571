/** Commands as the API shows them (http-api 2.27). Arguments are never exposed. */
import { Type } from "typebox";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { commandProgress, type CommandRecord, type ListedCommand, type QueuedCommand } from "./command.ts";

const fields = {
  name: Type.String(),
  artifact_version: nullable(Type.String({ format: "uuid" })),
  artifact_operation: nullable(choice(["INSTALLATION", "REMOVAL"])),
  not_before: nullable(timestamp()),
  time: nullable(timestamp({ description: "When it was handed to the device; null: still queued" })),
  result: nullable(Type.String({ description: "The answer as a binary plist, base64" })),
  result_time: nullable(timestamp()),
  status: nullable(choice(["Acknowledged", "CommandFormatError", "Error", "NotNow"])),
  error_chain: Type.Unknown(),
  created_at: timestamp(),
  updated_at: timestamp(),
};

const uuid = Type.String({ format: "uuid" });

export const DeviceCommandView = Type.Object({ uuid, enrolled_device: Type.Integer(), ...fields });
export const UserCommandView = Type.Object({ uuid, enrolled_user: Type.Integer(), ...fields });

/** The same with what the queue knows: our own lists show it, the reference's keep their keys. */
const queueFields = {
  ...fields,
  state: choice(commandProgress),
  priority: nullable(Type.Integer()),
  delivery_count: Type.Integer(),
  not_now_count: Type.Integer(),
  expires_at: nullable(timestamp()),
  supersede_key: nullable(Type.String()),
  retry_at: nullable(timestamp({ description: "It is not handed out before this time" })),
  parked_at: nullable(
    timestamp({ description: "When it was set aside, handed out again and again without an answer" }),
  ),
  cancelled_at: nullable(timestamp()),
};

export const QueuedCommandView = Type.Object({ uuid, enrolled_device: Type.Integer(), ...queueFields });
export const QueuedUserCommandView = Type.Object({ uuid, enrolled_user: Type.Integer(), ...queueFields });

export function viewQueueEntry(command: QueuedCommand): Record<string, unknown> {
  return { ...viewDeviceCommand(command), ...viewQueueFields(command) };
}

export function viewUserQueueEntry(command: QueuedCommand): Record<string, unknown> {
  return { ...viewUserCommand(command), ...viewQueueFields(command) };
}

function viewQueueFields(command: QueuedCommand): Record<string, unknown> {
  return {
    state: command.state,
    priority: command.priority,
    delivery_count: command.deliveryCount,
    not_now_count: command.notNowCount,
    expires_at: wireTime(command.expiresAt),
    supersede_key: command.supersedeKey,
    retry_at: wireTime(command.retryAt),
    parked_at: wireTime(command.parkedAt),
    cancelled_at: wireTime(command.cancelledAt),
  };
}

export function viewDeviceCommand(command: ListedCommand): Record<string, unknown> {
  return { uuid: command.uuid, enrolled_device: command.deviceId, ...viewFields(command) };
}

export function viewUserCommand(command: ListedCommand): Record<string, unknown> {
  return { uuid: command.uuid, enrolled_user: command.deviceUserId, ...viewFields(command) };
}

/** A command that was queued a moment ago. */
export function viewQueuedCommand(command: CommandRecord): Record<string, unknown> {
  return viewDeviceCommand(listed(command));
}

/** A command that was queued for a user channel a moment ago. */
export function viewQueuedUserCommand(command: CommandRecord): Record<string, unknown> {
  return viewUserCommand(listed(command));
}

function listed(command: CommandRecord): ListedCommand {
  const unanswered = { result: null, status: null, errorChain: null };
  return { ...command, ...unanswered };
}

function viewFields(command: ListedCommand): Record<string, unknown> {
  return {
    name: command.name,
    artifact_version: command.artifactVersion,
    artifact_operation: command.artifactOperation,
    not_before: wireTime(command.notBefore),
    time: wireTime(command.sentAt),
    result: command.result?.toString("base64") ?? null,
    result_time: wireTime(command.resultTime),
    status: command.status,
    error_chain: command.errorChain,
    created_at: wireTime(command.createdAt),
    updated_at: wireTime(command.updatedAt),
  };
}
