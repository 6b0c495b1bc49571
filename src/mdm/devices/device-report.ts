/** What answers say of a device, as patches of its row (protocol specification 4.4 and 9.2). */
import type { DeviceInformation } from "#protocol/mdm/answers/device-information.ts";
import type { SecurityInfo } from "#protocol/mdm/answers/security-info.ts";
import { type DevicePatch, storableText } from "./device.ts";

/**
 * DeviceInformation: names and versions as reported, absent ones emptied; platform, Apple silicon and supervision only
 * when reported (4.4).
 */
export function deviceInformationPatch(information: DeviceInformation, at: Date): DevicePatch {
  const { platform, isAppleSilicon, isSupervised } = information;
  return {
    name: information.deviceName === null ? null : storableText(information.deviceName),
    model: information.model === null ? null : storableText(information.model),
    osVersion: storableText(information.osVersion),
    osVersionExtra: storableText(information.osVersionExtra),
    buildVersion: storableText(information.buildVersion),
    buildVersionExtra: storableText(information.buildVersionExtra),
    awaitingConfiguration: information.isAwaitingConfiguration,
    ...(platform === null ? {} : { platform }),
    ...(isAppleSilicon === null ? {} : { appleSilicon: isAppleSilicon }),
    ...(isSupervised === null ? {} : { supervised: isSupervised }),
    deviceInformationUpdatedAt: at,
  };
}

/**
 * SecurityInfo: how the device is managed, only where reported, so that a silent device keeps what its enrollment said;
 * the three bootstrap token facts as reported, absent ones unknown (9.2).
 */
export function securityInfoPatch(security: SecurityInfo, at: Date): DevicePatch {
  const { managementStatus, bootstrapToken } = security;
  return {
    ...whenReported("depEnrollment", managementStatus.isEnrolledViaDep),
    ...whenReported("userEnrollment", managementStatus.isUserEnrollment),
    ...whenReported("userApprovedEnrollment", managementStatus.isUserApprovedEnrollment),
    ...whenReported("activationLockManageable", managementStatus.isActivationLockManageable),
    ...whenReported("filevaultEnabled", security.isFileVaultEnabled),
    bootstrapTokenAllowedForAuthentication: bootstrapToken.isAllowedForAuthentication,
    bootstrapTokenRequiredForSoftwareUpdate: bootstrapToken.isRequiredForSoftwareUpdate,
    bootstrapTokenRequiredForKextApproval: bootstrapToken.isRequiredForKernelExtensionApproval,
    securityInfoUpdatedAt: at,
  };
}

function whenReported(member: keyof DevicePatch, value: boolean | null): DevicePatch {
  return value === null ? {} : { [member]: value };
}
