/** RemoveProvisioningProfile: takes one away. Removes its row of `device_provisioning_profiles`. */
import { Type } from "typebox";
import { type CommandKind, textArgument } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

const removeArguments = Type.Object({
  UUID: Type.String({ minLength: 1, maxLength: 512, description: "As ProvisioningProfileList shows it" }),
});

export const removeProvisioningProfile: CommandKind = {
  ...operatorCommand,
  name: "RemoveProvisioningProfile",
  publicArguments: ["UUID"],
  argumentsFor: () => removeArguments,
  command: (_, args) => ({
    RequestType: "RemoveProvisioningProfile",
    UUID: textArgument(args, "UUID") ?? "",
  }),
  acknowledged: (_, args) => [
    { kind: "removeProvisioningProfile", uuid: textArgument(args, "UUID") ?? "" },
    { kind: "queueCommand", name: "ProvisioningProfileList", arguments: {} },
  ],
};
