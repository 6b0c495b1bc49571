/** ManagedApplicationList: how far each managed application is. Lands in `device_managed_applications`. */
import { Type } from "typebox";
import { decodeManagedApplicationList } from "#protocol/mdm/answers/managed-application-list.ts";
import { type CommandKind, commandPriorities, onDeviceChannel, unusable } from "./command.ts";
import { operatorCommand, textsArgument } from "./operator-command.ts";

const identifier = Type.String({ minLength: 1, maxLength: 512 });
const listArguments = Type.Object({
  Identifiers: Type.Optional(Type.Array(identifier, { minItems: 1, maxItems: 500 })),
});

export const managedApplicationList: CommandKind = {
  ...operatorCommand,
  name: "ManagedApplicationList",
  priority: commandPriorities.inventory,
  publicArguments: ["Identifiers"],
  argumentsFor: () => listArguments,
  command: (_, args) => ({
    RequestType: "ManagedApplicationList",
    Identifiers: textsArgument(args, "Identifiers"),
  }),
  acknowledged: (target, args, answer) =>
    onDeviceChannel(target, () => {
      const applications = decodeManagedApplicationList(answer);
      if (applications === null) return unusable("ManagedApplicationList");
      const isPartial = args["Identifiers"] !== undefined;
      return [{ kind: "storeManagedApplications", applications, isPartial }];
    }),
};
