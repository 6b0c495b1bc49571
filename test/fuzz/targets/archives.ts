/** Installable files: xar and zip archives, and what is read from them. */
import { packageTypeOf, readPackageFile } from "#mdm/artifacts/package-file.ts";
import { readByteRanges } from "#platform/archive/ranges.ts";
import { readZipDirectory } from "#platform/archive/zip.ts";
import { readXarDirectory } from "#platform/archive/xar.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { makeIpa, makePkg, makeZip } from "../../tools/archives.ts";
import { decodeOrNull, type FuzzTarget, promise } from "../target.ts";

const refusals = ["ArchiveError", "PackageFileError"];

function run(input: Buffer): boolean {
  const isXar = input.toString("latin1", 0, 4) === "xar!";
  if (isXar) checkXar(input);
  else checkZip(input);
  const type = packageTypeOf(isXar ? "a.pkg" : "a.ipa");
  const facts = decodeOrNull(refusals, () => readByteRanges(input, (size) => readPackageFile(size, type)));
  if (facts === null) return false;
  const { productId, productVersion, name, platforms } = facts;
  promise(productId !== "" && productVersion !== "" && name !== "", "a package has its facts");
  promise(platforms.length > 0, "a package is for a platform");
  promise(!JSON.stringify(facts).includes("\\u0000"), "what is stored has no zero bytes");
  return true;
}

function checkXar(input: Buffer): void {
  const entries = decodeOrNull(refusals, () => readByteRanges(input, readXarDirectory)) ?? [];
  promise(new Set(entries.map(({ path }) => path)).size === entries.length, "paths are unique");
  for (const { path, data } of entries) {
    promise(!path.split("/").includes(".."), "paths stay inside");
    if (data !== null) promise(data.offset + data.length <= input.length, "data lies inside the file");
  }
}

function checkZip(input: Buffer): void {
  const entries = decodeOrNull(refusals, () => readByteRanges(input, readZipDirectory)) ?? [];
  promise(new Set(entries.map(({ name }) => name)).size === entries.length, "names are unique");
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.headerOffset - b.headerOffset)) {
    promise(!entry.name.split(/[/\\]/).includes(".."), "names stay inside");
    promise(entry.headerOffset >= end, "entries do not overlap");
    end = entry.headerOffset + entry.compressedSize;
  }
  promise(end <= input.length, "entries lie inside the file");
}

const info = writePlist({
  CFBundleExecutable: "Agent",
  CFBundleIdentifier: "io.sample.agent",
  CFBundleShortVersionString: "3.1",
  CFBundleVersion: "310",
  DTPlatformName: "iphoneos",
  UIDeviceFamily: [1, 2],
});

export const archivesTarget: FuzzTarget = {
  name: "archives",
  seeds: [
    makePkg(),
    makeIpa(info),
    makeZip([{ name: "Info.plist", bytes: info, isPlain: true }], { isZip64: true, comment: "c" }),
  ],
  mutators: [],
  words: [
    "xar!",
    "PK\u0001\u0002",
    "PK\u0003\u0004",
    "PK\u0005\u0006",
    "PK\u0006\u0006",
    "PK\u0006\u0007",
    "../",
  ],
  run,
};
