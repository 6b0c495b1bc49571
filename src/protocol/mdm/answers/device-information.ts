import {
  booleanAt,
  dictionariesAt,
  dictionaryAt,
  numberAt,
  stringAt,
  stringsAt,
} from "../../plist/access.ts";
import type { PlistDictionary } from "../../plist/value.ts";
import { type JsonObject, plistToJsonObject } from "../json.ts";
import { textAt } from "../text.ts";
import { inferPlatform, type Platform } from "../platform.ts";

/** An administrator account that the setup assistant made on a Mac. */
export type AutoSetupAdminAccount = { readonly guid: string | null; readonly shortName: string | null };

/**
 * What a device tells about itself. Null: not reported, or malformed. Capacities are decimal gigabytes, as
 * sent.
 */
export type DeviceInformation = {
  readonly udid: string | null;
  readonly serialNumber: string | null;
  readonly deviceName: string | null;
  readonly hostName: string | null;
  readonly localHostName: string | null;
  readonly modelName: string | null;
  /** The model identifier, such as `Mac14,2`: `ProductName`, else `Model`. */
  readonly model: string | null;
  readonly platform: Platform | null;
  /** Empty when not reported, as are the three below (protocol.md 4.6). */
  readonly osVersion: string;
  readonly osVersionExtra: string;
  readonly buildVersion: string;
  /** Empty too when the supplemental build is the build itself. */
  readonly buildVersionExtra: string;
  readonly softwareUpdateDeviceId: string | null;
  readonly isAwaitingConfiguration: boolean | null;
  readonly isSupervised: boolean | null;
  readonly isAppleSilicon: boolean | null;
  readonly isActivationLockSupported: boolean | null;
  readonly isMultiUser: boolean | null;
  readonly deviceCapacity: number | null;
  readonly availableDeviceCapacity: number | null;
  /** From 0 to 1; Apple sends -1 when it is unknown. */
  readonly batteryLevel: number | null;
  readonly wifiMac: string | null;
  readonly bluetoothMac: string | null;
  readonly ethernetMac: string | null;
  readonly timeZone: string | null;
  readonly activeManagedUsers: readonly string[] | null;
  /** An empty list means that the account is gone; null that nothing was said about it. */
  readonly autoSetupAdminAccounts: readonly AutoSetupAdminAccount[] | null;
  /** Apple's attestation, the leaf certificate first; null when not asked for or not given. */
  readonly devicePropertiesAttestation: readonly Buffer[] | null;
  /** All query responses, for storing. */
  readonly json: JsonObject;
};

/**
 * Decodes the answer to DeviceInformation.
 *
 * @param response The whole report. Malformed members read as not reported.
 * @returns Null when there are no query responses: nothing is known, so nothing may be overwritten.
 * @see https://developer.apple.com/documentation/devicemanagement/deviceinformationresponse
 */
export function decodeDeviceInformation(response: PlistDictionary): DeviceInformation | null {
  const answers = dictionaryAt(response, "QueryResponses");
  if (answers === null || Object.keys(answers).length === 0) return null;
  return {
    ...decodeIdentity(answers),
    ...decodeSystem(answers),
    ...decodeState(answers),
    ...decodeHardware(answers),
    activeManagedUsers: stringsAt(answers, "ActiveManagedUsers"),
    autoSetupAdminAccounts: decodeAdminAccounts(answers),
    devicePropertiesAttestation: decodeAttestation(answers),
    json: plistToJsonObject(answers),
  };
}

function decodeIdentity(answers: PlistDictionary) {
  return {
    udid: textAt(answers, "UDID"),
    serialNumber: textAt(answers, "SerialNumber"),
    deviceName: textAt(answers, "DeviceName"),
    hostName: textAt(answers, "HostName"),
    localHostName: textAt(answers, "LocalHostName"),
    timeZone: textAt(answers, "TimeZone"),
  };
}

function decodeSystem(answers: PlistDictionary) {
  const productName = textAt(answers, "ProductName");
  const model = textAt(answers, "Model");
  const osVersion = textAt(answers, "OSVersion");
  const buildVersion = textAt(answers, "BuildVersion") ?? "";
  const supplementalBuild = textAt(answers, "SupplementalBuildVersion") ?? "";
  return {
    modelName: textAt(answers, "ModelName"),
    model: productName ?? model,
    platform: inferPlatform({ productName, model, osVersion }),
    osVersion: osVersion ?? "",
    osVersionExtra: textAt(answers, "SupplementalOSVersionExtra") ?? "",
    buildVersion,
    buildVersionExtra: supplementalBuild === buildVersion ? "" : supplementalBuild,
    softwareUpdateDeviceId: textAt(answers, "SoftwareUpdateDeviceID"),
  };
}

function decodeState(answers: PlistDictionary) {
  return {
    isAwaitingConfiguration: booleanAt(answers, "AwaitingConfiguration"),
    isSupervised: booleanAt(answers, "IsSupervised"),
    isAppleSilicon: booleanAt(answers, "IsAppleSilicon"),
    isActivationLockSupported: booleanAt(answers, "IsActivationLockSupported"),
    isMultiUser: booleanAt(answers, "IsMultiUser"),
  };
}

function decodeHardware(answers: PlistDictionary) {
  return {
    deviceCapacity: numberAt(answers, "DeviceCapacity"),
    availableDeviceCapacity: numberAt(answers, "AvailableDeviceCapacity"),
    batteryLevel: numberAt(answers, "BatteryLevel"),
    wifiMac: textAt(answers, "WiFiMAC"),
    bluetoothMac: textAt(answers, "BluetoothMAC"),
    ethernetMac: textAt(answers, "EthernetMAC"),
  };
}

function decodeAdminAccounts(answers: PlistDictionary): AutoSetupAdminAccount[] | null {
  const accounts = dictionariesAt(answers, "AutoSetupAdminAccounts");
  return (
    accounts?.map((account) => ({
      guid: stringAt(account, "GUID"),
      shortName: stringAt(account, "shortName"),
    })) ?? null
  );
}

function decodeAttestation(answers: PlistDictionary): Buffer[] | null {
  const chain = answers["DevicePropertiesAttestation"];
  if (!Array.isArray(chain) || chain.length === 0) return null;
  // A chain with a hole proves nothing, so one malformed certificate voids it.
  return chain.every((certificate) => Buffer.isBuffer(certificate)) ? chain : null;
}
