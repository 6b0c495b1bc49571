import {
  emptyDictionary,
  type MakeReal,
  type PlistDictionary,
  PlistError,
  type PlistValue,
  plistBinaryObjectsMax,
  plistBytesMax,
  plistDepthMax,
  plistInteger,
  plistNodesMax,
  quoteHostileText,
} from "./value.ts";

/** The first eight bytes of every binary property list we read. */
export const binaryPlistMagic = "bplist00";

/** Milliseconds from 1970 to 2001-01-01T00:00:00Z, where Apple's absolute time begins. */
export const appleEpochMilliseconds = 978_307_200_000;

const trailerBytes = 32;

/** A decoded object and what it costs when every reference below it is written out. */
type BinaryObject = {
  readonly value: PlistValue;
  readonly height: number;
  readonly nodeCount: number;
  readonly expandedBytes: number;
};

type BinaryDocument = {
  readonly bytes: Buffer;
  readonly offsetsAt: number;
  readonly offsetBytes: number;
  readonly referenceBytes: number;
  readonly objectCount: number;
  readonly rootReference: number;
  readonly makeReal: MakeReal;
  /** One entry per object: undefined before, "open" while its members are read, the object after. */
  readonly objects: (BinaryObject | "open" | undefined)[];
};

/** An object's marker byte, and where its content begins. */
type Marker = { readonly kind: number; readonly info: number; readonly at: number };

/**
 * Reads a binary property list (`bplist00`).
 *
 * Each object is decoded once, however often it is referenced; its expanded size is counted each time, so
 * that a small document cannot stand for a huge tree. Types no MDM message uses (UID, null, set, URL) are
 * refused.
 *
 * @param makeReal What a real becomes; its number unless told otherwise.
 * @throws {PlistError} `plist_malformed`, `plist_too_deep`, `plist_too_large`, `plist_duplicate_key`.
 * @see https://opensource.apple.com/source/CF/CF-1153.18/CFBinaryPList.c.auto.html
 */
export function readBinaryPlist(bytes: Uint8Array, makeReal: MakeReal = (value) => value): PlistValue {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const document = { ...openBinaryDocument(buffer), makeReal };
  return readObject(document, document.rootReference, 1).value;
}

function openBinaryDocument(bytes: Buffer): Omit<BinaryDocument, "makeReal"> {
  const trailerAt = bytes.length - trailerBytes;
  if (trailerAt <= binaryPlistMagic.length) throw malformed("Cannot find the trailer of the binary plist");
  const offsetBytes = bytes.readUInt8(trailerAt + 6);
  const referenceBytes = bytes.readUInt8(trailerAt + 7);
  const objectCount = readUnsigned(bytes, trailerAt + 8, 8);
  const rootReference = readUnsigned(bytes, trailerAt + 16, 8);
  const offsetsAt = readUnsigned(bytes, trailerAt + 24, 8);
  if (objectCount > plistBinaryObjectsMax) {
    throw new PlistError("plist_too_large", `Cannot read more than ${plistBinaryObjectsMax} plist objects`);
  }
  const hasWordSizes = isWordSize(offsetBytes) && isWordSize(referenceBytes);
  const hasTable = offsetsAt > binaryPlistMagic.length && offsetsAt + objectCount * offsetBytes <= trailerAt;
  if (!hasWordSizes || !hasTable || rootReference >= objectCount) {
    throw malformed("Cannot read the trailer of the binary plist");
  }
  const objects: BinaryDocument["objects"] = Array.from({ length: objectCount });
  return { bytes, offsetsAt, offsetBytes, referenceBytes, objectCount, rootReference, objects };
}

function isWordSize(size: number): boolean {
  return size >= 1 && size <= 8;
}

function readObject(document: BinaryDocument, reference: number, depth: number): BinaryObject {
  if (reference >= document.objectCount) throw malformed("Cannot follow a reference out of the binary plist");
  const known = document.objects[reference];
  if (known === "open") throw malformed("Cannot read a binary plist that contains itself");
  const isNew = known === undefined;
  if (isNew) document.objects[reference] = "open";
  const object = isNew ? decodeObject(document, reference, depth) : known;
  if (depth + object.height - 1 > plistDepthMax) throw tooDeep();
  document.objects[reference] = object;
  return object;
}

function decodeObject(document: BinaryDocument, reference: number, depth: number): BinaryObject {
  const { bytes, offsetsAt, offsetBytes } = document;
  const at = readUnsigned(bytes, offsetsAt + reference * offsetBytes, offsetBytes);
  if (at < binaryPlistMagic.length || at >= offsetsAt) {
    throw malformed("Cannot follow an offset out of the binary plist");
  }
  const byte = bytes.readUInt8(at);
  const marker: Marker = { kind: byte >> 4, info: byte & 0x0f, at: at + 1 };
  switch (marker.kind) {
    case 0xa:
      return decodeArray(document, marker, depth);
    case 0xd:
      return decodeDictionary(document, marker, depth);
    default:
      return decodeScalar(document, marker);
  }
}

function decodeScalar(document: BinaryDocument, marker: Marker): BinaryObject {
  const { value, size } = readScalar(document, marker);
  return { value, height: 0, nodeCount: 1, expandedBytes: size };
}

function readScalar(document: BinaryDocument, marker: Marker): { value: PlistValue; size: number } {
  const { kind, info } = marker;
  if (kind === 0x0 && (info === 8 || info === 9)) return { value: info === 9, size: 1 };
  if (kind === 0x1) return { value: readInteger(document, marker), size: 2 ** info };
  if (kind === 0x2) return { value: document.makeReal(readReal(document, marker)), size: 2 ** info };
  if (kind === 0x3 && info === 3) return { value: readDate(document, marker), size: 8 };
  if (kind === 0x4) {
    const content = readContent(document, marker, 1);
    // A copy: a slice would keep the whole request body alive with the token it holds.
    return { value: Buffer.from(content), size: content.length };
  }
  if (kind === 0x5) return readAsciiString(readContent(document, marker, 1));
  if (kind === 0x6) return readWideString(readContent(document, marker, 2));
  throw malformed(`Cannot read a binary plist object of type "${kind}.${info}"`);
}

function readInteger(document: BinaryDocument, marker: Marker): number | bigint {
  const size = 2 ** marker.info;
  if (size > 16) throw malformed("Cannot read an integer beyond 128 bits");
  const content = takeBytes(document, marker.at, size);
  // One, two and four bytes are unsigned, eight are signed; sixteen hold the unsigned 64-bit values beyond.
  if (size < 8) return content.readUIntBE(0, size);
  if (size === 8) return plistInteger(content.readBigInt64BE(0));
  return plistInteger((content.readBigInt64BE(0) << 64n) | content.readBigUInt64BE(8));
}

function readReal(document: BinaryDocument, marker: Marker): number {
  if (marker.info === 2) return takeBytes(document, marker.at, 4).readFloatBE(0);
  if (marker.info === 3) return takeBytes(document, marker.at, 8).readDoubleBE(0);
  throw malformed(`Cannot read a real of 2^${marker.info} bytes`);
}

function readDate(document: BinaryDocument, marker: Marker): Date {
  const seconds = takeBytes(document, marker.at, 8).readDoubleBE(0);
  const date = new Date(appleEpochMilliseconds + seconds * 1000);
  if (Number.isNaN(date.getTime())) throw malformed("Cannot read a date beyond the calendar");
  return date;
}

function readAsciiString(content: Buffer): { value: string; size: number } {
  const value = content.toString("latin1");
  if (/[\u0080-\u00ff]/.test(value)) throw malformed("Cannot read an 8-bit character in an ASCII string");
  return { value, size: content.length };
}

function readWideString(content: Buffer): { value: string; size: number } {
  const value = Buffer.from(content).swap16().toString("utf16le");
  if (!value.isWellFormed()) throw malformed("Cannot read a string with half a surrogate pair");
  return { value, size: content.length };
}

function decodeArray(document: BinaryDocument, marker: Marker, depth: number): BinaryObject {
  if (depth > plistDepthMax) throw tooDeep();
  const { count, at } = readCount(document, marker);
  const references = takeBytes(document, at, count * document.referenceBytes);
  const array: PlistValue[] = [];
  const cost = { height: 0, nodeCount: 1, expandedBytes: 0 };
  for (let index = 0; index < count; index += 1) {
    const member = readObject(document, referenceAt(document, references, index), depth + 1);
    addCost(cost, member);
    array.push(member.value);
  }
  return { value: array, ...cost, height: cost.height + 1 };
}

function decodeDictionary(document: BinaryDocument, marker: Marker, depth: number): BinaryObject {
  if (depth > plistDepthMax) throw tooDeep();
  const { count, at } = readCount(document, marker);
  const references = takeBytes(document, at, 2 * count * document.referenceBytes);
  const dictionary: PlistDictionary = emptyDictionary();
  const cost = { height: 0, nodeCount: 1, expandedBytes: 0 };
  for (let index = 0; index < count; index += 1) {
    const key = readObject(document, referenceAt(document, references, index), depth + 1);
    const member = readObject(document, referenceAt(document, references, count + index), depth + 1);
    addCost(cost, key);
    addCost(cost, member);
    setMember(dictionary, key.value, member.value);
  }
  return { value: dictionary, ...cost, height: cost.height + 1 };
}

function setMember(dictionary: PlistDictionary, key: PlistValue, value: PlistValue): void {
  if (typeof key !== "string") throw malformed("Cannot read a dictionary key that is not a string");
  if (key in dictionary) {
    throw new PlistError("plist_duplicate_key", `Cannot read the key ${quoteHostileText(key)} twice`);
  }
  dictionary[key] = value;
}

function addCost(
  cost: { height: number; nodeCount: number; expandedBytes: number },
  member: BinaryObject,
): void {
  cost.height = Math.max(cost.height, member.height);
  cost.nodeCount += member.nodeCount;
  cost.expandedBytes += member.expandedBytes;
  if (cost.nodeCount > plistNodesMax || cost.expandedBytes > plistBytesMax) {
    throw new PlistError("plist_too_large", "Cannot read a binary plist that expands that far");
  }
}

function referenceAt(document: BinaryDocument, references: Buffer, index: number): number {
  return readUnsigned(references, index * document.referenceBytes, document.referenceBytes);
}

function readContent(document: BinaryDocument, marker: Marker, unitBytes: number): Buffer {
  const { count, at } = readCount(document, marker);
  return takeBytes(document, at, count * unitBytes);
}

function readCount(document: BinaryDocument, marker: Marker): { count: number; at: number } {
  if (marker.info !== 0x0f) return { count: marker.info, at: marker.at };
  const head = takeBytes(document, marker.at, 1).readUInt8(0);
  const size = 2 ** (head & 0x0f);
  if (head >> 4 !== 0x1 || size > 8) throw malformed("Cannot read the length of a binary plist object");
  takeBytes(document, marker.at + 1, size);
  return { count: readUnsigned(document.bytes, marker.at + 1, size), at: marker.at + 1 + size };
}

/** Takes the bytes of an object's content, which ends before the offset table. */
function takeBytes(document: BinaryDocument, at: number, count: number): Buffer {
  if (at + count > document.offsetsAt) throw malformed("Cannot read past the objects of the binary plist");
  return document.bytes.subarray(at, at + count);
}

function readUnsigned(bytes: Buffer, at: number, size: number): number {
  if (size <= 6) return bytes.readUIntBE(at, size);
  let value = 0;
  for (let index = 0; index < size; index += 1) value = value * 256 + bytes.readUInt8(at + index);
  if (!Number.isSafeInteger(value)) throw malformed("Cannot read a binary plist offset that large");
  return value;
}

function malformed(message: string): PlistError {
  return new PlistError("plist_malformed", message);
}

function tooDeep(): PlistError {
  return new PlistError("plist_too_deep", `Cannot read a plist nested deeper than ${plistDepthMax}`);
}
