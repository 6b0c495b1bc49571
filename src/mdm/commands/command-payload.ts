/** What people may see of a command that was sent: its keys, and of their values what is no secret. */
import type { CommandArguments, CommandName } from "./command.ts";
import { commandKinds, describeArguments } from "./command-kinds.ts";

/** Most characters of what is kept to be shown; an allow-list of texts and names stays far below. */
export const shownArgumentsCharactersMax = 64 * 1024;

/**
 * The arguments of a command as they are shown and kept with it: those of its audit event, or what its kind shows of a
 * document. No secret is in them, so that none need be opened later to show them.
 */
export function showArguments(name: CommandName, args: CommandArguments): CommandArguments {
  const shown = commandKinds[name].show?.(args) ?? describeArguments(name, args);
  // A kind may describe malformed arguments by one word.
  return typeof shown === "object" && shown !== null ? { ...shown } : {};
}

/** A command as it is kept to be shown. */
export type ShownCommand = {
  readonly name: string;
  readonly requestType: string;
  /** Null where nothing was kept. */
  readonly shownArguments: CommandArguments | null;
};

/** The `Command` dictionary of what was sent, without its secrets; null where it was not kept. */
export function showCommand({ name, requestType, shownArguments }: ShownCommand): CommandArguments | null {
  if (shownArguments === null) return null;
  const needsUnlockToken = Object.entries(commandKinds).some(
    ([known, kind]) => known === name && kind.needsUnlockToken === true,
  );
  return {
    RequestType: requestType,
    ...shownArguments,
    ...(needsUnlockToken ? { UnlockToken: "<redacted>" } : {}),
  };
}
