/** RequestMirroring: shows the screen of a device elsewhere. Lands in `device_outcomes` as `mirroring`. */
import { Type } from "typebox";
import { textAt } from "#protocol/mdm/text.ts";
import { type CommandKind, textArgument, unusable } from "./command.ts";
import { copyArguments, operatorCommand, refuseWithout } from "./operator-command.ts";

const text = Type.Optional(Type.String({ minLength: 1, maxLength: 255 }));
const mirroringArguments = Type.Object({
  DestinationName: text,
  DestinationDeviceID: text,
  ScanTime: Type.Optional(Type.Integer({ minimum: 10, maximum: 300, description: "Seconds" })),
  Password: text,
});
const publicArguments = ["DestinationName", "DestinationDeviceID", "ScanTime"];

export const requestMirroring: CommandKind = {
  ...operatorCommand,
  name: "RequestMirroring",
  // The audience is gone hours later.
  reschedulesNotNow: false,
  publicArguments,
  secretArguments: ["Password"],
  argumentsFor: () => mirroringArguments,
  refuse: (args) => refuseWithout(args, ["DestinationName", "DestinationDeviceID"]),
  command: (_, args) => ({
    RequestType: "RequestMirroring",
    ...copyArguments(args, [...publicArguments, "Password"]),
  }),
  acknowledged: (_, args, answer) => {
    const result = textAt(answer, "MirroringResult");
    if (result === null) return unusable("MirroringResult");
    const destination =
      textArgument(args, "DestinationName") ?? textArgument(args, "DestinationDeviceID") ?? null;
    return [{ kind: "recordOutcome", name: "mirroring", detail: { result, destination } }];
  },
};
