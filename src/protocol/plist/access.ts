// Reads members of a hostile dictionary by type. Absent, of another type, or unfit to be stored: always null,
// so that a malformed optional member never fails a message. Who needs a member checks for null and refuses
// by name.
import { isDictionary, type PlistDictionary, type PlistValue } from "./value.ts";

/**
 * The string at `key`, or null. A string with NUL, which a binary plist may hold and PostgreSQL may not, is
 * null too.
 */
export function stringAt(dictionary: PlistDictionary, key: string): string | null {
  const value = dictionary[key];
  return typeof value === "string" && !value.includes("\0") ? value : null;
}

/**
 * The string at `key` when it has at least one character, or null: devices send empty strings for what they
 * lack.
 */
export function nonEmptyStringAt(dictionary: PlistDictionary, key: string): string | null {
  return stringAt(dictionary, key) || null;
}

/** The bytes at `key`, or null. */
export function bytesAt(dictionary: PlistDictionary, key: string): Buffer | null {
  const value = dictionary[key];
  return Buffer.isBuffer(value) ? value : null;
}

/** The boolean at `key`, or null. */
export function booleanAt(dictionary: PlistDictionary, key: string): boolean | null {
  const value = dictionary[key];
  return typeof value === "boolean" ? value : null;
}

/** The whole number at `key` when it is a safe integer, or null. */
export function integerAt(dictionary: PlistDictionary, key: string): number | null {
  const value = dictionary[key];
  return Number.isSafeInteger(value) && typeof value === "number" ? value : null;
}

/** The number at `key`, whole or real, when it is finite, or null. */
export function numberAt(dictionary: PlistDictionary, key: string): number | null {
  const value = dictionary[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The date at `key`, or null. */
export function dateAt(dictionary: PlistDictionary, key: string): Date | null {
  const value = dictionary[key];
  return value instanceof Date ? value : null;
}

/** The dictionary at `key`, or null. */
export function dictionaryAt(dictionary: PlistDictionary, key: string): PlistDictionary | null {
  const value = dictionary[key];
  return isDictionary(value) ? value : null;
}

/** The array at `key`, or null. */
export function arrayAt(dictionary: PlistDictionary, key: string): PlistValue[] | null {
  const value = dictionary[key];
  return Array.isArray(value) ? value : null;
}

/** The dictionaries in the array at `key`, members of other types left out; null when there is no array. */
export function dictionariesAt(dictionary: PlistDictionary, key: string): PlistDictionary[] | null {
  return arrayAt(dictionary, key)?.filter(isDictionary) ?? null;
}

/** The strings in the array at `key`, members of other types left out; null when there is no array. */
export function stringsAt(dictionary: PlistDictionary, key: string): string[] | null {
  const isCleanString = (value: PlistValue) => typeof value === "string" && !value.includes("\0");
  return arrayAt(dictionary, key)?.filter((value): value is string => isCleanString(value)) ?? null;
}

/** The byte strings in the array at `key`, members of other types left out; null when there is no array. */
export function byteStringsAt(dictionary: PlistDictionary, key: string): Buffer[] | null {
  return arrayAt(dictionary, key)?.filter((value): value is Buffer => Buffer.isBuffer(value)) ?? null;
}
