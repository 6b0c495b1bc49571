/** The information property list of an app archive (desired-state 6.1). */
import { nonEmptyStringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { PlistError, type PlistDictionary } from "#protocol/plist/value.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import { type PackageFacts, PackageFileError } from "./package.ts";

const requiredKeys = [
  "CFBundleExecutable",
  "CFBundleIdentifier",
  "CFBundleShortVersionString",
  "CFBundleVersion",
  "DTPlatformName",
] as const;

/** UIDeviceFamily. */
const platformsByFamily = new Map<number, Platform>([
  [1, "iOS"],
  [2, "iPadOS"],
  [3, "tvOS"],
]);

/** Reads it, XML or binary. @throws {PackageFileError} */
export function readIpaInfo(bytes: Uint8Array): PackageFacts {
  const info = readInfo(bytes);
  const [name, id, shortVersion, version, platformName] = requiredKeys.map(
    (key) => nonEmptyStringAt(info, key) ?? "",
  ) as [string, string, string, string, string];
  const missing = requiredKeys.filter((key) => nonEmptyStringAt(info, key) === null);
  if (missing.length > 0) throw new PackageFileError(`Missing Info.plist keys: ${missing.join(", ")}`);
  return {
    name,
    productId: id,
    productVersion: shortVersion,
    bundles: [{ id, version_str: shortVersion, version }],
    platforms: readPlatforms(info),
    platformIdentifier: `com.apple.platform.${platformName}`,
    signature: null,
  };
}

function readInfo(bytes: Uint8Array): PlistDictionary {
  try {
    return readPlistDictionary(bytes);
  } catch (error) {
    if (!(error instanceof PlistError)) throw error;
    throw new PackageFileError("Could not read Info.plist", { cause: error });
  }
}

/** A number or a list of them; some build tools write numbers as text. */
function readPlatforms(info: PlistDictionary): Platform[] {
  const families = info["UIDeviceFamily"];
  if (families === undefined) throw new PackageFileError("Missing Info.plist keys: UIDeviceFamily");
  const known = (Array.isArray(families) ? families : [families]).flatMap((family) => {
    const platform = platformsByFamily.get(Number(family));
    return platform === undefined ? [] : [platform];
  });
  if (known.length === 0) throw new PackageFileError("Unknown UIDeviceFamily");
  return [...new Set(known)];
}
