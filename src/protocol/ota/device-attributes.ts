// What a device says about itself while it enrolls, before it has an identity of ours: the attributes of OTA
// phases 2 and 3, and the machine info of automated and account-driven enrollment. Both come signed; the
// caller has verified the signature. Serial number and UDID are required, everything else reads as null when
// it is malformed.
import type { OsVersion } from "../mdm/os-version.ts";
import { parseOsVersion, unknownOsVersion } from "../mdm/os-version.ts";
import { inferPlatformFromProduct, type Platform } from "../mdm/platform.ts";
import { textAt } from "../mdm/text.ts";
import { booleanAt } from "../plist/access.ts";
import { readPlistDictionary } from "../plist/read.ts";
import type { PlistDictionary } from "../plist/value.ts";

/** The attributes posted in OTA phases 2 and 3. */
export type DeviceAttributes = {
  readonly serialNumber: string;
  readonly udid: string;
  /** The secret given in phase 1. Phase 2 must have it; phase 3 proves itself by its certificate. */
  readonly challenge: string | null;
  readonly product: string | null;
  /** A build such as `22A380`, in spite of the key's name `VERSION`. */
  readonly buildVersion: string | null;
  readonly imei: string | null;
  readonly meid: string | null;
  readonly deviceName: string | null;
  /** The platform of `product`; null when it tells none. */
  readonly platform: Platform | null;
  readonly raw: PlistDictionary;
};

/** The machine info of a device in Setup Assistant (protocol.md 1.9, step 2). */
export type MachineInfo = {
  readonly serialNumber: string;
  readonly udid: string;
  readonly product: string;
  readonly platform: Platform | null;
  /** As sent; null when absent, as before iOS 17 and macOS 14. */
  readonly osVersionText: string | null;
  /** Comparable, supplement included; 0.0.0 when absent. */
  readonly osVersion: OsVersion;
  readonly supplementalOsVersionExtra: string | null;
  /** From the key `VERSION`. */
  readonly buildVersion: string | null;
  readonly supplementalBuildVersion: string | null;
  readonly canRequestSoftwareUpdate: boolean;
  readonly softwareUpdateDeviceId: string | null;
  readonly language: string | null;
  readonly raw: PlistDictionary;
};

/** Why the attributes of a device were refused. */
export type DeviceAttributesErrorCode =
  | "device_attributes_serial_missing"
  | "device_attributes_udid_missing"
  | "device_attributes_product_missing";

/** Attributes that do not name the device. */
export class DeviceAttributesError extends Error {
  readonly code: DeviceAttributesErrorCode;

  constructor(code: DeviceAttributesErrorCode, field: string) {
    super(`Cannot find "${field}" in the attributes of the device`);
    this.name = "DeviceAttributesError";
    this.code = code;
  }
}

/** Bytes of a signed enrollment request: a page of attributes, and a handful of certificates. */
export const deviceAttributesBodyBytesMax = 256 * 1024;

/**
 * Decodes the attributes a device posts in OTA phases 2 and 3.
 *
 * @param content The content of the verified CMS message, a plist.
 * @throws {PlistError} As `readPlistDictionary`.
 * @throws {DeviceAttributesError} `device_attributes_serial_missing`, `device_attributes_udid_missing`.
 */
export function decodeDeviceAttributes(content: Uint8Array): DeviceAttributes {
  const raw = readPlistDictionary(content);
  const product = textAt(raw, "PRODUCT");
  return {
    ...decodeHardware(raw),
    challenge: textAt(raw, "CHALLENGE"),
    product,
    buildVersion: textAt(raw, "VERSION"),
    imei: textAt(raw, "IMEI"),
    meid: textAt(raw, "MEID"),
    deviceName: textAt(raw, "DEVICE_NAME"),
    platform: product === null ? null : inferPlatformFromProduct(product),
    raw,
  };
}

/**
 * Decodes the machine info a device sends from Setup Assistant.
 *
 * @param content The content of the verified CMS message, a plist.
 * @throws {PlistError} As `readPlistDictionary`.
 * @throws {DeviceAttributesError} Each of {@link DeviceAttributesErrorCode}.
 * @see https://developer.apple.com/documentation/devicemanagement/machineinfo
 */
export function decodeMachineInfo(content: Uint8Array): MachineInfo {
  const raw = readPlistDictionary(content);
  const product = textAt(raw, "PRODUCT");
  if (product === null) throw new DeviceAttributesError("device_attributes_product_missing", "PRODUCT");
  const osVersionText = textAt(raw, "OS_VERSION");
  const supplementalOsVersionExtra = textAt(raw, "SUPPLEMENTAL_OS_VERSION_EXTRA");
  return {
    ...decodeHardware(raw),
    product,
    platform: inferPlatformFromProduct(product),
    osVersionText,
    osVersion:
      osVersionText === null ? unknownOsVersion : parseOsVersion(osVersionText, supplementalOsVersionExtra),
    supplementalOsVersionExtra,
    buildVersion: textAt(raw, "VERSION"),
    supplementalBuildVersion: textAt(raw, "SUPPLEMENTAL_BUILD_VERSION"),
    canRequestSoftwareUpdate: booleanAt(raw, "MDM_CAN_REQUEST_SOFTWARE_UPDATE") ?? false,
    softwareUpdateDeviceId: textAt(raw, "SOFTWARE_UPDATE_DEVICE_ID"),
    language: textAt(raw, "LANGUAGE"),
    raw,
  };
}

function decodeHardware(raw: PlistDictionary): { serialNumber: string; udid: string } {
  const serialNumber = textAt(raw, "SERIAL");
  if (serialNumber === null) throw new DeviceAttributesError("device_attributes_serial_missing", "SERIAL");
  const udid = textAt(raw, "UDID");
  if (udid === null) throw new DeviceAttributesError("device_attributes_udid_missing", "UDID");
  return { serialNumber, udid };
}
