// The text of XML plist scalars: integer, real, date and data. Each reader takes the text between the tags,
// entities already resolved, and refuses whatever Apple's parser would not write. All expressions run in
// linear time.
import { PlistError, plistInteger, quoteHostileText } from "./value.ts";

const scalarCharactersMax = 512;
const decimalInteger = /^[+-]?\d{1,40}$/;
const hexInteger = /^[+-]?0[xX][0-9a-fA-F]{1,40}$/;
const decimalReal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const nonFiniteReals = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
]);
const whiteSpace = /[\t\n\r ]+/g;
const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;
const dateText = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/**
 * Reads the text of an `<integer>`: decimal, or hexadecimal with `0x`.
 *
 * @throws {PlistError} `plist_malformed`, also beyond 64 bits.
 */
export function readIntegerText(text: string): number | bigint {
  const trimmed = trimScalar(text);
  const isHex = hexInteger.test(trimmed);
  if (!isHex && !decimalInteger.test(trimmed)) throw malformedScalar("integer", text);
  const digits = trimmed.replace(/^[+-]/, "");
  const magnitude = BigInt(isHex ? digits.toLowerCase() : digits);
  return plistInteger(trimmed.startsWith("-") ? -magnitude : magnitude);
}

/**
 * Reads the text of a `<real>`, `nan`, `inf` and `infinity` (any case, signed) included.
 *
 * @throws {PlistError} `plist_malformed`.
 */
export function readRealText(text: string): number {
  const trimmed = trimScalar(text);
  if (decimalReal.test(trimmed)) return Number(trimmed);
  const nonFinite = nonFiniteReals.get(trimmed.replace(/^[+-]/, "").toLowerCase());
  if (nonFinite === undefined) throw malformedScalar("real", text);
  return trimmed.startsWith("-") ? -nonFinite : nonFinite;
}

/**
 * Reads the text of a `<date>`: UTC, whole seconds, and a day that exists.
 *
 * @throws {PlistError} `plist_malformed`.
 */
export function readDateText(text: string): Date {
  const trimmed = trimScalar(text);
  if (!dateText.test(trimmed)) throw malformedScalar("date", text);
  const date = new Date(trimmed);
  // The engine rolls February 30 over into March; a date that does not print as itself did not exist.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== trimmed.replace("Z", ".000Z")) {
    throw malformedScalar("date", text);
  }
  return date;
}

/**
 * Reads the text of `<data>`: base64 (RFC 4648, section 4) with white space anywhere.
 *
 * An unfinished group must be padded to its end. Padding after a full group is ignored: real devices were
 * seen to send it.
 *
 * @throws {PlistError} `plist_malformed`.
 */
export function readDataText(text: string): Buffer {
  const compact = text.replace(whiteSpace, "");
  const paddingAt = compact.indexOf("=");
  const digitCount = paddingAt < 0 ? compact.length : paddingAt;
  const paddingCount = compact.length - digitCount;
  const paddingNeeded = (4 - (digitCount % 4)) % 4;
  if (!base64Text.test(compact) || paddingNeeded === 3 || paddingCount < paddingNeeded) {
    throw malformedScalar("data", text);
  }
  return Buffer.from(compact.slice(0, digitCount), "base64");
}

function trimScalar(text: string): string {
  if (text.length > scalarCharactersMax) throw malformedScalar("scalar", text);
  return text.replace(/^[\t\n\r ]+/, "").replace(/[\t\n\r ]+$/, "");
}

function malformedScalar(kind: string, text: string): PlistError {
  return new PlistError("plist_malformed", `Cannot read ${quoteHostileText(text)} as ${kind}`);
}
