/** Reads what a product archive (.pkg) or an app archive (.ipa) says of itself (desired-state 6.1). */
import { readXarArchive, readXarEntry, type XarSignature } from "#platform/archive/xar.ts";
import { ArchiveError, type RangeSteps } from "#platform/archive/ranges.ts";
import { readZipDirectory, readZipEntry, type ZipEntry } from "#platform/archive/zip.ts";
import { type PackageFacts, PackageFileError, type PackageType } from "./package.ts";
import { readDistribution } from "./package-distribution.ts";
import { readIpaInfo } from "./package-ipa-info.ts";
import { readPackageSignature } from "./package-signature.ts";

/** A Distribution lists every bundle of a package; an information property list is small. */
export const packageInfoBytesMax = 4 * 1024 * 1024;

/** The extensions of packages, compared exactly. */
export const packageExtensions = [".pkg", ".ipa"] as const;

/** The type that a name's extension says, which is one of {@link packageExtensions}. */
export function packageTypeOf(filename: string): PackageType {
  return filename.endsWith(".ipa") ? "IPA" : "PKG";
}

/** Reads a file of `size` bytes. @throws {PackageFileError} */
export function* readPackageFile(size: number, type: PackageType): RangeSteps<PackageFacts> {
  return type === "PKG" ? yield* readPkg(size) : yield* readIpa(size);
}

/** A component package has no Distribution: the installer of a device refuses it, and so do we. */
function* readPkg(size: number): RangeSteps<PackageFacts> {
  const { bytes, signature } = yield* explaining(
    "Could not read Distribution file",
    readProductArchive(size),
  );
  return {
    ...readDistribution(bytes),
    signature: signature === null ? null : readPackageSignature(signature),
  };
}

function* readProductArchive(
  size: number,
): RangeSteps<{ readonly bytes: Buffer; readonly signature: XarSignature | null }> {
  const { entries, signature } = yield* readXarArchive(size);
  const entry = entries.find(({ path }) => path === "Distribution");
  if (entry === undefined) throw new PackageFileError("Could not read Distribution file");
  return { bytes: yield* readXarEntry(size, entry, { bytesMax: packageInfoBytesMax }), signature };
}

function* readIpa(size: number): RangeSteps<PackageFacts> {
  const entries = yield* explaining("Invalid IPA file", readZipDirectory(size));
  const entry = findInfoPlist(entries);
  if (entry === null) throw new PackageFileError("Missing Info.plist");
  const read = readZipEntry(size, entry, { bytesMax: packageInfoBytesMax });
  return readIpaInfo(yield* explaining("Could not read Info.plist", read));
}

/** The app's own; else the first that is called so, as the reference takes it: that one may be of a framework. */
function findInfoPlist(entries: readonly ZipEntry[]): ZipEntry | null {
  const own = entries.find(({ name }) => /^Payload\/[^/]+\.app\/Info\.plist$/.test(name));
  return own ?? entries.find(({ name }) => name.endsWith("Info.plist")) ?? null;
}

function* explaining<T>(message: string, steps: RangeSteps<T>): RangeSteps<T> {
  try {
    return yield* steps;
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new PackageFileError(message, { cause: error });
  }
}
