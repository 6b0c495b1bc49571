/**
 * Xar archives, which is what installer packages are: a header, a compressed table of contents in XML, and a heap that
 * the table points into. Apple's format has no document but the reference implementation (xar 1.8, xar.h).
 */
import { createHash, getHashes } from "node:crypto";
import { childOf, childText, descendantsOf, readXml, XmlError, type XmlElement } from "../xml.ts";
import { ArchiveError, inflateExactly, malformedArchive, type RangeSteps, readRange } from "./ranges.ts";

/** Packages list their components; those of an operating system stay far below. */
export const xarTocBytesMax = 4 * 1024 * 1024;
export const xarEntriesMax = 20_000;
/** As long as a path on macOS. The name of a folder is in the path of each file below it, and is compressed but once. */
export const xarPathCharactersMax = 1024;

export type XarEntry = {
  /** From the root, without a slash in front. */
  readonly path: string;
  /** Null for folders. Its offset is counted from the beginning of the file. */
  readonly data: XarData | null;
};

export type XarData = {
  readonly offset: number;
  readonly length: number;
  readonly size: number;
  readonly encoding: string;
  readonly checksum: { readonly style: string; readonly hex: string } | null;
};

/** What a signed archive says of its signature; nothing of it is checked here. */
export type XarSignature = {
  /** Empty when the archive does not have what it announces. */
  readonly bytes: Buffer;
  /** What is signed: the compressed table of contents, which has the digests of everything else. */
  readonly signed: Buffer;
  /** The digest that the archive has of `signed`, which is what is signed: `sha1` or `sha256`. */
  readonly digestStyle: string;
  /** Base64 of certificates in DER, the signer's first. */
  readonly certificates: readonly string[];
};

export type XarArchive = {
  readonly entries: readonly XarEntry[];
  /** Null for an archive without one of the style `RSA`, which is what installers look at. */
  readonly signature: XarSignature | null;
};

/** A signature of an RSA key of 8192 bits has 1024 bytes. */
export const xarSignatureBytesMax = 4096;

const magic = 0x78617221;
const headerBytes = 28;
const headerBytesMax = 1024;
const encodings = { plain: "application/octet-stream", zlib: "application/x-gzip" };

/** Reads the table of contents of an archive of `size` bytes. @throws {ArchiveError} */
export function* readXarDirectory(size: number): RangeSteps<readonly XarEntry[]> {
  return (yield* readXarArchive(size)).entries;
}

/** Reads the table of contents, and the signature that it tells of. @throws {ArchiveError} */
export function* readXarArchive(size: number): RangeSteps<XarArchive> {
  const header = yield* readRange(size, { offset: 0, length: headerBytes });
  if (header.readUInt32BE(0) !== magic) throw malformedArchive("The file is no xar archive");
  const tocOffset = header.readUInt16BE(4);
  const tocBytes = header.readBigUInt64BE(8);
  const tocSize = header.readBigUInt64BE(16);
  if (tocOffset < headerBytes || tocOffset > headerBytesMax) throw malformedArchive("The header has no end");
  if (tocBytes > BigInt(xarTocBytesMax) || tocSize > BigInt(xarTocBytesMax)) {
    throw new ArchiveError("archive_too_large", `The table of contents exceeds ${xarTocBytesMax} bytes`);
  }
  const compressed = yield* readRange(size, { offset: tocOffset, length: Number(tocBytes) });
  const toc = readToc(inflateExactly(compressed, { format: "zlib", size: Number(tocSize) }));
  const heap = { offset: tocOffset + Number(tocBytes), end: size };
  yield* verifyToc(compressed, toc, heap);
  return { entries: readEntries(toc, heap), signature: yield* readSignature(compressed, toc, heap) };
}

/** Reads one entry of at most `bytesMax` bytes. @throws {ArchiveError} */
export function* readXarEntry(
  size: number,
  { data }: XarEntry,
  { bytesMax }: { readonly bytesMax: number },
): RangeSteps<Buffer> {
  if (data === null) throw malformedArchive("The entry is a folder");
  if (data.size > bytesMax || data.length > bytesMax) {
    throw new ArchiveError("archive_too_large", `The entry has more than ${bytesMax} bytes`);
  }
  const bytes = decode(yield* readRange(size, data), data);
  const { checksum } = data;
  if (checksum !== null && digest(checksum.style, bytes)?.toString("hex") !== checksum.hex) {
    throw malformedArchive("An entry does not have its checksum");
  }
  return bytes;
}

function decode(bytes: Buffer, { encoding, size }: XarData): Buffer {
  if (encoding === encodings.zlib) return inflateExactly(bytes, { format: "zlib", size });
  if (encoding !== encodings.plain) {
    throw new ArchiveError("archive_unsupported", "The entry is compressed in another way than zlib's");
  }
  if (bytes.length !== size) throw malformedArchive("An entry has two sizes");
  return bytes;
}

function readToc(bytes: Buffer): XmlElement {
  try {
    const root = readXml(bytes);
    const toc = root.name === "xar" ? childOf(root, "toc") : null;
    if (toc === null) throw malformedArchive("The table of contents is another document");
    return toc;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw malformedArchive("The table of contents is no XML", { cause: error });
  }
}

type Heap = { readonly offset: number; readonly end: number };

/** The heap has the digest of the compressed table. */
function* verifyToc(compressed: Buffer, toc: XmlElement, heap: Heap): RangeSteps<void> {
  const checksum = childOf(toc, "checksum");
  const expected = checksum && digest(checksum.attributes.get("style") ?? "", compressed);
  if (checksum === null || expected === null) return;
  const length = readCount(checksum, "size");
  const offset = heap.offset + readCount(checksum, "offset");
  if (length !== expected.length) throw malformedArchive("The checksum has another length");
  const found = yield* readRange(heap.end, { offset, length });
  if (!found.equals(expected)) throw malformedArchive("The table of contents does not have its checksum");
}

function* readSignature(signed: Buffer, toc: XmlElement, heap: Heap): RangeSteps<XarSignature | null> {
  const signature = toc.children.find(
    ({ name, attributes }) => name === "signature" && attributes.get("style") === "RSA",
  );
  if (signature === undefined) return null;
  const place = placeOf(signature, heap);
  const bytes = place === null ? Buffer.alloc(0) : yield* readRange(heap.end, place);
  const digestStyle = childOf(toc, "checksum")?.attributes.get("style")?.toLowerCase() ?? "";
  const certificates = descendantsOf(signature, "X509Certificate").map(({ text }) => text);
  return { bytes, signed, digestStyle, certificates };
}

/** Null for what is no place in the archive, or too long for a signature: it is told of as one that does not hold. */
function placeOf(
  signature: XmlElement,
  heap: Heap,
): { readonly offset: number; readonly length: number } | null {
  const [offset, length] = ["offset", "size"].map((name) => {
    const text = childText(signature, name) ?? "";
    return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  }) as [number, number];
  const end = heap.offset + offset + length;
  return length <= xarSignatureBytesMax && end <= heap.end ? { offset: heap.offset + offset, length } : null;
}

/** Null for an algorithm that is not known, and for `none`. */
function digest(style: string, bytes: Buffer): Buffer | null {
  const algorithm = style.toLowerCase();
  return getHashes().includes(algorithm) ? createHash(algorithm).update(bytes).digest() : null;
}

function readEntries(toc: XmlElement, heap: Heap): XarEntry[] {
  const entries: XarEntry[] = [];
  const paths = new Set<string>();
  const visit = (folder: XmlElement, prefix: string): void => {
    for (const file of folder.children) {
      if (file.name !== "file") continue;
      const path = prefix + readName(file);
      if (path.length > xarPathCharactersMax) {
        throw new ArchiveError(
          "archive_too_large",
          `A path has more than ${xarPathCharactersMax} characters`,
        );
      }
      if (paths.has(path)) throw malformedArchive("Two entries have one name");
      if (paths.add(path).size > xarEntriesMax) {
        throw new ArchiveError("archive_too_large", `The archive has more than ${xarEntriesMax} entries`);
      }
      entries.push({ path, data: readData(file, heap) });
      visit(file, `${path}/`);
    }
  };
  visit(toc, "");
  return entries;
}

/** Names are for comparing, never for paths; those that are paths to elsewhere are refused all the same. */
function readName(file: XmlElement): string {
  const name = childText(file, "name") ?? "";
  if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) {
    throw malformedArchive("An entry has a name that leads elsewhere");
  }
  return name;
}

function readData(file: XmlElement, heap: Heap): XarData | null {
  const data = childOf(file, "data");
  if (data === null) return null;
  const checksum = childOf(data, "extracted-checksum");
  const style = checksum?.attributes.get("style")?.toLowerCase() ?? "";
  const offset = heap.offset + readCount(data, "offset");
  const length = readCount(data, "length");
  if (offset + length > heap.end) throw malformedArchive("The archive points outside itself");
  return {
    offset,
    length,
    size: readCount(data, "size"),
    encoding: childOf(data, "encoding")?.attributes.get("style") ?? encodings.plain,
    checksum:
      checksum !== null && getHashes().includes(style)
        ? { style, hex: checksum.text.trim().toLowerCase() }
        : null,
  };
}

function readCount(element: XmlElement, name: string): number {
  const text = childText(element, name) ?? "";
  if (!/^\d{1,15}$/.test(text))
    throw malformedArchive(`The table of contents has no ${name} where it needs one`);
  return Number(text);
}
