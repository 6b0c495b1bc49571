import { appleEpochMilliseconds, binaryPlistMagic } from "./read-binary.ts";
import { PlistError, type PlistWritable, type PlistWritableDictionary, Real } from "./value.ts";
import { isMembers, refuseWritingDepth, writableInteger } from "./write.ts";

/** An object waiting for the size of references: its own bytes, then the objects it refers to. */
type PendingObject = { readonly head: Buffer; readonly references: readonly number[] };

type BinaryWriter = { readonly objects: PendingObject[]; readonly scalars: Map<string, number> };

/**
 * Writes a binary property list (`bplist00`).
 *
 * Equal strings, numbers, booleans and dates are stored once, as Apple's writer does; containers and data are
 * not. Members that are `undefined` are left out. Unlike XML this form holds any string, control characters
 * included.
 *
 * @throws {PlistError} `plist_unwritable`: integers beyond 64 bits, invalid dates, `null` and foreign
 *   objects. `plist_too_deep`: nesting beyond the readers' limit, cycles included.
 */
export function writeBinaryPlist(value: PlistWritable): Buffer {
  const writer: BinaryWriter = { objects: [], scalars: new Map() };
  const root = addObject(writer, value, 0);
  return assemble(writer.objects, root);
}

function addObject(writer: BinaryWriter, value: PlistWritable, level: number): number {
  if (Array.isArray(value)) return addArray(writer, value, level);
  if (value instanceof Uint8Array) return push(writer, [sized(0x4, value.length, value), []]);
  if (isScalar(value)) return addScalar(writer, value);
  if (isMembers(value)) return addDictionary(writer, value, level);
  throw unwritable("a value that plists do not have");
}

type Scalar = string | number | bigint | boolean | Date | Real;

function isScalar(value: PlistWritable): value is Scalar {
  return typeof value !== "object" || value instanceof Date || value instanceof Real;
}

function addArray(writer: BinaryWriter, array: readonly PlistWritable[], level: number): number {
  refuseWritingDepth(level);
  const references = array.map((member) => addObject(writer, member, level + 1));
  return push(writer, [sized(0xa, array.length), references]);
}

function addDictionary(writer: BinaryWriter, value: PlistWritableDictionary, level: number): number {
  refuseWritingDepth(level);
  const keys: number[] = [];
  const members: number[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    keys.push(addScalar(writer, key));
    members.push(addObject(writer, member, level + 1));
  }
  return push(writer, [sized(0xd, keys.length), [...keys, ...members]]);
}

function addScalar(writer: BinaryWriter, value: Scalar): number {
  const bytes = scalarBytes(value);
  const identity = bytes.toString("latin1");
  const known = writer.scalars.get(identity);
  if (known !== undefined) return known;
  const reference = push(writer, [bytes, []]);
  writer.scalars.set(identity, reference);
  return reference;
}

function push(writer: BinaryWriter, [head, references]: [Buffer, readonly number[]]): number {
  writer.objects.push({ head, references });
  return writer.objects.length - 1;
}

function scalarBytes(value: Scalar): Buffer {
  switch (typeof value) {
    case "string":
      return stringBytes(value);
    case "boolean":
      return Buffer.of(value ? 0x09 : 0x08);
    case "bigint":
      return integerBytes(value);
    case "number":
      return Number.isSafeInteger(value) ? integerBytes(BigInt(value)) : doubleBytes(0x23, value);
    case "object":
      return value instanceof Real ? doubleBytes(0x23, value.value) : dateBytes(value);
    default:
      throw unwritable("a value that plists do not have");
  }
}

function stringBytes(text: string): Buffer {
  if (!text.isWellFormed()) throw unwritable("half a surrogate pair");
  if (/[\u0080-\uffff]/.test(text)) return sized(0x6, text.length, Buffer.from(text, "utf16le").swap16());
  return sized(0x5, text.length, Buffer.from(text, "latin1"));
}

function integerBytes(value: bigint): Buffer {
  writableInteger(value);
  if (value >= 0n && value < 2n ** 32n) return smallIntegerBytes(Number(value));
  const isUnsigned = value >= 2n ** 63n;
  const bytes = Buffer.alloc(isUnsigned ? 17 : 9);
  bytes.writeUInt8(isUnsigned ? 0x14 : 0x13, 0);
  // Beyond a signed word the value takes sixteen bytes, the first eight of them zero.
  if (isUnsigned) bytes.writeBigUInt64BE(value, 9);
  else bytes.writeBigInt64BE(value, 1);
  return bytes;
}

function smallIntegerBytes(value: number): Buffer {
  const power = value < 2 ** 8 ? 0 : value < 2 ** 16 ? 1 : 2;
  const bytes = Buffer.alloc(1 + 2 ** power);
  bytes.writeUInt8(0x10 | power, 0);
  bytes.writeUIntBE(value, 1, 2 ** power);
  return bytes;
}

function doubleBytes(marker: number, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(marker, 0);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function dateBytes(date: Date): Buffer {
  if (Number.isNaN(date.getTime())) throw unwritable("that date");
  return doubleBytes(0x33, (date.getTime() - appleEpochMilliseconds) / 1000);
}

/** A marker with a length, small in the marker itself or as an integer behind it, then the content. */
function sized(kind: number, count: number, content: Uint8Array = Buffer.alloc(0)): Buffer {
  if (count < 0x0f) return Buffer.concat([Buffer.of((kind << 4) | count), content]);
  return Buffer.concat([Buffer.of((kind << 4) | 0x0f), smallIntegerBytes(count), content]);
}

function assemble(objects: readonly PendingObject[], root: number): Buffer {
  const referenceBytes = bytesFor(objects.length);
  const parts: Buffer[] = [Buffer.from(binaryPlistMagic, "latin1")];
  const offsets: number[] = [];
  let at = binaryPlistMagic.length;
  for (const object of objects) {
    const references = unsignedWords(object.references, referenceBytes);
    offsets.push(at);
    parts.push(object.head, references);
    at += object.head.length + references.length;
  }
  const offsetBytes = bytesFor(at);
  parts.push(unsignedWords(offsets, offsetBytes));
  parts.push(trailer({ offsetBytes, referenceBytes, objectCount: objects.length, root, offsetsAt: at }));
  return Buffer.concat(parts);
}

function bytesFor(value: number): number {
  return value < 2 ** 8 ? 1 : value < 2 ** 16 ? 2 : 4;
}

function unsignedWords(values: readonly number[], size: number): Buffer {
  const words = Buffer.alloc(values.length * size);
  for (const [index, value] of values.entries()) words.writeUIntBE(value, index * size, size);
  return words;
}

function trailer(facts: {
  offsetBytes: number;
  referenceBytes: number;
  objectCount: number;
  root: number;
  offsetsAt: number;
}): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt8(facts.offsetBytes, 6);
  bytes.writeUInt8(facts.referenceBytes, 7);
  bytes.writeBigUInt64BE(BigInt(facts.objectCount), 8);
  bytes.writeBigUInt64BE(BigInt(facts.root), 16);
  bytes.writeBigUInt64BE(BigInt(facts.offsetsAt), 24);
  return bytes;
}

function unwritable(what: string): PlistError {
  return new PlistError("plist_unwritable", `Cannot write ${what}`);
}
