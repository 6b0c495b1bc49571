/** ProvisioningProfileList: what provisioning profiles a device has. Lands in `device_provisioning_profiles`. */
import { decodeProvisioningProfileList } from "#protocol/mdm/answers/provisioning-profile-list.ts";
import { type CommandKind, commandPriorities, unusable } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const provisioningProfileList: CommandKind = {
  ...operatorCommand,
  name: "ProvisioningProfileList",
  priority: commandPriorities.inventory,
  storesResult: true,
  command: () => ({ RequestType: "ProvisioningProfileList" }),
  acknowledged: (_, __, answer) => {
    const profiles = decodeProvisioningProfileList(answer);
    if (profiles === null) return unusable("ProvisioningProfileList");
    return [{ kind: "storeProvisioningProfiles", profiles }];
  },
};
