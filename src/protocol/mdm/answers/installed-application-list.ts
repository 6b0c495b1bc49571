import { booleanAt, dictionariesAt, integerAt } from "../../plist/access.ts";
import type { PlistDictionary } from "../../plist/value.ts";
import { type JsonObject, plistToJsonObject } from "../json.ts";
import { textAt } from "../text.ts";

/** An application on a device. Null: not reported, or malformed. Sizes are bytes. */
export type InstalledApplication = {
  readonly identifier: string | null;
  readonly name: string | null;
  readonly shortVersion: string | null;
  readonly version: string | null;
  readonly bundleBytes: number | null;
  readonly dynamicBytes: number | null;
  /** The version of the App Store; null for applications from elsewhere. */
  readonly externalVersionIdentifier: number | null;
  readonly isAdHocCodeSigned: boolean | null;
  readonly isAppStoreVendable: boolean | null;
  readonly isAppClip: boolean | null;
  readonly isBeta: boolean | null;
  readonly isDeviceBasedVpp: boolean | null;
  readonly isValidated: boolean | null;
  readonly hasUpdateAvailable: boolean | null;
  /** Where an installation under way, or gone wrong, stands; null for an application that is simply there. */
  readonly transientState: ApplicationTransientState | null;
  /** The whole entry, for storing. */
  readonly json: JsonObject;
};

/** A state between absent and installed. */
export type ApplicationTransientState = (typeof transientStates)[number];

// Failure first: an entry may keep `Installing` from the attempt that failed.
const transientStates = [
  "DownloadFailed",
  "DownloadCancelled",
  "DownloadPaused",
  "DownloadWaiting",
  "Installing",
] as const;

/**
 * Decodes the answer to InstalledApplicationList.
 *
 * @param response The whole report. Entries that are not dictionaries are left out; malformed members read as
 *   not reported.
 * @returns Null when there is no list: nothing is known, so nothing may be overwritten. Duplicates are kept.
 * @see https://developer.apple.com/documentation/devicemanagement/installedapplicationlistresponse
 */
export function decodeInstalledApplicationList(response: PlistDictionary): InstalledApplication[] | null {
  return dictionariesAt(response, "InstalledApplicationList")?.map(decodeApplication) ?? null;
}

function decodeApplication(entry: PlistDictionary): InstalledApplication {
  return {
    identifier: textAt(entry, "Identifier"),
    name: textAt(entry, "Name"),
    shortVersion: textAt(entry, "ShortVersion"),
    version: textAt(entry, "Version"),
    bundleBytes: integerAt(entry, "BundleSize"),
    dynamicBytes: integerAt(entry, "DynamicSize"),
    externalVersionIdentifier: integerAt(entry, "ExternalVersionIdentifier"),
    isAdHocCodeSigned: booleanAt(entry, "AdHocCodeSigned"),
    isAppStoreVendable: booleanAt(entry, "AppStoreVendable"),
    isAppClip: booleanAt(entry, "IsAppClip"),
    isBeta: booleanAt(entry, "BetaApp"),
    isDeviceBasedVpp: booleanAt(entry, "DeviceBasedVPP"),
    isValidated: booleanAt(entry, "IsValidated"),
    hasUpdateAvailable: booleanAt(entry, "HasUpdateAvailable"),
    transientState: transientStates.find((state) => booleanAt(entry, state) === true) ?? null,
    json: plistToJsonObject(entry),
  };
}
