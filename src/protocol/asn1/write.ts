/** A DER writer: each function returns the encoding of one value, and constructed values take their parts. */
import { contextTag, tags } from "./read.ts";

/** One element with the given identifier octet. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(content.length), content]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octetCount = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const octets = Buffer.alloc(1 + octetCount);
  octets[0] = 0x80 | octetCount;
  octets.writeUIntBE(length, 1, octetCount);
  return octets;
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(tags.sequence, ...parts);
}

/** SET OF: DER sorts the encodings (X.690 11.6). */
export function setOf(...parts: readonly Uint8Array[]): Buffer {
  return element(
    tags.set,
    ...parts.map((part) => Buffer.from(part)).sort((one, other) => Buffer.compare(one, other)),
  );
}

/** `[number] EXPLICIT`, or `[number] IMPLICIT` of something constructed. */
export function contextConstructed(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return element(contextTag(number, true), ...parts);
}

/** `[number] IMPLICIT` of something primitive. */
export function contextPrimitive(number: number, content: Uint8Array): Buffer {
  return element(contextTag(number, false), content);
}

/** A non-negative INTEGER, from a number or from big-endian magnitude octets. */
export function integer(value: number | Uint8Array): Buffer {
  let magnitude = typeof value === "number" ? numberOctets(value) : Buffer.from(value);
  let skip = 0;
  while (skip < magnitude.length - 1 && magnitude[skip] === 0) skip++;
  magnitude = magnitude.subarray(skip);
  const isHighBitSet = magnitude.length === 0 || ((magnitude[0] as number) & 0x80) !== 0;
  return element(tags.integer, isHighBitSet ? Buffer.from([0]) : Buffer.alloc(0), magnitude);
}

function numberOctets(value: number): Buffer {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`Cannot encode integer ${value}`);
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

export function boolean(value: boolean): Buffer {
  return element(tags.boolean, Buffer.from([value ? 0xff : 0]));
}

export function nullValue(): Buffer {
  return element(tags.null);
}

export function octetString(content: Uint8Array): Buffer {
  return element(tags.octetString, content);
}

/** A BIT STRING; `unusedBits` counts the unused bits of the last octet. */
export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return element(tags.bitString, Buffer.from([unusedBits]), content);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const parts = dotted.split(".").map(BigInt);
  const [first, second] = parts;
  if (first === undefined || second === undefined) throw new TypeError(`Cannot encode "${dotted}"`);
  const octets = [first * 40n + second, ...parts.slice(2)].flatMap(base128);
  return element(tags.oid, Buffer.from(octets));
}

function base128(value: bigint): number[] {
  const octets = [Number(value & 0x7fn)];
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return octets;
}

export function utf8String(value: string): Buffer {
  return element(tags.utf8String, Buffer.from(value, "utf8"));
}

export function printableString(value: string): Buffer {
  return element(tags.printableString, Buffer.from(value, "latin1"));
}

export function ia5String(value: string): Buffer {
  return element(tags.ia5String, Buffer.from(value, "latin1"));
}

/** A certificate time: UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5). */
export function time(value: Date): Buffer {
  const digits = value.toISOString().replace(/[-:T]/g, "").slice(0, 14);
  const year = value.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? element(tags.utcTime, Buffer.from(`${digits.slice(2)}Z`, "latin1"))
    : element(tags.generalizedTime, Buffer.from(`${digits}Z`, "latin1"));
}
