/** RestartDevice: restarts a device. Lands in `devices`: `restarted_at`. */
import { Type } from "typebox";
import { isOsVersionAtLeast, parseOsVersion } from "#protocol/mdm/os-version.ts";
import { type CommandKind, commandPriorities, flagArgument, noArguments } from "./command.ts";

const notifyArguments = Type.Object({
  NotifyUser: Type.Optional(
    Type.Boolean({ description: "Ask the user of the Mac instead of restarting at once" }),
  ),
});

export const restartDevice: CommandKind = {
  name: "RestartDevice",
  priority: commandPriorities.operator,
  // An interrupted restart is asked for again by a person, not repeated hours later (4.3: no NN).
  reschedulesNotNow: false,
  storesResult: false,
  publicArguments: ["NotifyUser"],
  secretArguments: [],
  argumentsFor: ({ device }) => {
    const version = parseOsVersion(device.osVersion);
    return device.platform === "macOS" && isOsVersionAtLeast(version, "11.3") ? notifyArguments : noArguments;
  },
  command: (_, args) => ({
    RequestType: "RestartDevice",
    NotifyUser: flagArgument(args, "NotifyUser") === true ? true : undefined,
  }),
  acknowledged: () => [{ kind: "recordRestart" }],
};
