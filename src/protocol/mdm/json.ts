import { isDictionary, type PlistDictionary, type PlistValue } from "../plist/value.ts";

/** A value JSON holds. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** An object JSON holds. */
export type JsonObject = { [key: string]: JsonValue };

/**
 * Turns a read plist value into JSON that PostgreSQL stores.
 *
 * Bytes become base64, dates ISO 8601 in UTC with whole seconds (`2016-11-03T03:12:26Z`), integers beyond
 * 2^53 decimal strings, NaN and infinities null. NUL is removed from strings and keys: `jsonb` refuses it.
 */
export function plistToJson(value: PlistValue): JsonValue {
  if (typeof value === "string") return cleanText(value);
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, "Z");
  if (Buffer.isBuffer(value)) return value.toString("base64");
  return isDictionary(value) ? plistToJsonObject(value) : value.map(plistToJson);
}

/**
 * Turns a read dictionary into a JSON object, as {@link plistToJson}; `omit` leaves members of this level
 * out.
 */
export function plistToJsonObject(dictionary: PlistDictionary, omit: readonly string[] = []): JsonObject {
  // No prototype here either: the key may be `__proto__`.
  const result: JsonObject = Object.create(null);
  for (const [key, member] of Object.entries(dictionary)) {
    if (!omit.includes(key)) result[cleanText(key)] = plistToJson(member);
  }
  return result;
}

function cleanText(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "") : text;
}
