/** The types that every fleet uses: where they are, what they begin with, and which keys come first. */
import { featuredTexts } from "../../texts/payloads.ts";
import type { DocumentKind } from "./build-document.ts";
import type { FormValue } from "./form-value.ts";

export type Featured = {
  readonly id: keyof typeof featuredTexts;
  readonly kind: DocumentKind;
  readonly type: string;
  /** Shown first, in this order. */
  readonly common: readonly string[];
  readonly initial?: FormValue;
};

export const featured: readonly Featured[] = [
  {
    id: "passcode",
    kind: "declaration",
    type: "com.apple.configuration.passcode.settings",
    common: [
      "RequirePasscode",
      "MinimumLength",
      "RequireAlphanumericPasscode",
      "RequireComplexPasscode",
      "MinimumComplexCharacters",
      "MaximumFailedAttempts",
      "MaximumInactivityInMinutes",
      "MaximumPasscodeAgeInDays",
      "PasscodeReuseLimit",
    ],
  },
  {
    id: "restrictions",
    kind: "profile",
    type: "com.apple.applicationaccess",
    common: [
      "allowAirDrop",
      "allowAppInstallation",
      "allowCamera",
      "allowScreenShot",
      "allowCloudDocumentSync",
      "allowCloudKeychainSync",
      "allowEraseContentAndSettings",
      "allowPasswordSharing",
      "allowUSBRestrictedMode",
      "forceEncryptedBackup",
      "allowOpenFromManagedToUnmanaged",
      "allowOpenFromUnmanagedToManaged",
      "forceDelayedSoftwareUpdates",
      "enforcedSoftwareUpdateDelay",
    ],
  },
  {
    id: "wifi",
    kind: "profile",
    type: "com.apple.wifi.managed",
    common: ["SSID_STR", "EncryptionType", "Password", "AutoJoin", "HIDDEN_NETWORK", "ProxyType"],
    initial: { EncryptionType: "WPA2" },
  },
  {
    id: "filevault",
    kind: "profile",
    type: "com.apple.MCX.FileVault2",
    common: [
      "Enable",
      "Defer",
      "DeferForceAtUserLoginMaxBypassAttempts",
      "UseRecoveryKey",
      "ShowRecoveryKey",
      "ForceEnableInSetupAssistant",
    ],
    initial: { Enable: "On", Defer: true, ShowRecoveryKey: false },
  },
  {
    id: "pppc",
    kind: "profile",
    type: "com.apple.TCC.configuration-profile-policy",
    common: ["Services"],
  },
  {
    id: "systemExtensions",
    kind: "profile",
    type: "com.apple.system-extension-policy",
    common: [
      "AllowedTeamIdentifiers",
      "AllowedSystemExtensions",
      "AllowUserOverrides",
      "NonRemovableFromUISystemExtensions",
    ],
  },
  {
    id: "loginItems",
    kind: "profile",
    type: "com.apple.servicemanagement",
    common: ["Rules"],
    initial: { Rules: [{}] },
  },
  {
    id: "firewall",
    kind: "profile",
    type: "com.apple.security.firewall",
    common: ["EnableFirewall", "BlockAllIncoming", "EnableStealthMode", "AllowSigned", "AllowSignedApp"],
    initial: { EnableFirewall: true },
  },
  {
    id: "softwareUpdate",
    kind: "declaration",
    type: "com.apple.configuration.softwareupdate.settings",
    common: ["AutomaticActions", "Deferrals", "Notifications", "AllowStandardUserOSUpdates"],
  },
  {
    id: "managedApp",
    kind: "declaration",
    type: "com.apple.configuration.app.managed",
    common: ["AppStoreID", "BundleID", "ManifestURL", "InstallBehavior", "UpdateBehavior"],
  },
];

/** Keys that come first in large dictionaries, by the dictionary. */
export const commonInside: Readonly<Record<string, readonly string[]>> = {
  Services: [
    "SystemPolicyAllFiles",
    "Accessibility",
    "ScreenCapture",
    "AppleEvents",
    "SystemPolicyDesktopFolder",
    "SystemPolicyDocumentsFolder",
    "SystemPolicyDownloadsFolder",
  ],
  EAPClientConfiguration: ["AcceptEAPTypes", "UserName", "UserPassword", "TLSTrustedServerNames"],
};

/** What is known of a type beyond the schema; null for most. */
export function findFeatured(kind: DocumentKind, type: string): Featured | null {
  return featured.find((each) => each.kind === kind && each.type === type) ?? null;
}
