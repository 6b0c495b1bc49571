/**
 * InstallEnterpriseApplication: has a Mac download and install a package. Planned for an artifact, which makes the command
 * when it is handed out. Lands in `target_artifacts`, confirmed by an InstalledApplicationList.
 */
import { type CommandKind, commandPriorities, noArguments } from "./command.ts";

export const installEnterpriseApplication: CommandKind = {
  name: "InstallEnterpriseApplication",
  priority: commandPriorities.inventory,
  reschedulesNotNow: false,
  storesResult: false,
  publicArguments: [],
  secretArguments: [],
  argumentsFor: () => noArguments,
  command: () => ({ RequestType: "InstallEnterpriseApplication" }),
  acknowledged: () => [],
};
