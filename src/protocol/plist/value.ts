// Property lists as values: what a plist may hold, the limits every reader and writer keeps, and their one
// error class. Readers (XML, binary) make these values from hostile bytes; writers turn them back into bytes.
// A dictionary has no prototype, so a key such as `__proto__` is data like any other.

/**
 * A value read from a property list.
 *
 * Integers are `number` when safe and `bigint` beyond (from -2^63 to 2^64-1). Reals are `number`, NaN and
 * infinities included. Data is `Buffer`. Values are shared, never copied on access: treat them as immutable.
 */
export type PlistValue = string | number | bigint | boolean | Date | Buffer | PlistValue[] | PlistDictionary;

/** A dictionary read from a property list: a record without prototype. */
export type PlistDictionary = { [key: string]: PlistValue };

/**
 * What the writers take: read values, {@link Real}, any bytes, and members that are `undefined` (left out).
 */
export type PlistWritable =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | Real
  | readonly PlistWritable[]
  | PlistWritableDictionary;

/** A dictionary to be written. Members that are `undefined` are left out. */
export type PlistWritableDictionary = { readonly [key: string]: PlistWritable | undefined };

/** Marks a number to be written as a real even when it is whole: `new Real(1)` becomes `<real>1.0</real>`. */
export class Real {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What a reader makes of a real; {@link PlistValue} has no word for one that is kept apart from integers. */
export type MakeReal = (value: number) => PlistValue;

/**
 * Bytes of a whole document, and of a binary document once its shared references are written out: three times
 * the largest body a device may send (10 MiB), so that operators' uploads fit, and far below what would hurt
 * the process.
 */
export const plistBytesMax = 32 * 1024 * 1024;

/**
 * Containers inside containers. Apple's payloads stay below 20; the readers recurse, and 128 frames are
 * harmless.
 */
export const plistDepthMax = 128;

/**
 * Values and keys in a document: ten times the largest application list seen, about 100 MB when all are tiny.
 */
export const plistNodesMax = 1_000_000;

/** Objects of a binary document: a Mac with 5,000 applications needs about 30,000 of them. */
export const plistBinaryObjectsMax = 262_144;

/** The smallest integer a plist holds: that of a signed 64-bit word. */
export const plistIntegerMin = -(2n ** 63n);

/** The largest integer a plist holds: that of an unsigned 64-bit word. */
export const plistIntegerMax = 2n ** 64n - 1n;

/** Why a property list was refused. */
export type PlistErrorCode =
  | "plist_malformed"
  | "plist_too_deep"
  | "plist_too_large"
  | "plist_duplicate_key"
  | "plist_root_not_dictionary"
  | "plist_unwritable";

/** A property list that cannot be read, or a value that cannot be written. */
export class PlistError extends Error {
  readonly code: PlistErrorCode;

  constructor(code: PlistErrorCode, message: string) {
    super(message);
    this.name = "PlistError";
    this.code = code;
  }
}

const quotedCharactersMax = 60;

/** Quotes hostile text for an error message, cut after 60 characters and without control characters. */
export function quoteHostileText(text: string): string {
  const cut = text.length > quotedCharactersMax ? `${text.slice(0, quotedCharactersMax)}…` : text;
  return JSON.stringify(cut);
}

/** Makes an empty dictionary without prototype. */
export function emptyDictionary(): PlistDictionary {
  return Object.create(null);
}

/** Tells whether a read value is a dictionary. */
export function isDictionary(value: PlistValue | undefined): value is PlistDictionary {
  return (
    typeof value === "object" && !Array.isArray(value) && !Buffer.isBuffer(value) && !(value instanceof Date)
  );
}

/**
 * Gives an integer its read form: `number` when safe, `bigint` otherwise.
 *
 * @throws {PlistError} `plist_malformed` outside -2^63 … 2^64-1.
 */
export function plistInteger(value: bigint): number | bigint {
  if (value < plistIntegerMin || value > plistIntegerMax) {
    throw new PlistError("plist_malformed", "Cannot read an integer beyond 64 bits");
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
