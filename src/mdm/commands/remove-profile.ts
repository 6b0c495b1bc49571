/** RemoveProfile: takes a managed profile from a target. Removes its row of `device_profiles`. */
import { Type } from "typebox";
import { type CommandKind, commandPriorities, onDeviceChannel, textArgument } from "./command.ts";

const removeArguments = Type.Object({
  Identifier: Type.String({ minLength: 1, maxLength: 512, description: "PayloadIdentifier of the profile" }),
});

export const removeProfile: CommandKind = {
  name: "RemoveProfile",
  priority: commandPriorities.operator,
  reschedulesNotNow: true,
  storesResult: false,
  publicArguments: ["Identifier"],
  secretArguments: [],
  argumentsFor: () => removeArguments,
  command: (_, args) => ({
    RequestType: "RemoveProfile",
    Identifier: textArgument(args, "Identifier") ?? "",
  }),
  acknowledged: (target, args) =>
    onDeviceChannel(target, () => [
      { kind: "removeProfile", identifier: textArgument(args, "Identifier") ?? "" },
      { kind: "queueCommand", name: "ProfileList", arguments: {} },
    ]),
};
