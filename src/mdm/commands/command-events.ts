/** The audit events of commands: arguments by allow-list, never a secret (protocol specification 4.5). */
import { auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { Target } from "#mdm/devices/device.ts";
import type { CommandArguments, CommandRecord } from "./command.ts";
import { describeArguments } from "./command-kinds.ts";

/** What an event tells of a command. `warnings`: what Apple's schema calls deprecated in it. */
export type CommandFacts = {
  readonly command: CommandRecord;
  readonly args: CommandArguments;
  readonly warnings?: readonly string[];
};

/** An operator queued a command. */
export function commandCreated(target: Target, facts: CommandFacts): DomainEvent {
  return commandAudit("created", target, facts);
}

/** An operator took back a command that was not handed out yet. */
export function commandDeleted(target: Target, facts: CommandFacts): DomainEvent {
  return commandAudit("deleted", target, facts);
}

/** An operator had a command handed out again, or took it back while its device may hold it. */
export function commandUpdated(target: Target, facts: CommandFacts): DomainEvent {
  return commandAudit("updated", target, facts);
}

function commandAudit(
  action: "created" | "updated" | "deleted",
  { device, user }: Target,
  { command, args, warnings = [] }: CommandFacts,
): DomainEvent {
  const model = user === null ? "device" : "user";
  const value = {
    uuid: command.uuid,
    enrolled_device: { pk: device.id, udid: device.udid, serial_number: device.serialNumber },
    ...(user === null ? {} : { enrolled_user: { pk: user.id, user_id: user.userId } }),
    name: command.name,
    request_type: command.requestType,
    kwargs: describeArguments(command.name, args),
    not_before: command.notBefore?.toISOString() ?? null,
    created_at: command.createdAt.toISOString(),
    ...(command.expiresAt === null ? {} : { expires_at: command.expiresAt.toISOString() }),
    ...(command.cancelledAt === null ? {} : { cancelled_at: command.cancelledAt.toISOString() }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  return auditEvent({
    action,
    model: `mdm.${model}command`,
    pk: command.id,
    ...(action !== "deleted" ? { newValue: value } : { prevValue: value }),
    objectKey: `mdm_${model}_command`,
    objectPk: command.uuid,
    app: "mdm",
    serialNumber: device.serialNumber,
  });
}
