/** EraseDevice: erases a device. Lands in `devices`: `erased_at`; whatever else was queued for it goes. */
import { Type } from "typebox";
import { readJsonValue } from "#protocol/apple-schema/read-json.ts";
import { findCommandSchema } from "#protocol/apple-schema/validate-command.ts";
import { isWritableDictionary } from "#protocol/apple-schema/judge-value.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import type { Device } from "#mdm/devices/device.ts";
import {
  type CommandArguments,
  type CommandKind,
  commandPriorities,
  flagArgument,
  noArguments,
  textArgument,
} from "./command.ts";

const base64 = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 7_000_000, description }));
const ReturnToService = Type.Optional(
  Type.Object(
    {
      Enabled: Type.Boolean(),
      WiFiProfileData: base64("The profile that brings the device online, base64"),
      MDMProfileData: base64("The MDM profile to enroll with, base64"),
      BootstrapToken: base64("Keeps the applications, base64"),
      ShouldRetryEnrollment: Type.Optional(Type.Boolean()),
    },
    { description: "Enrolls again without anybody touching the device" },
  ),
);
const mobileArguments = Type.Object({
  DisallowProximitySetup: Type.Boolean(),
  PreserveDataPlan: Type.Boolean(),
  ReturnToService,
});
const tvArguments = Type.Object({ ReturnToService });

/** What a Mac does that cannot erase its contents and settings (Apple, EraseDevice). */
export const obliterationBehaviors = [
  "Default",
  "DoNotObliterate",
  "ObliterateWithWarning",
  "Always",
] as const;
const ObliterationBehavior = Type.Optional(
  Type.Union(obliterationBehaviors.map((value) => Type.Literal(value))),
);
const macArguments = Type.Object({ ObliterationBehavior });
const pinArguments = Type.Object({
  ObliterationBehavior,
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
  publicArguments: ["DisallowProximitySetup", "PreserveDataPlan", "ObliterationBehavior"],
  // A Wi-Fi profile holds a password.
  secretArguments: ["PIN", "ReturnToService"],
  argumentsFor: ({ device }) => {
    if (device.platform === "iOS" || device.platform === "iPadOS") return mobileArguments;
    if (device.platform === "tvOS") return tvArguments;
    if (device.platform !== "macOS") return noArguments;
    return needsErasePin(device) ? pinArguments : macArguments;
  },
  command: (_, args) => ({
    RequestType: "EraseDevice",
    DisallowProximitySetup: flagArgument(args, "DisallowProximitySetup"),
    PreserveDataPlan: flagArgument(args, "PreserveDataPlan"),
    PIN: textArgument(args, "PIN"),
    ObliterationBehavior: textArgument(args, "ObliterationBehavior"),
    ReturnToService: readReturnToService(args) ?? undefined,
  }),
  acknowledged: () => [{ kind: "recordErase" }],
};

/** How a device that is erased comes back by itself, as the order says; null when it does not. */
export function readReturnToService(args: CommandArguments): PlistWritableDictionary | null {
  if (args["ReturnToService"] === undefined) return null;
  const key = findCommandSchema("EraseDevice")?.keys.find((each) => each.key === "ReturnToService");
  const value = readJsonValue(key, args["ReturnToService"]);
  return value !== null && isWritableDictionary(value) ? value : null;
}
