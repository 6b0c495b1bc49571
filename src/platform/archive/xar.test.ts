import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeXar, type XarFile, type XarOptions } from "../../../test/tools/archives.ts";
import { type ArchiveError, readByteRanges, readFileRanges } from "./ranges.ts";
import {
  readXarDirectory,
  readXarEntry,
  type XarEntry,
  xarEntriesMax,
  xarPathCharactersMax,
  xarTocBytesMax,
} from "./xar.ts";

const folder = mkdtempSync(join(tmpdir(), "pomona-xar-"));
afterAll(() => rmSync(folder, { recursive: true }));

const directoryOf = (bytes: Buffer): readonly XarEntry[] => readByteRanges(bytes, readXarDirectory);

function readEntry(bytes: Buffer, path: string, bytesMax = 4096): string {
  const entry = directoryOf(bytes).find((candidate) => candidate.path === path);
  if (entry === undefined) throw new Error(`No entry "${path}"`);
  return readByteRanges(bytes, (size) => readXarEntry(size, entry, { bytesMax })).toString();
}

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return (error as ArchiveError).code;
  }
  return "accepted";
}

const files: XarFile[] = [
  { path: "agent.pkg/Scripts/postinstall", bytes: "#!/bin/sh" },
  { path: "Distribution", bytes: "<installer-gui-script/>" },
  { path: "plain", bytes: "as it is", isPlain: true },
];

test.each(["sha1", "sha256"] as const)(
  "entries are listed by path and read, with %s checksums",
  (checksumStyle) => {
    const bytes = makeXar(files, { checksumStyle });
    expect(directoryOf(bytes).map(({ path, data }) => [path, data?.size ?? null])).toEqual([
      ["agent.pkg", null],
      ["agent.pkg/Scripts", null],
      ["agent.pkg/Scripts/postinstall", 9],
      ["Distribution", 23],
      ["plain", 8],
    ]);
    expect(readEntry(bytes, "Distribution")).toBe("<installer-gui-script/>");
    expect(readEntry(bytes, "plain")).toBe("as it is");
  },
);

test("of a file only the ranges that matter are read", async () => {
  const bytes = makeXar([{ path: "Payload", bytes: Buffer.alloc(1 << 20, 7), isPlain: true }, ...files]);
  writeFileSync(join(folder, "a.pkg"), bytes);
  let bytesRead = 0;
  const entries = await readFileRanges(join(folder, "a.pkg"), function* (size) {
    const reading = readXarDirectory(size);
    let step = reading.next();
    while (step.done !== true) {
      bytesRead += step.value.length;
      step = reading.next(yield step.value);
    }
    return step.value;
  });
  expect(entries).toHaveLength(6);
  expect(bytesRead).toBeLessThan(2048);
});

const edited = (editToc: NonNullable<XarOptions["editToc"]>): Buffer => makeXar(files, { editToc });

test.each([
  ["nothing at all", Buffer.alloc(0)],
  ["another file", Buffer.alloc(64, 0x41)],
  ["a table that is no XML", edited(() => "<xar><toc>")],
  ["another document", edited(() => "<plist/>")],
  ["entities of its own", edited((toc) => toc.replace("<xar>", '<!DOCTYPE xar [<!ENTITY a "b">]><xar>'))],
  ["a length beyond the file", edited((toc) => toc.replace(/<length>\d+/, "<length>99999999"))],
  ["an offset beyond the file", edited((toc) => toc.replace(/<offset>[1-9]\d*/, "<offset>99999999"))],
  [
    "an offset beyond all numbers",
    edited((toc) => toc.replace(/<offset>[1-9]\d*/, `<offset>${"9".repeat(40)}`)),
  ],
  ["a negative offset", edited((toc) => toc.replace(/<offset>[1-9]\d*/, "<offset>-1"))],
  ["a name that leads elsewhere", edited((toc) => toc.replace("<name>plain", "<name>.."))],
  ["a name with a slash", edited((toc) => toc.replace("<name>plain", "<name>/etc/passwd"))],
  ["two entries of one name", edited((toc) => toc.replace("<name>plain", "<name>Distribution"))],
  ["no name", edited((toc) => toc.replace("<name>plain</name>", ""))],
  ["a table of another size than announced", makeXar(files, { tocSize: 10n })],
])("%s is refused", (_, bytes) => {
  expect(codeOf(() => directoryOf(bytes))).toBe("archive_malformed");
});

test("an archive cut off anywhere is refused, as a whole or where it is read", () => {
  const bytes = makeXar(files);
  for (let length = 0; length < bytes.length; length++) {
    expect(codeOf(() => directoryOf(bytes.subarray(0, length)))).toBe("archive_malformed");
  }
});

test("a changed table of contents is noticed by its checksum", () => {
  const bytes = makeXar(files);
  const checksumAt = 28 + Number(bytes.readBigUInt64BE(8));
  bytes[checksumAt] = (bytes[checksumAt] as number) ^ 1;
  expect(codeOf(() => directoryOf(bytes))).toBe("archive_malformed");
});

test("a changed entry is noticed by its checksum", () => {
  const bytes = makeXar(files);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  expect(codeOf(() => readEntry(bytes, "plain"))).toBe("archive_malformed");
});

test("a bomb stops at the size it announced", () => {
  const bomb = makeXar([{ path: "Distribution", bytes: Buffer.alloc(1 << 20) }], {
    editToc: (toc) => toc.replace("<size>1048576", "<size>100"),
  });
  expect(codeOf(() => readEntry(bomb, "Distribution"))).toBe("archive_malformed");
  const honest = makeXar([{ path: "Distribution", bytes: Buffer.alloc(1 << 20) }]);
  expect(codeOf(() => readEntry(honest, "Distribution"))).toBe("archive_too_large");
});

test("a table beyond the limits is refused before it is inflated", () => {
  const huge = makeXar(files, { tocSize: BigInt(xarTocBytesMax) + 1n });
  expect(codeOf(() => directoryOf(huge))).toBe("archive_too_large");
  const endless = makeXar(files, { tocSize: 2n ** 63n });
  expect(codeOf(() => directoryOf(endless))).toBe("archive_too_large");
});

test("more entries than the limit, and deeper folders than the limit, are refused", () => {
  const names = Array.from({ length: xarEntriesMax + 1 }, (_, index) => `<file><name>${index}</name></file>`);
  const many = edited((toc) => toc.replace("</toc>", `${names.join("")}</toc>`));
  expect(codeOf(() => directoryOf(many))).toBe("archive_too_large");
  const deep = `${"<file><name>a</name>".repeat(100)}${"</file>".repeat(100)}`;
  expect(codeOf(() => directoryOf(edited((toc) => toc.replace("</toc>", `${deep}</toc>`))))).toBe(
    "archive_malformed",
  );
});

test("a folder whose long name all its files would carry is refused", () => {
  const named = (characters: number, inside: string): string =>
    `<file><name>${"a".repeat(characters)}</name>${inside}</file>`;
  const refused = (entry: string): string =>
    codeOf(() => directoryOf(edited((toc) => toc.replace("</toc>", `${entry}</toc>`))));
  expect(refused(named(xarPathCharactersMax, ""))).toBe("accepted");
  expect(refused(named(xarPathCharactersMax + 1, ""))).toBe("archive_too_large");
  expect(refused(named(xarPathCharactersMax - 1, "<file><name>b</name></file>"))).toBe("archive_too_large");
});

test("another compression and a folder are said to be unreadable", () => {
  const bzip2 = edited((toc) => toc.replaceAll("application/x-gzip", "application/x-bzip2"));
  expect(codeOf(() => readEntry(bzip2, "Distribution"))).toBe("archive_unsupported");
  expect(codeOf(() => readEntry(makeXar(files), "agent.pkg"))).toBe("archive_malformed");
});
