/**
 * A bounded reader of BER and DER. It never builds a tree: each call reads one element, and callers descend
 * only where the format they know tells them to. Devices send BER with indefinite lengths and constructed
 * strings (anchors 4.3), so both are understood; everything is limited in depth and in number of elements.
 */

/** Deepest nesting accepted, X.509 and CMS need fewer than twenty. */
export const asn1DepthMax = 48;
/** Most elements of one constructed element, or scanned to find the end of one indefinite length. */
export const asn1ElementsMax = 20_000;

export type Asn1ErrorCode =
  | "asn1_truncated"
  | "asn1_malformed"
  | "asn1_too_deep"
  | "asn1_too_many_elements"
  | "asn1_unexpected";

/** A malformed or unexpected ASN.1 value in hostile input. */
export class Asn1Error extends Error {
  readonly code: Asn1ErrorCode;
  constructor(code: Asn1ErrorCode, message: string) {
    super(message);
    this.name = "Asn1Error";
    this.code = code;
  }
}

/** Identifier octets we meet. Context tags are made with {@link contextTag}. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of `[number]`, primitive or constructed. */
export function contextTag(number: number, constructed: boolean): number {
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

/** One element: where it lies in the bytes it was read from. Nothing is copied. */
export type Element = {
  readonly bytes: Buffer;
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  /** Exclusive; before the end-of-contents octets when the length was indefinite. */
  readonly contentEnd: number;
  /** Exclusive; after the end-of-contents octets when the length was indefinite. */
  readonly end: number;
  readonly depth: number;
};

/**
 * Reads the element that fills the bytes.
 *
 * @param bytes One whole element.
 * @throws {Asn1Error} `asn1_malformed` also when anything follows the element.
 */
export function readOnly(bytes: Uint8Array): Element {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const element = readAt(buffer, 0, buffer.length, 0);
  if (element.end !== buffer.length) throw new Asn1Error("asn1_malformed", "bytes follow the element");
  return element;
}

/** Reads the element at an offset; `limit` is the exclusive end of what it may occupy. */
export function readAt(bytes: Buffer, offset: number, limit: number, depth: number): Element {
  if (depth > asn1DepthMax) throw new Asn1Error("asn1_too_deep", `nested deeper than ${asn1DepthMax}`);
  if (offset + 2 > limit) throw new Asn1Error("asn1_truncated", "element header is cut off");
  const tag = bytes[offset] as number;
  if ((tag & 0x1f) === 0x1f) throw new Asn1Error("asn1_malformed", "high tag numbers are not used here");
  const first = bytes[offset + 1] as number;
  if (first === 0x80) return readIndefinite(bytes, offset, limit, depth, tag);
  let contentStart = offset + 2;
  let length = first;
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4) throw new Asn1Error("asn1_malformed", "length of more than four octets");
    if (contentStart + count > limit) throw new Asn1Error("asn1_truncated", "element length is cut off");
    length = count === 0 ? 0 : bytes.readUIntBE(contentStart, count);
    contentStart += count;
  }
  const end = contentStart + length;
  if (end > limit) throw new Asn1Error("asn1_truncated", "element is longer than what holds it");
  return { bytes, tag, start: offset, contentStart, contentEnd: end, end, depth };
}

function readIndefinite(bytes: Buffer, start: number, limit: number, depth: number, tag: number): Element {
  if ((tag & 0x20) === 0) throw new Asn1Error("asn1_malformed", "indefinite length on a primitive element");
  const contentStart = start + 2;
  const contentEnd = skipToEndOfContents(bytes, contentStart, limit, depth + 1, { left: asn1ElementsMax });
  return { bytes, tag, start, contentStart, contentEnd, end: contentEnd + 2, depth };
}

/** Walks headers only, so nested indefinite lengths cost one pass; the budget is shared by all levels. */
function skipToEndOfContents(
  bytes: Buffer,
  from: number,
  limit: number,
  depth: number,
  budget: { left: number },
): number {
  if (depth > asn1DepthMax) throw new Asn1Error("asn1_too_deep", `nested deeper than ${asn1DepthMax}`);
  let at = from;
  while (true) {
    if (at + 2 > limit) throw new Asn1Error("asn1_truncated", "indefinite length without its end");
    if (bytes[at] === 0 && bytes[at + 1] === 0) return at;
    if (--budget.left < 0) throw new Asn1Error("asn1_too_many_elements", `more than ${asn1ElementsMax}`);
    if (bytes[at + 1] === 0x80) {
      if (((bytes[at] as number) & 0x20) === 0) {
        throw new Asn1Error("asn1_malformed", "indefinite length on a primitive element");
      }
      at = skipToEndOfContents(bytes, at + 2, limit, depth + 1, budget) + 2;
    } else {
      at = readAt(bytes, at, limit, depth).end;
    }
  }
}

/** The elements inside a constructed element, in order. */
export function children(element: Element): Element[] {
  if ((element.tag & 0x20) === 0)
    throw new Asn1Error("asn1_unexpected", "a primitive element has no children");
  const result: Element[] = [];
  let at = element.contentStart;
  while (at < element.contentEnd) {
    if (result.length >= asn1ElementsMax) {
      throw new Asn1Error("asn1_too_many_elements", `more than ${asn1ElementsMax}`);
    }
    const child = readAt(element.bytes, at, element.contentEnd, element.depth + 1);
    result.push(child);
    at = child.end;
  }
  return result;
}

/** The element including its header, as it was received. */
export function rawBytes(element: Element): Buffer {
  return element.bytes.subarray(element.start, element.end);
}

/** What is between header and end, as it was received. */
export function contentBytes(element: Element): Buffer {
  return element.bytes.subarray(element.contentStart, element.contentEnd);
}

/** Returns the element when it has the tag, and refuses it otherwise. */
export function expectTag(element: Element | undefined, tag: number, what: string): Element {
  if (element === undefined) throw new Asn1Error("asn1_unexpected", `${what} is missing`);
  if (element.tag !== tag) {
    throw new Asn1Error("asn1_unexpected", `${what} has tag 0x${element.tag.toString(16)}`);
  }
  return element;
}

/**
 * The octets of an OCTET STRING in either form: BER allows one to be cut into pieces, and Apple's encoder
 * does so.
 *
 * @param primitiveTag The tag of the primitive form: `tags.octetString`, or a context tag for `[n] IMPLICIT`.
 */
export function octets(element: Element, primitiveTag: number = tags.octetString): Buffer {
  if (element.tag === primitiveTag) return contentBytes(element);
  if (element.tag !== (primitiveTag | 0x20)) {
    throw new Asn1Error("asn1_unexpected", `octet string has tag 0x${element.tag.toString(16)}`);
  }
  // The pieces of a constructed string are universal OCTET STRINGs whatever the outer tag (X.690 8.7.3.2).
  return Buffer.concat(children(element).map((piece) => octets(piece)));
}

/** The bits of a BIT STRING of whole octets, as keys and signatures are. */
export function bitStringOctets(element: Element): Buffer {
  expectTag(element, tags.bitString, "bit string");
  const content = contentBytes(element);
  if (content[0] !== 0) throw new Asn1Error("asn1_malformed", "bit string of unused bits");
  return content.subarray(1);
}

/** An OBJECT IDENTIFIER in dotted form. */
export function oid(element: Element | undefined): string {
  const content = contentBytes(expectTag(element, tags.oid, "object identifier"));
  if (content.length === 0 || content.length > 64) {
    throw new Asn1Error("asn1_malformed", "object identifier of unlikely length");
  }
  const parts: number[] = [];
  let value = 0;
  for (const [index, octet] of content.entries()) {
    value = value * 128 + (octet & 0x7f);
    // Arcs beyond 2^53 would lose digits, so two different identifiers could read as one.
    if (!Number.isSafeInteger(value))
      throw new Asn1Error("asn1_malformed", "object identifier of a huge arc");
    if ((octet & 0x80) === 0) {
      parts.push(value);
      value = 0;
    } else if (index === content.length - 1) {
      throw new Asn1Error("asn1_truncated", "object identifier is cut off");
    }
  }
  const first = parts[0] as number; // The content is not empty and its last octet ends a part.
  const top = first < 80 ? Math.floor(first / 40) : 2;
  return [top, first - top * 40, ...parts.slice(1)].join(".");
}

/** A small non-negative INTEGER. Serial numbers are compared as bytes instead. */
export function smallInteger(element: Element | undefined): number {
  const content = contentBytes(expectTag(element, tags.integer, "integer"));
  if (content.length === 0 || content.length > 5 || (content[0] as number) & 0x80) {
    throw new Asn1Error("asn1_malformed", "integer out of range");
  }
  return content.readUIntBE(0, content.length);
}

/**
 * A string of any of the usual types, decoded; control characters and NUL are left to the caller's policy.
 */
export function text(element: Element): string {
  const content = contentBytes(element);
  switch (element.tag) {
    case tags.utf8String:
      return content.toString("utf8");
    case tags.printableString:
    case tags.ia5String:
    case tags.numericString:
    case tags.teletexString:
      return content.toString("latin1");
    case tags.bmpString:
      if (content.length % 2 !== 0) throw new Asn1Error("asn1_malformed", "BMPString of odd length");
      return Buffer.from(content).swap16().toString("utf16le");
    default:
      throw new Asn1Error("asn1_unexpected", `string has tag 0x${element.tag.toString(16)}`);
  }
}

/** A UTCTime or GeneralizedTime of certificates (RFC 5280 4.1.2.5: seconds, always Z). */
export function time(element: Element): Date {
  const value = contentBytes(element).toString("latin1");
  const short = /^(\d{2})(\d{10})Z$/.exec(value);
  const long = /^(\d{14})Z$/.exec(value);
  let digits: string;
  if (element.tag === tags.utcTime && short) {
    digits = (Number(short[1]) >= 50 ? "19" : "20") + short[1] + short[2];
  } else if (element.tag === tags.generalizedTime && long) {
    digits = long[1] as string;
  } else {
    throw new Asn1Error("asn1_malformed", "time that is not of the form of RFC 5280");
  }
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)$/.exec(
    digits,
  ) as unknown as string[];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const date = new Date(iso);
  // Date would take the 30th of February for the 2nd of March.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) {
    throw new Asn1Error("asn1_malformed", "time that does not exist");
  }
  return date;
}
