import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { makeZip, type ZipFile } from "../../../test/tools/archives.ts";
import { type ArchiveError, readByteRanges } from "./ranges.ts";
import { readZipDirectory, readZipEntry, type ZipEntry } from "./zip.ts";

const directoryOf = (bytes: Buffer): ZipEntry[] => readByteRanges(bytes, readZipDirectory);

function readEntry(bytes: Buffer, name: string, bytesMax = 4096): string {
  const entry = directoryOf(bytes).find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`No entry "${name}"`);
  return readByteRanges(bytes, (size) => readZipEntry(size, entry, { bytesMax })).toString();
}

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return (error as ArchiveError).code;
  }
  return "accepted";
}

const files: ZipFile[] = [
  { name: "Payload/", bytes: "", isPlain: true },
  { name: "Payload/Info.plist", bytes: "one ".repeat(50) },
  { name: "plain.txt", bytes: "two", isPlain: true },
];

test.each([
  ["32-bit fields", makeZip(files)],
  ["64-bit fields", makeZip(files, { isZip64: true })],
  ["a comment", makeZip(files, { comment: "PK\u0005\u0006 a comment that begins like an end record" })],
  ["something in front", makeZip(files, { prefix: Buffer.from("#!/bin/sh\n") })],
])("an archive with %s is read", (_, bytes) => {
  expect(directoryOf(bytes).map(({ name, size }) => [name, size])).toEqual([
    ["Payload/", 0],
    ["Payload/Info.plist", 200],
    ["plain.txt", 3],
  ]);
  expect(readEntry(bytes, "Payload/Info.plist")).toBe("one ".repeat(50));
  expect(readEntry(bytes, "plain.txt")).toBe("two");
});

test("archives of another writer are read", () => {
  const bytes = Buffer.from(zipSync({ "a/ü.txt": Buffer.from("text ".repeat(20)), b: Buffer.from("") }));
  expect(directoryOf(bytes).map(({ name }) => name)).toEqual(["a/ü.txt", "b"]);
  expect(readEntry(bytes, "a/ü.txt")).toBe("text ".repeat(20));
  expect(readEntry(bytes, "b")).toBe("");
});

test("an archive without entries is one", () => {
  expect(directoryOf(makeZip([]))).toEqual([]);
});

const one = (lies: NonNullable<ZipFile["lies"]>): Buffer => makeZip([{ name: "a", bytes: "aaaa", lies }]);
const named = (...names: string[]): Buffer => makeZip(names.map((name) => ({ name, bytes: "x" })));

test.each([
  ["nothing at all", Buffer.alloc(0)],
  ["another file", Buffer.alloc(4096, 0x41)],
  ["more entries than there are", makeZip(files, { count: 4 })],
  ["fewer entries than there are", makeZip(files, { count: 2 })],
  ["a name that leads elsewhere", named("../../etc/passwd")],
  ["an absolute name", named("/etc/passwd")],
  ["a name with backslashes that leads elsewhere", named("a\\..\\..\\b")],
  ["a name with a zero byte", named("a.txt\0.plist")],
  ["an empty name", named("")],
  ["two entries of one name", named("a", "b", "a")],
  ["two entries at one place", makeZip([...files, { name: "again", bytes: "y", lies: { offset: 0 } }])],
  ["an entry in the directory", makeZip([{ name: "a", bytes: "x", lies: { offset: 40 } }])],
  ["an entry beyond the file", one({ offset: 0x7fffffff })],
])("%s is refused", (_, bytes) => {
  expect(codeOf(() => directoryOf(bytes))).toBe("archive_malformed");
});

test("an archive cut off anywhere is refused", () => {
  for (const bytes of [makeZip(files), makeZip(files, { isZip64: true })]) {
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => directoryOf(bytes.subarray(0, length)))).toBe("archive_malformed");
    }
  }
});

test.each([
  ["a size that is too small", one({ size: 2 }), "archive_malformed"],
  ["a size that is too large", one({ size: 8 }), "archive_malformed"],
  ["another checksum", one({ crc: 1 }), "archive_malformed"],
  ["encryption", one({ flags: 1 }), "archive_unsupported"],
  ["a size beyond the limit", one({ size: 4097 }), "archive_too_large"],
])("an entry with %s is not read", (_, bytes, code) => {
  expect(codeOf(() => readEntry(bytes, "a"))).toBe(code);
});

test("a bomb stops at the size it announced", () => {
  const bomb = makeZip([{ name: "a", bytes: Buffer.alloc(1 << 20), lies: { size: 500 } }]);
  expect(codeOf(() => readEntry(bomb, "a"))).toBe("archive_malformed");
});

test("a directory beyond the limit is refused by its announced length", () => {
  const bytes = makeZip(files, { isZip64: true });
  bytes.writeBigUInt64LE(2n ** 40n, bytes.length - 22 - 20 - 56 + 32);
  expect(codeOf(() => directoryOf(bytes))).toBe("archive_too_large");
  bytes.writeBigUInt64LE(2n ** 63n, bytes.length - 22 - 20 - 56 + 32);
  expect(codeOf(() => directoryOf(bytes))).toBe("archive_malformed");
});
