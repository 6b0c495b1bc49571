// Judges one value of a message by its key of the schema: type, listed values, bounds, format. Not what is
// inside it.
import { type PlistWritable, type PlistWritableDictionary, quoteHostileText, Real } from "../plist/value.ts";
import { findClosest } from "./find-closest.ts";
import type { SchemaProblem, SchemaProblemCode } from "./finding.ts";
import type { SchemaKey, SchemaType } from "./schema.ts";

/** Longest list of allowed values that a reason quotes. */
const quotedValuesMax = 16;

/** Tells whether a value is a dictionary. */
export function isWritableDictionary(value: PlistWritable): value is PlistWritableDictionary {
  return typeOf(value) === "dictionary";
}

/** Where a value is, and whether a reason names the listed value that it was meant to be: finding that takes time. */
export type ValuePlace = { readonly keyPath: string; readonly isHinted: boolean };

/** The problem of a value, or null. */
export function judgeValue(
  key: SchemaKey,
  value: PlistWritable,
  { keyPath, isHinted }: ValuePlace,
): SchemaProblem | null {
  const problem = (code: SchemaProblemCode, reason: string): SchemaProblem => ({ code, keyPath, reason });
  if (!isOfType(value, key.type)) {
    return problem("type_mismatch", `must be of type ${key.type}, not ${typeOf(value)}`);
  }
  const listed = listedValues(key);
  if (listed !== null && !listed.includes(comparable(value))) {
    return problem("value_not_listed", reasonOfUnlisted(listed, value, isHinted));
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = key.range ?? {};
  const number = comparable(value);
  if (typeof number === "number" && !(number >= min && number <= max)) {
    return problem("value_out_of_range", `must be between ${min} and ${max}`);
  }
  if (key.format !== undefined && typeof value === "string" && !matchesWhole(key.format, value)) {
    return problem("value_malformed", `must match ${key.format}`);
  }
  return null;
}

/**
 * The values a key may have: of a number or text those of its list, of a text also those described one by
 * one.
 */
function listedValues(key: SchemaKey): readonly unknown[] | null {
  if (key.values !== undefined) return key.values;
  return key.type === "string" && key.keys !== undefined ? key.keys.map((each) => each.key) : null;
}

function reasonOfUnlisted(listed: readonly unknown[], value: PlistWritable, isHinted: boolean): string {
  const words = listed.filter((each) => typeof each === "string");
  const closest = isHinted && typeof value === "string" ? findClosest(value, words) : null;
  const hint = closest === null ? "" : `; closest is ${JSON.stringify(closest)}`;
  const given = typeof value === "string" ? quoteHostileText(value) : String(comparable(value));
  if (listed.length > quotedValuesMax) return `has no value ${given}${hint}`;
  return `must be one of ${listed.map((each) => JSON.stringify(each)).join(", ")}, not ${given}${hint}`;
}

function isOfType(value: PlistWritable, type: SchemaType): boolean {
  const actual = typeOf(value);
  // Property lists read "1.0" and "1" as one number, and devices take a whole number for a real.
  if (type === "real") return actual === "real" || actual === "integer";
  return type === "any" || actual === type;
}

function typeOf(value: PlistWritable): SchemaType {
  if (value instanceof Real) return "real";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "real";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "string" || typeof value === "boolean") return typeof value as "string" | "boolean";
  if (value instanceof Date) return "date";
  if (value instanceof Uint8Array) return "data";
  return Array.isArray(value) ? "array" : "dictionary";
}

function comparable(value: PlistWritable): unknown {
  if (value instanceof Real) return value.value;
  return typeof value === "bigint" ? Number(value) : value;
}

function matchesWhole(format: string, text: string): boolean {
  return new RegExp(`^(?:${format})$`, "u").test(text);
}
