/** Answers about the device itself: DeviceInformation and SecurityInfo, as each platform gives them. */
import { booleanAt, stringAt, stringsAt } from "#protocol/plist/access.ts";
import { Real } from "#protocol/plist/value.ts";
import type { PlistDictionary, PlistWritable } from "#protocol/plist/value.ts";
import type { DeviceFacts } from "./device-facts.ts";
import { acknowledged } from "./device-state.ts";
import type { CommandAnswer, DeviceState } from "./device-state.ts";

type Values = Readonly<Record<string, PlistWritable | undefined>>;

/**
 * Answers DeviceInformation with those of the asked-for values that the platform has; others are left out, as on
 * real devices.
 */
export function answerDeviceInformation(
  facts: DeviceFacts,
  state: DeviceState,
  command: PlistDictionary,
): CommandAnswer {
  const values = { ...commonValues(facts, state), ...platformValues(facts, state) };
  const asked = stringsAt(command, "Queries") ?? Object.keys(values);
  const responses = Object.fromEntries(
    asked.flatMap((query) => {
      const value = (values as Values)[query];
      return value === undefined ? [] : [[query, value]];
    }),
  );
  return acknowledged({ QueryResponses: responses });
}

function commonValues(facts: DeviceFacts, state: DeviceState): Values {
  const gigabytes = [64, 128, 256, 512][facts.number % 4] ?? 128;
  return {
    UDID: facts.udid,
    SerialNumber: facts.serialNumber,
    DeviceName: deviceName(facts, state),
    ProductName: facts.productName,
    Model: facts.productName,
    ModelName: facts.modelName,
    OSVersion: facts.osVersion,
    BuildVersion: facts.buildVersion,
    SupplementalBuildVersion: facts.buildVersion,
    DeviceCapacity: new Real(gigabytes),
    AvailableDeviceCapacity: new Real(gigabytes * 0.625),
    WiFiMAC: facts.wifiMac,
    BluetoothMAC: facts.bluetoothMac,
    IsSupervised: state.managed.isSupervised,
    AwaitingConfiguration: state.managed.isAwaitingConfiguration,
    IsMultiUser: false,
    DiagnosticSubmissionEnabled: false,
    AppAnalyticsEnabled: false,
    IsDeviceLocatorServiceEnabled: false,
    IsActivationLockSupported: facts.model !== "AppleTV",
    MDMOptions: { BootstrapTokenAllowed: state.bootstrapToken !== null },
    TimeZone: "Europe/Berlin",
    SoftwareUpdateDeviceID: facts.productName,
  };
}

/** The name a Settings command gave it, or that of its owner. */
function deviceName(facts: DeviceFacts, state: DeviceState): string {
  const setting = state.managed.settings.get("DeviceName");
  return (setting === undefined ? null : stringAt(setting, "DeviceName")) ?? facts.deviceName;
}

function platformValues(facts: DeviceFacts, state: DeviceState): Values {
  if (facts.model === "Mac") return macValues(facts);
  if (facts.model === "AppleTV") return { iTunesStoreAccountIsActive: false };
  const phone = facts.model === "iPhone";
  return {
    BatteryLevel: new Real(0.2 + (facts.number % 8) / 10),
    IsCloudBackupEnabled: facts.number % 2 === 0,
    IsDoNotDisturbInEffect: false,
    IsMDMLostModeEnabled: state.managed.lostMode !== null,
    iTunesStoreAccountIsActive: true,
    CellularTechnology: phone ? 3 : 0,
    ModemFirmwareVersion: phone ? "3.10.04" : undefined,
    DataRoamingEnabled: phone ? false : undefined,
    IsRoaming: phone ? false : undefined,
    PersonalHotspotEnabled: phone ? false : undefined,
    ServiceSubscriptions: phone ? [subscription(facts)] : undefined,
    AccessibilitySettings: { BoldTextEnabled: false, TextSize: 3 },
  };
}

function subscription(facts: DeviceFacts): Values {
  return {
    IMEI: facts.imei ?? "",
    MEID: facts.meid ?? "",
    Slot: "CTSubscriptionSlotOne",
    Label: "Primary",
    IsDataPreferred: true,
    IsVoicePreferred: true,
    CurrentMCC: "262",
    CurrentMNC: "02",
  };
}

function macValues(facts: DeviceFacts): Values {
  const host = `${facts.modelName.replaceAll(" ", "-")}-${facts.number}`;
  return {
    HostName: `${host}.local`,
    LocalHostName: host,
    IsAppleSilicon: true,
    SupportsiOSAppInstalls: true,
    SupportsLOMDevice: false,
    SystemIntegrityProtectionEnabled: true,
    PINRequiredForDeviceLock: true,
    PINRequiredForEraseDevice: false,
    BatteryLevel: facts.modelName.includes("Book") ? new Real(0.87) : undefined,
    EthernetMAC: facts.bluetoothMac,
    ProvisioningUDID: `00008112-${facts.bytes("provisioning", 8).toString("hex").toUpperCase()}`,
    ActiveManagedUsers: facts.user === null ? [] : [facts.user.userId],
    AutoSetupAdminAccounts: [],
    OSUpdateSettings: {
      AutoCheckEnabled: true,
      AutomaticAppInstallationEnabled: true,
      AutomaticOSInstallationEnabled: false,
      AutomaticSecurityUpdatesEnabled: true,
      BackgroundDownloadEnabled: true,
      CatalogURL: "https://swscan.apple.com/content/catalogs/others/index-1.sucatalog",
      IsDefaultCatalog: true,
      PerformPeriodicCheck: true,
      PreviousScanDate: new Date("2026-03-01T09:00:00Z"),
      PreviousScanResult: 0,
    },
  };
}

/** Answers SecurityInfo. */
export function answerSecurityInfo(facts: DeviceFacts, state: DeviceState): CommandAnswer {
  const managementStatus = {
    EnrolledViaDEP: state.managed.isAutomated,
    IsUserEnrollment: false,
    UserApprovedEnrollment: true,
    IsActivationLockManageable: false,
  };
  const info = facts.model === "Mac" ? macSecurity(state) : mobileSecurity(facts);
  return acknowledged({ SecurityInfo: { ...info, ManagementStatus: managementStatus } });
}

function macSecurity(state: DeviceState): Values {
  const hasToken = state.bootstrapToken !== null;
  return {
    FDE_Enabled: false,
    FDE_HasInstitutionalRecoveryKey: false,
    FDE_HasPersonalRecoveryKey: false,
    FirewallSettings: {
      FirewallEnabled: true,
      BlockAllIncoming: false,
      StealthMode: false,
      AllowSigned: true,
      AllowSignedApp: true,
      Applications: [],
    },
    SecureBoot: {
      SecureBootLevel: "full",
      ExternalBootLevel: "not supported",
      ReducedSecurity: { AllowsAnyAppleSignedOS: false, AllowsMDM: false, AllowsUserKextApproval: false },
    },
    SystemIntegrityProtectionEnabled: true,
    AuthenticatedRootVolumeEnabled: true,
    BootstrapTokenAllowedForAuthentication: hasToken ? "allowed" : "disallowed",
    BootstrapTokenRequiredForKernelExtensionApproval: true,
    BootstrapTokenRequiredForSoftwareUpdate: true,
    IsRecoveryLockEnabled: false,
    RemoteDesktopEnabled: state.managed.isRemoteDesktopEnabled,
    PasscodePresent: true,
  };
}

function mobileSecurity(facts: DeviceFacts): Values {
  if (facts.model === "AppleTV") return { HardwareEncryptionCaps: 3, PasscodePresent: false };
  return {
    HardwareEncryptionCaps: 3,
    PasscodePresent: facts.number % 5 !== 0,
    PasscodeCompliant: true,
    PasscodeCompliantWithProfiles: true,
    PasscodeLockGracePeriod: 0,
    PasscodeLockGracePeriodEnforced: 0,
    AutoLockTime: 120,
  };
}

/** Whether a command asks for managed things only. */
export function asksForManagedOnly(command: PlistDictionary): boolean {
  return booleanAt(command, "ManagedOnly") ?? booleanAt(command, "ManagedAppsOnly") ?? false;
}
