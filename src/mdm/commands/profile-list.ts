/** ProfileList: what profiles a device has. Lands in `device_profiles`. */
import { decodeProfileList } from "#protocol/mdm/answers/profile-list.ts";
import {
  type CommandKind,
  commandPriorities,
  flagArgument,
  managedOnlyArguments,
  onDeviceChannel,
  unusable,
} from "./command.ts";

export const profileList: CommandKind = {
  name: "ProfileList",
  priority: commandPriorities.inventory,
  reschedulesNotNow: true,
  storesResult: true,
  publicArguments: ["managed_only"],
  secretArguments: [],
  argumentsFor: () => managedOnlyArguments,
  command: (_, args) => ({
    RequestType: "ProfileList",
    ManagedOnly: flagArgument(args, "managed_only") ?? false,
  }),
  acknowledged: (target, _, answer) =>
    onDeviceChannel(target, () => {
      const profiles = decodeProfileList(answer);
      return profiles === null ? unusable("ProfileList") : [{ kind: "storeProfiles", profiles }];
    }),
};
