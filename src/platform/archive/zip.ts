/**
 * Zip archives (PKWARE APPNOTE 6.3.10): the directory, and single entries. Nothing is ever extracted to a path. Two
 * readers of one archive must see the same files, so what could be read in two ways is refused: entries of one name,
 * entries that overlap, a directory that is not where the end record says.
 */
import { crc32 } from "node:zlib";
import { ArchiveError, inflateExactly, malformedArchive, type RangeSteps, readRange } from "./ranges.ts";

/** Large apps have tens of thousands of files. */
export const zipEntriesMax = 200_000;
/** What that many entries take, with long names. */
export const zipDirectoryBytesMax = 32 * 1024 * 1024;

export type ZipEntry = {
  /** As in the archive; a folder ends with a slash. */
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
};

// APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16.
const localHeaderSignature = 0x04034b50;
const entrySignature = 0x02014b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const endSignature = 0x06054b50;
const localHeaderBytes = 30;
const entryBytes = 46;
const end64Bytes = 56;
const locator64Bytes = 20;
const endBytes = 22;
const commentBytesMax = 0xffff;
const zip64Extra = 0x0001;
const methods = { stored: 0, deflated: 8 };

type Directory = { readonly offset: number; readonly length: number; readonly count: number };

/** Reads the directory of an archive of `size` bytes, in its own order. @throws {ArchiveError} */
export function* readZipDirectory(size: number): RangeSteps<ZipEntry[]> {
  const directory = yield* findDirectory(size);
  const bytes = yield* readRange(size, directory);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < directory.count; index++) {
    const { entry, next } = decodeEntry(bytes, at);
    entries.push(entry);
    at = next;
  }
  if (at !== bytes.length) throw malformedArchive("The directory has another length than its entries");
  refuseDuplicates(entries);
  refuseOverlaps(entries, directory.offset);
  return entries;
}

/** Reads one entry of at most `bytesMax` bytes. @throws {ArchiveError} */
export function* readZipEntry(
  size: number,
  entry: ZipEntry,
  { bytesMax }: { readonly bytesMax: number },
): RangeSteps<Buffer> {
  if (entry.isEncrypted) throw new ArchiveError("archive_unsupported", "The entry is encrypted");
  if (entry.size > bytesMax || entry.compressedSize > bytesMax) {
    throw new ArchiveError("archive_too_large", `The entry has more than ${bytesMax} bytes`);
  }
  const header = yield* readRange(size, { offset: entry.headerOffset, length: localHeaderBytes });
  if (header.readUInt32LE(0) !== localHeaderSignature) throw malformedArchive("An entry has no header");
  const variableBytes = header.readUInt16LE(26) + header.readUInt16LE(28);
  const offset = entry.headerOffset + localHeaderBytes + variableBytes;
  const bytes = decompress(yield* readRange(size, { offset, length: entry.compressedSize }), entry);
  if (crc32(bytes) !== entry.crc32) throw malformedArchive("An entry does not have its checksum");
  return bytes;
}

function decompress(bytes: Buffer, { method, size }: ZipEntry): Buffer {
  if (method === methods.deflated) return inflateExactly(bytes, { format: "raw", size });
  if (method !== methods.stored) {
    throw new ArchiveError("archive_unsupported", `The entry is compressed by method ${method}`);
  }
  if (bytes.length !== size) throw malformedArchive("An entry has two sizes");
  return bytes;
}

function* findDirectory(size: number): RangeSteps<Directory> {
  const length = Math.min(size, endBytes + commentBytesMax);
  const tail = yield* readRange(size, { offset: size - length, length });
  const at = findEnd(tail);
  const endOffset = size - length + at;
  const end = tail.subarray(at, at + endBytes);
  const found = {
    offset: end.readUInt32LE(16),
    length: end.readUInt32LE(12),
    count: end.readUInt16LE(10),
  };
  const isSplit = end.readUInt16LE(4) !== 0 && end.readUInt16LE(4) !== 0xffff;
  if (isSplit) throw new ArchiveError("archive_unsupported", "The archive is split over volumes");
  const isZip64 = found.offset === 0xffffffff || found.length === 0xffffffff || found.count === 0xffff;
  const directory = isZip64 ? ((yield* findDirectory64(size, endOffset)) ?? found) : found;
  if (directory.count > zipEntriesMax || directory.length > zipDirectoryBytesMax) {
    throw new ArchiveError("archive_too_large", `The archive has more than ${zipEntriesMax} entries`);
  }
  if (directory.offset + directory.length > endOffset) {
    throw malformedArchive("The directory lies behind its end");
  }
  return directory;
}

/** The last end record whose comment ends with the file; a comment may hold anything, a second such record too. */
function findEnd(tail: Buffer): number {
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) === endSignature && at + endBytes + tail.readUInt16LE(at + 20) === tail.length)
      return at;
  }
  throw malformedArchive("The archive has no end record");
}

/** Null when there is no locator: then the values were the largest that fit, and meant. */
function* findDirectory64(size: number, endOffset: number): RangeSteps<Directory | null> {
  if (endOffset < locator64Bytes) return null;
  const locator = yield* readRange(size, { offset: endOffset - locator64Bytes, length: locator64Bytes });
  if (locator.readUInt32LE(0) !== locator64Signature) return null;
  const offset = safeNumber(locator.readBigUInt64LE(8));
  const end = yield* readRange(size, { offset, length: end64Bytes });
  if (end.readUInt32LE(0) !== end64Signature || offset + end64Bytes > endOffset - locator64Bytes) {
    throw malformedArchive("The archive has no zip64 end record where it says");
  }
  return {
    offset: safeNumber(end.readBigUInt64LE(48)),
    length: safeNumber(end.readBigUInt64LE(40)),
    count: safeNumber(end.readBigUInt64LE(32)),
  };
}

function decodeEntry(bytes: Buffer, at: number): { readonly entry: ZipEntry; readonly next: number } {
  if (at + entryBytes > bytes.length || bytes.readUInt32LE(at) !== entrySignature) {
    throw malformedArchive("The directory has fewer entries than it says");
  }
  const nameEnd = at + entryBytes + bytes.readUInt16LE(at + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
  const next = extraEnd + bytes.readUInt16LE(at + 32);
  if (next > bytes.length) throw malformedArchive("The directory ends inside an entry");
  const narrow = {
    size: bytes.readUInt32LE(at + 24),
    compressedSize: bytes.readUInt32LE(at + 20),
    headerOffset: bytes.readUInt32LE(at + 42),
  };
  const entry = {
    name: readName(bytes.subarray(at + entryBytes, nameEnd)),
    isEncrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
    method: bytes.readUInt16LE(at + 10),
    crc32: bytes.readUInt32LE(at + 16),
    ...widen(narrow, bytes.subarray(nameEnd, extraEnd)),
  };
  return { entry, next };
}

type Sizes = Pick<ZipEntry, "size" | "compressedSize" | "headerOffset">;

/** APPNOTE 4.5.3: the zip64 field has, in this order, those values that did not fit. */
function widen(narrow: Sizes, extra: Buffer): Sizes {
  const wide = { ...narrow };
  const missing = (["size", "compressedSize", "headerOffset"] as const).filter(
    (name) => narrow[name] === 0xffffffff,
  );
  if (missing.length === 0) return narrow;
  const field = findExtra(extra);
  if (field === null) return narrow;
  if (field.length < missing.length * 8) throw malformedArchive("A zip64 field is too short");
  for (const [index, name] of missing.entries()) wide[name] = safeNumber(field.readBigUInt64LE(index * 8));
  return wide;
}

function findExtra(extra: Buffer): Buffer | null {
  let at = 0;
  while (at + 4 <= extra.length) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === zip64Extra && end <= extra.length) return extra.subarray(at + 4, end);
    at = end;
  }
  return null;
}

/** Names are for comparing, never for paths; those that are paths to elsewhere are refused all the same. */
function readName(bytes: Buffer): string {
  const name = bytes.toString("utf8");
  if (name === "" || name.includes("\0") || /^[/\\]/.test(name) || name.split(/[/\\]/).includes("..")) {
    throw malformedArchive("An entry has a name that leads elsewhere");
  }
  return name;
}

function refuseDuplicates(entries: readonly ZipEntry[]): void {
  if (new Set(entries.map(({ name }) => name)).size < entries.length) {
    throw malformedArchive("Two entries have one name");
  }
}

/** Overlapping entries make small bombs, and mean one thing to each reader. */
function refuseOverlaps(entries: readonly ZipEntry[], directoryOffset: number): void {
  const byOffset = entries.toSorted((a, b) => a.headerOffset - b.headerOffset);
  for (const [index, entry] of byOffset.entries()) {
    const end = entry.headerOffset + localHeaderBytes + Buffer.byteLength(entry.name) + entry.compressedSize;
    if (end > (byOffset[index + 1]?.headerOffset ?? directoryOffset)) {
      throw malformedArchive("Two entries overlap");
    }
  }
}

function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformedArchive("The archive points outside itself");
  return Number(value);
}
