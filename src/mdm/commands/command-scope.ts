/** Which targets a command is for: the table of protocol specification 4.3 as data. */
import type { Platform } from "#protocol/mdm/platform.ts";
import type { Refusal } from "#platform/errors.ts";
import { channelOf, type Target } from "#mdm/devices/device.ts";
import type { CommandName } from "./command.ts";

/** The device channel is in scope on every platform, unless some are named; the other conditions must all hold. */
export type CommandScope = {
  /** All of them where it is absent. */
  readonly platforms?: readonly Platform[];
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

/** Where the specification says no more than Apple's schema, which is held against every order. */
const asSchemaSays: CommandScope = { userChannel: all, userEnrollment: all, supervised: [] };

/** A user enrollment flag that is unknown counts as none, as in the reference. */
export const commandScopes: Readonly<Record<CommandName, CommandScope>> = {
  AccountConfiguration: { ...deviceOnly, userEnrollment: ["iOS", "iPadOS", "tvOS"] },
  ActivationLockBypassCode: asSchemaSays,
  CertificateList: { ...deviceOnly, userEnrollment: ["iOS", "iPadOS", "macOS"] },
  ClearActivationLockBypassCode: asSchemaSays,
  ClearPasscode: asSchemaSays,
  CustomCommand: asSchemaSays,
  DeclarativeManagement: asSchemaSays,
  DeleteUser: asSchemaSays,
  DeviceConfigured: deviceOnly,
  DeviceInformation: { ...profiles, userChannel: ["macOS", "iPadOS"] },
  DeviceLocation: asSchemaSays,
  DeviceLock: { ...deviceOnly, userEnrollment: ["iOS", "iPadOS"] },
  DisableLostMode: asSchemaSays,
  DisableRemoteDesktop: asSchemaSays,
  EnableLostMode: asSchemaSays,
  EnableRemoteDesktop: asSchemaSays,
  EraseDevice: deviceOnly,
  InstallEnterpriseApplication: { ...deviceOnly, platforms: ["macOS"] },
  InstallProfile: profiles,
  InstallProvisioningProfile: deviceOnly,
  InstalledApplicationList: { userChannel: ["macOS"], userEnrollment: ["iOS", "iPadOS"], supervised: [] },
  InviteToProgram: asSchemaSays,
  LogOutUser: asSchemaSays,
  ManagedApplicationList: { ...profiles, userChannel: ["macOS"] },
  PlayLostModeSound: asSchemaSays,
  ProfileList: profiles,
  ProvisioningProfileList: asSchemaSays,
  Reenroll: deviceOnly,
  RefreshCellularPlans: asSchemaSays,
  RemoveProfile: profiles,
  RemoveProvisioningProfile: deviceOnly,
  RequestMirroring: asSchemaSays,
  RestartDevice: { userChannel: [], userEnrollment: [], supervised: ["iOS", "iPadOS", "tvOS"] },
  Restrictions: asSchemaSays,
  SecurityInfo: { ...deviceOnly, userEnrollment: ["iOS", "iPadOS", "macOS"] },
  Settings: asSchemaSays,
  ShutDownDevice: asSchemaSays,
  StopMirroring: asSchemaSays,
  UnlockUserAccount: asSchemaSays,
  UserList: asSchemaSays,
  ValidateApplications: asSchemaSays,
};

/** Tells whether a target can take a command. */
export function isInScope(name: CommandName, target: Target): boolean {
  const { platform, userEnrollment, supervised } = target.device;
  const scope = commandScopes[name];
  if (scope.platforms?.includes(platform) === false) return false;
  if (channelOf(target) === "User" && !scope.userChannel.includes(platform)) return false;
  if (userEnrollment === true && !scope.userEnrollment.includes(platform)) return false;
  return supervised === true || !scope.supervised.includes(platform);
}

/** Refuses a command for a target out of its scope, with the words of http-api 2.25. */
export function refuseTarget(name: CommandName, target: Target): Refusal | null {
  if (isInScope(name, target)) return null;
  return { kind: "invalid", code: "target_invalid", detail: "Invalid target." };
}
