/** InstalledApplicationList: what applications a device has. Lands in `device_applications`. */
import { decodeInstalledApplicationList } from "#protocol/mdm/answers/installed-application-list.ts";
import {
  type CommandKind,
  commandPriorities,
  flagArgument,
  managedOnlyArguments,
  onDeviceChannel,
  unusable,
} from "./command.ts";
import { textsArgument } from "./operator-command.ts";

/** What is asked of each application (protocol specification 4.4). */
export const applicationItems: readonly string[] = [
  "AdHocCodeSigned",
  "AppStoreVendable",
  "BetaApp",
  "BundleSize",
  "DeviceBasedVPP",
  "DynamicSize",
  "ExternalVersionIdentifier",
  "HasUpdateAvailable",
  "Identifier",
  "Installing",
  "IsAppClip",
  "IsValidated",
  "Name",
  "ShortVersion",
  "Version",
];

export const installedApplicationList: CommandKind = {
  name: "InstalledApplicationList",
  priority: commandPriorities.inventory,
  reschedulesNotNow: true,
  storesResult: true,
  publicArguments: ["managed_only"],
  secretArguments: [],
  argumentsFor: () => managedOnlyArguments,
  command: (_, args) => ({
    RequestType: "InstalledApplicationList",
    ManagedAppsOnly: flagArgument(args, "managed_only") ?? false,
    Items: applicationItems,
    // A plan asks for some, to see whether they are there.
    Identifiers: textsArgument(args, "Identifiers"),
  }),
  acknowledged: (target, _, answer) =>
    onDeviceChannel(target, () => {
      const applications = decodeInstalledApplicationList(answer);
      return applications === null
        ? unusable("InstalledApplicationList")
        : [{ kind: "storeApplications", applications }];
    }),
};
