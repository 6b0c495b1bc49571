/** DeviceInformation: what a device says of itself. Lands in `devices` and its `device_information`. */
import { decodeDeviceInformation } from "#protocol/mdm/answers/device-information.ts";
import { type CommandKind, commandPriorities, noArguments, onDeviceChannel, unusable } from "./command.ts";

/** The 66 questions of protocol specification 4.4; devices leave out what they do not know. */
export const deviceInformationQueries: readonly string[] = [
  ...["AccessibilitySettings", "ActiveManagedUsers", "AppAnalyticsEnabled", "AutoSetupAdminAccounts"],
  ...["AvailableDeviceCapacity", "AwaitingConfiguration", "BatteryLevel", "BluetoothMAC", "BuildVersion"],
  ...["CellularTechnology", "DataRoamingEnabled", "DeviceCapacity", "DeviceID", "DeviceName"],
  ...["DevicePropertiesAttestation", "DiagnosticSubmissionEnabled", "EASDeviceIdentifier"],
  ...["EstimatedResidentUsers", "EthernetMAC", "HostName", "IsActivationLockSupported", "IsAppleSilicon"],
  ...["IsCloudBackupEnabled", "IsDeviceLocatorServiceEnabled", "IsDoNotDisturbInEffect"],
  ...["IsMDMLostModeEnabled", "IsMultiUser", "IsNetworkTethered", "IsRoaming", "IsSupervised"],
  ...["iTunesStoreAccountHash", "iTunesStoreAccountIsActive", "LastCloudBackupDate", "LocalHostName"],
  ...["ManagedAppleIDDefaultDomains", "MDMOptions", "Model", "ModelName", "ModemFirmwareVersion"],
  ...["OnlineAuthenticationGracePeriod", "OrganizationInfo", "OSUpdateSettings", "OSVersion"],
  ...["PersonalHotspotEnabled", "PINRequiredForDeviceLock", "PINRequiredForEraseDevice", "ProductName"],
  ...["ProvisioningUDID", "QuotaSize", "ResidentUsers", "SerialNumber", "ServiceSubscriptions"],
  ...["SkipLanguageAndLocaleSetupForNewUsers", "SoftwareUpdateDeviceID", "SoftwareUpdateSettings"],
  ...["SupplementalBuildVersion", "SupplementalOSVersionExtra", "SupportsiOSAppInstalls"],
  ...["SupportsLOMDevice", "SystemIntegrityProtectionEnabled", "TemporarySessionOnly"],
  ...["TemporarySessionTimeout", "TimeZone", "UDID", "UserSessionTimeout", "WiFiMAC"],
];

export const deviceInformation: CommandKind = {
  name: "DeviceInformation",
  priority: commandPriorities.inventory,
  reschedulesNotNow: true,
  storesResult: true,
  publicArguments: [],
  secretArguments: [],
  argumentsFor: () => noArguments,
  command: () => ({ RequestType: "DeviceInformation", Queries: deviceInformationQueries }),
  acknowledged: (target, _, answer) =>
    onDeviceChannel(target, () => {
      const information = decodeDeviceInformation(answer);
      // Nothing stored and no timestamp moved: the device has not answered (4.4).
      return information === null
        ? unusable("QueryResponses")
        : [{ kind: "storeDeviceInformation", information }];
    }),
};
