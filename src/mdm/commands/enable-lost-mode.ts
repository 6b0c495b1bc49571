/** EnableLostMode: locks a supervised device that is lost. Lands in `device_outcomes` as `lost_mode`. */
import { Type } from "typebox";
import { type CommandKind, commandPriorities, textArgument } from "./command.ts";
import { copyArguments, operatorCommand, refuseWithout } from "./operator-command.ts";

const text = (charactersMax: number) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: charactersMax }));
const lostModeArguments = Type.Object({ Message: text(1_000), PhoneNumber: text(64), Footnote: text(1_000) });
const names = ["Message", "PhoneNumber", "Footnote"];

export const enableLostMode: CommandKind = {
  ...operatorCommand,
  name: "EnableLostMode",
  priority: commandPriorities.emergency,
  publicArguments: names,
  argumentsFor: () => lostModeArguments,
  // A lock screen that says nothing would not bring the device back (Apple: one of the two is required).
  refuse: (args) => refuseWithout(args, ["Message", "PhoneNumber"]),
  command: (_, args) => ({ RequestType: "EnableLostMode", ...copyArguments(args, names) }),
  acknowledged: (_, args) => [
    {
      kind: "recordOutcome",
      name: "lost_mode",
      detail: {
        enabled: true,
        message: textArgument(args, "Message") ?? null,
        phone_number: textArgument(args, "PhoneNumber") ?? null,
        footnote: textArgument(args, "Footnote") ?? null,
      },
    },
  ],
};
