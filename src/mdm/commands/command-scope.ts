/** Which targets a command is for: the table of protocol specification 4.3 as data. */
import type { Platform } from "#protocol/mdm/platform.ts";
import type { Refusal } from "#platform/errors.ts";
import { channelOf, type Target } from "#mdm/devices/device.ts";
import type { CommandName } from "./command.ts";

/** The device channel is always in scope; the other conditions must all hold. */
export type CommandScope = {
  /** Platforms whose user channel takes it. */
  readonly userChannel: readonly Platform[];
  /** Platforms whose user-enrolled devices take it. */
  readonly userEnrollment: readonly Platform[];
  /** Platforms that take it only when supervised. */
  readonly supervised: readonly Platform[];
};

const all: readonly Platform[] = ["iOS", "iPadOS", "macOS", "tvOS"];
const deviceOnly = { userChannel: [], userEnrollment: all, supervised: [] } satisfies CommandScope;
const profiles: CommandScope = {
  userChannel: ["iPadOS", "macOS"],
  userEnrollment: ["iOS", "iPadOS", "macOS"],
  supervised: [],
};

/** A user enrollment flag that is unknown counts as none, as in the reference. */
export const commandScopes: Readonly<Record<CommandName, CommandScope>> = {
  CertificateList: { ...deviceOnly, userEnrollment: ["iOS", "iPadOS", "macOS"] },
  CustomCommand: { userChannel: all, userEnrollment: all, supervised: [] },
  DeviceInformation: { ...profiles, userChannel: ["macOS", "iPadOS"] },
  DeviceLock: { ...deviceOnly, userEnrollment: ["iOS", "iPadOS"] },
  EraseDevice: deviceOnly,
  InstallProfile: profiles,
  InstalledApplicationList: { userChannel: ["macOS"], userEnrollment: ["iOS", "iPadOS"], supervised: [] },
  ProfileList: profiles,
  Reenroll: deviceOnly,
  RemoveProfile: profiles,
  RestartDevice: { userChannel: [], userEnrollment: [], supervised: ["iOS", "iPadOS", "tvOS"] },
  SecurityInfo: { ...deviceOnly, userEnrollment: ["iOS", "iPadOS", "macOS"] },
};

/** Tells whether a target can take a command. */
export function isInScope(name: CommandName, target: Target): boolean {
  const { platform, userEnrollment, supervised } = target.device;
  const scope = commandScopes[name];
  if (channelOf(target) === "User" && !scope.userChannel.includes(platform)) return false;
  if (userEnrollment === true && !scope.userEnrollment.includes(platform)) return false;
  return supervised === true || !scope.supervised.includes(platform);
}

/** Refuses a command for a target out of its scope, with the words of http-api 2.25. */
export function refuseTarget(name: CommandName, target: Target): Refusal | null {
  if (isInScope(name, target)) return null;
  return { kind: "invalid", code: "target_invalid", detail: "Invalid target." };
}
