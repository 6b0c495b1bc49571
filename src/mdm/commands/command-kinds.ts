/** Every kind of command, one entry each: a name without a kind does not compile. */
import { certificateList } from "./certificate-list.ts";
import { type CommandArguments, type CommandKind, type CommandName, commandNames } from "./command.ts";
import { customCommand } from "./custom-command.ts";
import { deviceInformation } from "./device-information.ts";
import { deviceLock } from "./device-lock.ts";
import { eraseDevice } from "./erase-device.ts";
import { installProfile } from "./install-profile.ts";
import { installedApplicationList } from "./installed-application-list.ts";
import { profileList } from "./profile-list.ts";
import { reenroll } from "./reenroll.ts";
import { removeProfile } from "./remove-profile.ts";
import { restartDevice } from "./restart-device.ts";
import { securityInfo } from "./security-info.ts";

export const commandKinds: Readonly<Record<CommandName, CommandKind>> = {
  CertificateList: certificateList,
  CustomCommand: customCommand,
  DeviceInformation: deviceInformation,
  DeviceLock: deviceLock,
  EraseDevice: eraseDevice,
  InstallProfile: installProfile,
  InstalledApplicationList: installedApplicationList,
  ProfileList: profileList,
  Reenroll: reenroll,
  RemoveProfile: removeProfile,
  RestartDevice: restartDevice,
  SecurityInfo: securityInfo,
};

/** What operators may ask for: not the renewal of an identity, which only its plan can fill in. */
export const orderableNames: readonly CommandName[] = commandNames.filter((name) => name !== "Reenroll");

/** The arguments of a command as audit events show them (protocol specification 4.5). */
export function describeArguments(name: CommandName, args: CommandArguments): unknown {
  const kind = commandKinds[name];
  if (kind.describe !== undefined) return kind.describe(args);
  const shown = Object.entries(args).map(([key, value]) => {
    if (kind.secretArguments.includes(key)) return [key, "<redacted>"];
    return [key, kind.publicArguments.includes(key) ? value : "<omitted>"];
  });
  return Object.fromEntries(shown);
}
