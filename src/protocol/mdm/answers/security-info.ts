import { booleanAt, bytesAt, dictionaryAt, integerAt, stringAt } from "../../plist/access.ts";
import { emptyDictionary, type PlistDictionary } from "../../plist/value.ts";
import { type JsonObject, plistToJsonObject } from "../json.ts";
import { textAt } from "../text.ts";

/** How the device came under management. Null: not reported. */
export type ManagementStatus = {
  readonly isEnrolledViaDep: boolean | null;
  readonly isUserApprovedEnrollment: boolean | null;
  readonly isUserEnrollment: boolean | null;
  readonly isActivationLockManageable: boolean | null;
};

/** What a Mac uses its bootstrap token for. Null: not reported, not supported. */
export type BootstrapTokenFacts = {
  readonly isAllowedForAuthentication: boolean | null;
  readonly isRequiredForSoftwareUpdate: boolean | null;
  readonly isRequiredForKernelExtensionApproval: boolean | null;
};

/** The firmware password of an Intel Mac. */
export type FirmwarePasswordStatus = {
  readonly passwordExists: boolean | null;
  readonly isChangePending: boolean | null;
};

/** How a device protects itself. Null: not reported, or malformed. */
export type SecurityInfo = {
  readonly managementStatus: ManagementStatus;
  readonly bootstrapToken: BootstrapTokenFacts;
  /** Null when the device reports no such dictionary: it has no firmware password at all. */
  readonly firmwarePassword: FirmwarePasswordStatus | null;
  readonly isRecoveryLockEnabled: boolean | null;
  readonly isFileVaultEnabled: boolean | null;
  readonly hasPersonalRecoveryKey: boolean | null;
  readonly hasInstitutionalRecoveryKey: boolean | null;
  /**
   * The personal recovery key, encrypted for the escrow certificate (CMS). A secret of the device: not in
   * `json`.
   */
  readonly personalRecoveryKeyCms: Buffer | null;
  readonly isPasscodePresent: boolean | null;
  readonly isPasscodeCompliant: boolean | null;
  readonly isPasscodeCompliantWithProfiles: boolean | null;
  /** Bit 1: blocks, bit 2: files. Both set: 3. */
  readonly hardwareEncryptionCaps: number | null;
  readonly isSystemIntegrityProtectionEnabled: boolean | null;
  readonly isFirewallEnabled: boolean | null;
  readonly secureBootLevel: string | null;
  readonly isRemoteDesktopEnabled: boolean | null;
  /** The whole answer but the recovery key, for storing. */
  readonly json: JsonObject;
};

/**
 * Decodes the answer to SecurityInfo.
 *
 * @param response The whole report. Malformed members read as not reported.
 * @returns Null when the answer is absent or empty (protocol.md 9.2): nothing is known, so nothing may be
 *   overwritten.
 * @see https://developer.apple.com/documentation/devicemanagement/securityinforesponse
 */
export function decodeSecurityInfo(response: PlistDictionary): SecurityInfo | null {
  const info = dictionaryAt(response, "SecurityInfo");
  if (info === null || Object.keys(info).length === 0) return null;
  return {
    managementStatus: decodeManagementStatus(dictionaryAt(info, "ManagementStatus") ?? emptyDictionary()),
    bootstrapToken: decodeBootstrapTokenFacts(info),
    firmwarePassword: decodeFirmwarePassword(dictionaryAt(info, "FirmwarePasswordStatus")),
    isRecoveryLockEnabled: booleanAt(info, "IsRecoveryLockEnabled"),
    ...decodeFileVault(info),
    ...decodePasscode(info),
    ...decodeProtection(info),
    json: plistToJsonObject(info, ["FDE_PersonalRecoveryKeyCMS"]),
  };
}

function decodeManagementStatus(status: PlistDictionary): ManagementStatus {
  return {
    isEnrolledViaDep: booleanAt(status, "EnrolledViaDEP"),
    isUserApprovedEnrollment: booleanAt(status, "UserApprovedEnrollment"),
    isUserEnrollment: booleanAt(status, "IsUserEnrollment"),
    isActivationLockManageable: booleanAt(status, "IsActivationLockManageable"),
  };
}

function decodeBootstrapTokenFacts(info: PlistDictionary): BootstrapTokenFacts {
  return {
    isAllowedForAuthentication: permissionAt(info, "BootstrapTokenAllowedForAuthentication"),
    isRequiredForSoftwareUpdate: permissionAt(info, "BootstrapTokenRequiredForSoftwareUpdate"),
    isRequiredForKernelExtensionApproval: permissionAt(
      info,
      "BootstrapTokenRequiredForKernelExtensionApproval",
    ),
  };
}

/** Apple's schema has a word here and a boolean there, and systems differ; both are understood everywhere. */
function permissionAt(info: PlistDictionary, key: string): boolean | null {
  const word = stringAt(info, key);
  if (word === "allowed") return true;
  return word === "disallowed" ? false : booleanAt(info, key);
}

function decodeFirmwarePassword(status: PlistDictionary | null): FirmwarePasswordStatus | null {
  if (status === null) return null;
  return {
    passwordExists: booleanAt(status, "PasswordExists"),
    isChangePending: booleanAt(status, "ChangePending"),
  };
}

function decodeFileVault(info: PlistDictionary) {
  return {
    isFileVaultEnabled: booleanAt(info, "FDE_Enabled"),
    hasPersonalRecoveryKey: booleanAt(info, "FDE_HasPersonalRecoveryKey"),
    hasInstitutionalRecoveryKey: booleanAt(info, "FDE_HasInstitutionalRecoveryKey"),
    personalRecoveryKeyCms: bytesAt(info, "FDE_PersonalRecoveryKeyCMS"),
  };
}

function decodePasscode(info: PlistDictionary) {
  return {
    isPasscodePresent: booleanAt(info, "PasscodePresent"),
    isPasscodeCompliant: booleanAt(info, "PasscodeCompliant"),
    isPasscodeCompliantWithProfiles: booleanAt(info, "PasscodeCompliantWithProfiles"),
    hardwareEncryptionCaps: integerAt(info, "HardwareEncryptionCaps"),
  };
}

function decodeProtection(info: PlistDictionary) {
  const firewall = dictionaryAt(info, "FirewallSettings") ?? emptyDictionary();
  const secureBoot = dictionaryAt(info, "SecureBoot") ?? emptyDictionary();
  return {
    isSystemIntegrityProtectionEnabled: booleanAt(info, "SystemIntegrityProtectionEnabled"),
    isFirewallEnabled: booleanAt(firewall, "FirewallEnabled"),
    secureBootLevel: textAt(secureBoot, "SecureBootLevel"),
    isRemoteDesktopEnabled: booleanAt(info, "RemoteDesktopEnabled"),
  };
}
