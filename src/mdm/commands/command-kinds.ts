/** Every kind of command, one entry each: a name without a kind does not compile. */
import { accountConfiguration } from "./account-configuration.ts";
import { activationLockBypassCode } from "./activation-lock-bypass-code.ts";
import { certificateList } from "./certificate-list.ts";
import { clearActivationLockBypassCode } from "./clear-activation-lock-bypass-code.ts";
import { clearPasscode } from "./clear-passcode.ts";
import { type CommandArguments, type CommandKind, type CommandName, commandNames } from "./command.ts";
import { customCommand } from "./custom-command.ts";
import { declarativeManagement } from "./declarative-management.ts";
import { deleteUser } from "./delete-user.ts";
import { deviceConfigured } from "./device-configured.ts";
import { deviceInformation } from "./device-information.ts";
import { deviceLocation } from "./device-location.ts";
import { deviceLock } from "./device-lock.ts";
import { disableLostMode } from "./disable-lost-mode.ts";
import { enableLostMode } from "./enable-lost-mode.ts";
import { eraseDevice } from "./erase-device.ts";
import { installEnterpriseApplication } from "./install-enterprise-application.ts";
import { installProfile } from "./install-profile.ts";
import { installProvisioningProfile } from "./install-provisioning-profile.ts";
import { installedApplicationList } from "./installed-application-list.ts";
import { inviteToProgram } from "./invite-to-program.ts";
import { logOutUser } from "./log-out-user.ts";
import { managedApplicationList } from "./managed-application-list.ts";
import { playLostModeSound } from "./play-lost-mode-sound.ts";
import { profileList } from "./profile-list.ts";
import { provisioningProfileList } from "./provisioning-profile-list.ts";
import { reenroll } from "./reenroll.ts";
import { refreshCellularPlans } from "./refresh-cellular-plans.ts";
import { disableRemoteDesktop, enableRemoteDesktop } from "./remote-desktop.ts";
import { removeProfile } from "./remove-profile.ts";
import { removeProvisioningProfile } from "./remove-provisioning-profile.ts";
import { requestMirroring } from "./request-mirroring.ts";
import { restartDevice } from "./restart-device.ts";
import { restrictions } from "./restrictions.ts";
import { securityInfo } from "./security-info.ts";
import { settings } from "./settings.ts";
import { shutDownDevice } from "./shut-down-device.ts";
import { stopMirroring } from "./stop-mirroring.ts";
import { unlockUserAccount } from "./unlock-user-account.ts";
import { userList } from "./user-list.ts";
import { validateApplications } from "./validate-applications.ts";

export const commandKinds: Readonly<Record<CommandName, CommandKind>> = {
  AccountConfiguration: accountConfiguration,
  ActivationLockBypassCode: activationLockBypassCode,
  CertificateList: certificateList,
  ClearActivationLockBypassCode: clearActivationLockBypassCode,
  ClearPasscode: clearPasscode,
  CustomCommand: customCommand,
  DeclarativeManagement: declarativeManagement,
  DeleteUser: deleteUser,
  DeviceConfigured: deviceConfigured,
  DeviceInformation: deviceInformation,
  DeviceLocation: deviceLocation,
  DeviceLock: deviceLock,
  DisableLostMode: disableLostMode,
  DisableRemoteDesktop: disableRemoteDesktop,
  EnableLostMode: enableLostMode,
  EnableRemoteDesktop: enableRemoteDesktop,
  EraseDevice: eraseDevice,
  InstallEnterpriseApplication: installEnterpriseApplication,
  InstallProfile: installProfile,
  InstallProvisioningProfile: installProvisioningProfile,
  InstalledApplicationList: installedApplicationList,
  InviteToProgram: inviteToProgram,
  LogOutUser: logOutUser,
  ManagedApplicationList: managedApplicationList,
  PlayLostModeSound: playLostModeSound,
  ProfileList: profileList,
  ProvisioningProfileList: provisioningProfileList,
  Reenroll: reenroll,
  RefreshCellularPlans: refreshCellularPlans,
  RemoveProfile: removeProfile,
  RemoveProvisioningProfile: removeProvisioningProfile,
  RequestMirroring: requestMirroring,
  RestartDevice: restartDevice,
  Restrictions: restrictions,
  SecurityInfo: securityInfo,
  Settings: settings,
  ShutDownDevice: shutDownDevice,
  StopMirroring: stopMirroring,
  UnlockUserAccount: unlockUserAccount,
  UserList: userList,
  ValidateApplications: validateApplications,
};

/** What only a plan can fill in: the renewal of an identity, and what desired state delivers. */
const plannedNames: readonly CommandName[] = [
  "DeclarativeManagement",
  "InstallEnterpriseApplication",
  "Reenroll",
];

/** What operators may ask for. */
export const orderableNames: readonly CommandName[] = commandNames.filter(
  (name) => !plannedNames.includes(name),
);

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
