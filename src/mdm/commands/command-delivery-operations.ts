/** Makes what a device is sent of a stored command, with its secrets opened; for artifacts, by who planned them. */
import { invariant } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { openText, type Sealer } from "#platform/sealer.ts";
import { findUnlockToken } from "#mdm/device-secrets/device-secret-operations.ts";
import type { Target } from "#mdm/devices/device.ts";
import {
  type ArtifactCommands,
  type AwaitedCommand,
  type FetchedChallenges,
  renderedNames,
} from "./artifact-command.ts";
import type { CommandArguments, CommandRecord, CommandUuid, DeliverableCommand } from "./command.ts";
import { commandKinds } from "./command-kinds.ts";
import { deleteCommand, keepQueued } from "./command-store.ts";

export type CommandDeps = {
  readonly sealer: Sealer;
  /** Absent where nothing is planned: commands for artifacts are then neither made nor handed out. */
  readonly artifactCommands?: ArtifactCommands;
};

/** A command to send now, or one that waits for challenges. */
export type HandedOut = DeliverableCommand | AwaitedCommand;

/**
 * Public and secret arguments of a stored command together. The secrets of a bulk command are those of all its devices:
 * what does not apply to this target is left out.
 */
export function openArguments(deps: CommandDeps, command: CommandRecord, target: Target): CommandArguments {
  const { secretsSealed, bulkCommandId, uuid } = command;
  if (secretsSealed === null) return command.arguments;
  const context = bulkCommandId === null ? secretsContext(uuid) : bulkSecretsContext(bulkCommandId);
  const opened: unknown = JSON.parse(openText(deps.sealer, secretsSealed, context).reveal());
  // What was sealed below is an object of arguments.
  const secrets = opened as CommandArguments;
  if (bulkCommandId === null) return { ...command.arguments, ...secrets };
  const { properties } = commandKinds[command.name].argumentsFor(target);
  const applying = Object.entries(secrets).filter(([key]) => Object.hasOwn(properties, key));
  return { ...command.arguments, ...Object.fromEntries(applying) };
}

/** What the secrets of a bulk command are sealed with. */
export function bulkSecretsContext(id: string) {
  return { table: "bulk_commands", column: "secrets_sealed", row: id };
}

type Delivery = {
  readonly target: Target;
  readonly command: CommandRecord;
  readonly fetched?: FetchedChallenges;
};

/** Makes a command for its target, or null when it cannot be made and is gone. */
export async function deliver(
  op: Operation,
  deps: CommandDeps,
  { target, command, fetched }: Delivery,
): Promise<HandedOut | null> {
  if (command.artifactVersion !== null && renderedNames.includes(command.name)) {
    return deliverArtifact(op, deps, { target, command, ...(fetched === undefined ? {} : { fetched }) });
  }
  const kind = commandKinds[command.name];
  const args = openArguments(deps, command, target);
  const escrowed = kind.needsUnlockToken === true ? await openUnlockToken(op, deps, target) : {};
  return { uuid: command.uuid, name: command.name, command: kind.command(target, { ...args, ...escrowed }) };
}

/** Made now, for the target as it is. What cannot be made is gone; why is the plan's to record and to tell. */
async function deliverArtifact(
  op: Operation,
  { artifactCommands }: CommandDeps,
  delivery: Delivery,
): Promise<HandedOut | null> {
  const { uuid, name, id } = delivery.command;
  const made = artifactCommands === undefined ? null : await artifactCommands.make(op, delivery);
  if (made === null) {
    await deleteCommand(op.tx, id);
    return null;
  }
  if ("command" in made) return { uuid, name, command: made.command };
  await keepQueued(op.tx, id);
  return { uuid, name, orders: made.orders };
}

/** The token of today: the device may have escrowed a new one since the command was queued. */
async function openUnlockToken(op: Operation, deps: CommandDeps, target: Target): Promise<CommandArguments> {
  const token = await findUnlockToken(op.tx, deps, target.device.id);
  invariant(token !== null, "a device to be unlocked has escrowed a token");
  return { UnlockToken: token.reveal() };
}

/** What the secrets of a command are sealed with. */
export function secretsContext(uuid: CommandUuid) {
  return { table: "commands", column: "secrets_sealed", row: uuid };
}
