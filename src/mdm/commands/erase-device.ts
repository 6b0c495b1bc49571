/** EraseDevice: erases a device. Lands in `devices`: `erased_at`; whatever else was queued for it goes. */
import { Type } from "typebox";
import type { Device } from "#mdm/devices/device.ts";
import { type CommandKind, commandPriorities, flagArgument, noArguments, textArgument } from "./command.ts";

const mobileArguments = Type.Object({
  DisallowProximitySetup: Type.Boolean(),
  PreserveDataPlan: Type.Boolean(),
});
const pinArguments = Type.Object({
  PIN: Type.String({ minLength: 1, pattern: "^[0-9A-Za-z]{6}$" }),
});

/** Macs without Apple silicon whose Activation Lock is not manageable are locked with a PIN while erased (4.4). */
export function needsErasePin(device: Device): boolean {
  const isOldMac = device.appleSilicon !== true && device.activationLockManageable !== true;
  return device.platform === "macOS" && isOldMac;
}

export const eraseDevice: CommandKind = {
  name: "EraseDevice",
  priority: commandPriorities.emergency,
  reschedulesNotNow: true,
  storesResult: false,
  publicArguments: ["DisallowProximitySetup", "PreserveDataPlan"],
  secretArguments: ["PIN"],
  argumentsFor: ({ device }) => {
    if (device.platform === "iOS" || device.platform === "iPadOS") return mobileArguments;
    return needsErasePin(device) ? pinArguments : noArguments;
  },
  command: (_, args) => ({
    RequestType: "EraseDevice",
    DisallowProximitySetup: flagArgument(args, "DisallowProximitySetup"),
    PreserveDataPlan: flagArgument(args, "PreserveDataPlan"),
    PIN: textArgument(args, "PIN"),
  }),
  acknowledged: () => [{ kind: "recordErase" }],
};
