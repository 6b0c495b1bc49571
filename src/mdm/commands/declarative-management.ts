/**
 * DeclarativeManagement: has a target synchronise its declarations. Planned, never asked for by a caller. Lands in
 * `target_plans` with the token it was made with, which is kept with the command: what changed in between is synchronised
 * by the next one (protocol specification 4.4).
 */
import { type CommandKind, commandPriorities, noArguments, textArgument } from "./command.ts";

export const declarativeManagement: CommandKind = {
  name: "DeclarativeManagement",
  priority: commandPriorities.inventory,
  // A later plan makes one with the token of that time.
  reschedulesNotNow: false,
  storesResult: false,
  publicArguments: ["blueprint_pk"],
  secretArguments: [],
  argumentsFor: () => noArguments,
  command: (_, args) => ({
    RequestType: "DeclarativeManagement",
    Data: Buffer.from(textArgument(args, "data") ?? "", "utf8"),
  }),
  // The plan that asked for it takes the answer.
  acknowledged: () => [],
};
