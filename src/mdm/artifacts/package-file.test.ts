import { expect, test } from "vitest";
import { readByteRanges } from "#platform/archive/ranges.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { makeDistribution, makeIpa, makePkg, makeXar, makeZip } from "../../../test/tools/archives.ts";
import { type PackageFacts, PackageFileError } from "./package.ts";
import { packageTypeOf, readPackageFile } from "./package-file.ts";

const read = (bytes: Buffer, filename: string): PackageFacts =>
  readByteRanges(bytes, (size) => readPackageFile(size, packageTypeOf(filename)));

function problemOf(bytes: Buffer, filename: string): string {
  try {
    read(bytes, filename);
  } catch (error) {
    if (error instanceof PackageFileError) return error.message;
    throw error;
  }
  return "accepted";
}

const pkg = (body: string, title?: string): Buffer =>
  makeXar([{ path: "Distribution", bytes: makeDistribution(body, title) }]);

test("a product archive says product, title and bundles", () => {
  expect(read(makePkg(), "agent.pkg")).toEqual({
    name: "Sample Agent",
    productId: "io.sample.agent",
    productVersion: "1.2",
    bundles: [{ version_str: "1.2", version: "12", id: "io.sample.agent", path: "Applications/Agent.app" }],
    platforms: ["macOS"],
    platformIdentifier: null,
    signature: null,
  });
});

test("without a product the first component that says all of it counts", () => {
  const facts = read(
    pkg(
      '<pkg-ref id="a"/><choice><pkg-ref id="nested" version="9"/></choice><pkg-ref id="b" version="2"/>',
      " ",
    ),
    "a.pkg",
  );
  expect(facts).toMatchObject({ name: "b", productId: "b", productVersion: "2", bundles: [] });
});

test.each(["CFBundleShortVersionString", "CFBundleVersion", "id", "path"])(
  "a bundle without %s is left out",
  (name) => {
    const bundle = '<bundle CFBundleShortVersionString="1" CFBundleVersion="2" id="i" path="p"/>';
    const incomplete = bundle.replace(new RegExp(` ${name}="\\w+"`), "");
    const facts = read(pkg(`<product id="a" version="1"/><x>${incomplete}${bundle}</x>`), "a.pkg");
    expect(facts.bundles).toEqual([{ version_str: "1", version: "2", id: "i", path: "p" }]);
  },
);

test.each([
  ["no archive", Buffer.from("text"), "Could not read Distribution file"],
  [
    "a component package",
    makeXar([{ path: "PackageInfo", bytes: "<pkg-info/>" }]),
    "Could not read Distribution file",
  ],
  [
    "a Distribution in a folder",
    makeXar([{ path: "a/Distribution", bytes: makeDistribution("") }]),
    "Could not read Distribution file",
  ],
  [
    "a Distribution that is no XML",
    makeXar([{ path: "Distribution", bytes: "{}" }]),
    "Invalid Distribution file",
  ],
  ["a product without id", pkg('<product version="1"/>'), "Missing <product/> attr: id"],
  ["a product with an empty id", pkg('<product id="" version="1"/>'), "Missing <product/> attr: id"],
  ["a product without version", pkg('<product id="a"/>'), "Missing <product/> attr: version"],
  ["no product", pkg('<pkg-ref id="a"/>'), "Missing <product/> or <pkg-ref/> attrs: id, version"],
])("a pkg with %s is refused", (_, bytes, problem) => {
  expect(problemOf(bytes, "a.pkg")).toBe(problem);
});

const info = {
  CFBundleExecutable: "Agent",
  CFBundleIdentifier: "io.sample.agent",
  CFBundleShortVersionString: "3.1",
  CFBundleVersion: "310",
  DTPlatformName: "iphoneos",
  UIDeviceFamily: [1, 2],
};

test.each([
  ["XML", writePlist(info)],
  ["binary", writeBinaryPlist(info)],
])("an app archive with %s information is read", (_, plist) => {
  expect(read(makeIpa(plist), "agent.ipa")).toEqual({
    name: "Agent",
    productId: "io.sample.agent",
    productVersion: "3.1",
    bundles: [{ id: "io.sample.agent", version_str: "3.1", version: "310" }],
    platforms: ["iOS", "iPadOS"],
    platformIdentifier: "com.apple.platform.iphoneos",
    signature: null,
  });
});

test.each([
  [3, ["tvOS"]],
  [[1, 1, 4], ["iOS"]],
  [["2"], ["iPadOS"]],
])("the device family %j is for %j", (UIDeviceFamily, platforms) => {
  expect(read(makeIpa(writePlist({ ...info, UIDeviceFamily })), "a.ipa").platforms).toEqual(platforms);
});

test("the app's own information counts, else the first of the name", () => {
  const foreign = {
    name: "Frameworks/A.framework/Info.plist",
    bytes: writePlist({ ...info, CFBundleIdentifier: "f" }),
  };
  const own = { name: "Payload/Agent.app/Info.plist", bytes: writePlist(info) };
  expect(read(makeZip([foreign, own]), "a.ipa").productId).toBe("io.sample.agent");
  expect(read(makeZip([foreign]), "a.ipa").productId).toBe("f");
});

test.each(Object.keys(info))("an app archive without %s is refused", (key) => {
  const { [key as keyof typeof info]: _, ...rest } = info;
  expect(problemOf(makeIpa(writePlist(rest)), "a.ipa")).toBe(`Missing Info.plist keys: ${key}`);
});

test.each([
  ["no archive", Buffer.from("text"), "Invalid IPA file"],
  ["no information", makeZip([{ name: "Payload/a", bytes: "" }]), "Missing Info.plist"],
  ["information that is no property list", makeIpa("text"), "Could not read Info.plist"],
  ["information that is a list", makeIpa(writePlist([])), "Could not read Info.plist"],
  [
    "information that does not inflate",
    makeZip([{ name: "Info.plist", bytes: writePlist(info), lies: { size: 9 } }]),
    "Could not read Info.plist",
  ],
  ["an unknown family", makeIpa(writePlist({ ...info, UIDeviceFamily: [7] })), "Unknown UIDeviceFamily"],
])("an ipa with %s is refused", (_, bytes, problem) => {
  expect(problemOf(bytes, "a.ipa")).toBe(problem);
});
