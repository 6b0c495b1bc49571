/** SecurityInfo: how a device protects itself. Lands in `devices` and its `security_info`. */
import { decodeSecurityInfo } from "#protocol/mdm/answers/security-info.ts";
import { type CommandKind, commandPriorities, noArguments, onDeviceChannel, unusable } from "./command.ts";

export const securityInfo: CommandKind = {
  name: "SecurityInfo",
  priority: commandPriorities.inventory,
  reschedulesNotNow: true,
  // The raw answer may hold the recovery key (4.3: no SR).
  storesResult: false,
  publicArguments: [],
  secretArguments: [],
  argumentsFor: () => noArguments,
  command: () => ({ RequestType: "SecurityInfo" }),
  acknowledged: (target, _, answer) =>
    onDeviceChannel(target, () => {
      const security = decodeSecurityInfo(answer);
      return security === null ? unusable("SecurityInfo") : [{ kind: "storeSecurityInfo", security }];
    }),
};
