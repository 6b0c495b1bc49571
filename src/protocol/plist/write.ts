import {
  PlistError,
  type PlistWritable,
  type PlistWritableDictionary,
  plistDepthMax,
  plistIntegerMax,
  plistIntegerMin,
  Real,
} from "./value.ts";

const header =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' +
  '<plist version="1.0">\n';
const dataColumns = 76;
const tabColumns = 8;
const dataColumnsMin = 16;
// XML 1.0, section 2.2: the only control characters are tab, line feed and carriage return.
const unwritableCharacter = /[^\t\n\r\u0020-\ufffd]/;
const escapes = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  // A literal carriage return would be read back as a line feed (XML 1.0, section 2.11).
  ["\r", "&#13;"],
]);

/**
 * Writes an XML property list the way Apple's own writer lays it out: header, document type, tabs.
 *
 * Members that are `undefined` are left out. Safe whole numbers become `<integer>`, others `<real>`; see
 * {@link Real}. Dates lose their milliseconds. Keys keep the order of the object.
 *
 * @throws {PlistError} `plist_unwritable`: control characters, half surrogate pairs, integers beyond 64 bits,
 *   dates without a four-digit year, `null` and foreign objects. `plist_too_deep`: nesting beyond the
 *   readers' limit, cycles included.
 */
export function writePlist(value: PlistWritable): Buffer {
  const parts: string[] = [header];
  writeValue(parts, value, 0);
  parts.push("</plist>\n");
  return Buffer.from(parts.join(""), "utf8");
}

function writeValue(parts: string[], value: PlistWritable, level: number): void {
  const indent = "\t".repeat(level);
  if (Array.isArray(value)) writeArray(parts, value, level);
  else if (value instanceof Uint8Array) parts.push(dataElement(value, indent));
  else if (isMembers(value)) writeDictionary(parts, value, level);
  else parts.push(indent, scalarElement(value), "\n");
}

/**
 * Refuses a container at a level (the root is 0) that the readers would refuse.
 *
 * @throws {PlistError} `plist_too_deep`.
 */
export function refuseWritingDepth(level: number): void {
  if (level < plistDepthMax) return;
  throw new PlistError("plist_too_deep", `Cannot write a plist nested deeper than ${plistDepthMax}`);
}

/** Tells whether a value to be written is a plain dictionary rather than an object of some class. */
export function isMembers(value: PlistWritable): value is PlistWritableDictionary {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function writeArray(parts: string[], array: readonly PlistWritable[], level: number): void {
  refuseWritingDepth(level);
  const indent = "\t".repeat(level);
  if (array.length === 0) {
    parts.push(indent, "<array/>\n");
    return;
  }
  parts.push(indent, "<array>\n");
  for (const member of array) writeValue(parts, member, level + 1);
  parts.push(indent, "</array>\n");
}

function writeDictionary(parts: string[], dictionary: PlistWritableDictionary, level: number): void {
  refuseWritingDepth(level);
  const indent = "\t".repeat(level);
  const members = Object.entries(dictionary);
  if (members.length === 0) {
    parts.push(indent, "<dict/>\n");
    return;
  }
  parts.push(indent, "<dict>\n");
  for (const [key, member] of members) {
    if (member === undefined) continue;
    parts.push(indent, "\t<key>", escapeText(key), "</key>\n");
    writeValue(parts, member, level + 1);
  }
  parts.push(indent, "</dict>\n");
}

function dataElement(bytes: Uint8Array, indent: string): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const columns = Math.max(dataColumnsMin, dataColumns - tabColumns * indent.length);
  const lines = [`${indent}<data>\n`];
  for (let at = 0; at < base64.length; at += columns) {
    lines.push(indent, base64.slice(at, at + columns), "\n");
  }
  lines.push(`${indent}</data>\n`);
  return lines.join("");
}

function scalarElement(value: PlistWritable): string {
  if (typeof value === "string") return `<string>${escapeText(value)}</string>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (typeof value === "number") return numberElement(value);
  if (typeof value === "bigint") return `<integer>${writableInteger(value)}</integer>`;
  if (value instanceof Real) return realElement(value.value);
  if (value instanceof Date) return `<date>${dateText(value)}</date>`;
  throw new PlistError("plist_unwritable", "Cannot write a value that plists do not have");
}

function numberElement(value: number): string {
  return Number.isSafeInteger(value) ? `<integer>${value}</integer>` : realElement(value);
}

function realElement(value: number): string {
  if (Number.isNaN(value)) return "<real>nan</real>";
  if (!Number.isFinite(value)) return `<real>${value > 0 ? "+" : "-"}infinity</real>`;
  const text = String(value);
  return `<real>${/^-?\d+$/.test(text) ? `${text}.0` : text}</real>`;
}

/**
 * Checks that an integer fits a plist.
 *
 * @throws {PlistError} `plist_unwritable` outside -2^63 … 2^64-1.
 */
export function writableInteger(value: bigint): bigint {
  if (value < plistIntegerMin || value > plistIntegerMax) {
    throw new PlistError("plist_unwritable", "Cannot write an integer beyond 64 bits");
  }
  return value;
}

function dateText(date: Date): string {
  const text = Number.isNaN(date.getTime()) ? "" : date.toISOString();
  // Years outside 0000 … 9999 print with a sign, which the plist form of dates does not have.
  if (!/^\d{4}-/.test(text)) throw new PlistError("plist_unwritable", "Cannot write that date");
  return `${text.slice(0, 19)}Z`;
}

function escapeText(text: string): string {
  if (unwritableCharacter.test(text) || !text.isWellFormed()) {
    throw new PlistError("plist_unwritable", "Cannot write a control character or half a surrogate pair");
  }
  return text.replace(/[&<>\r]/g, (character) => escapes.get(character) ?? character);
}
