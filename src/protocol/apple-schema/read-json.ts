// Gives JSON the types a property list has and JSON lacks, as Apple's schema names them: bytes, dates and reals.
// Whether the result is right is judged afterwards, by validate-command.ts; what cannot be turned stays as it is, so
// that it is judged there.
import { type PlistWritable, type PlistWritableDictionary, Real } from "../plist/value.ts";
import { isWildcard, type SchemaKey } from "./schema.ts";

/** Containers inside containers of a JSON value; Apple's stay below 10. */
export const jsonDepthMax = 32;

const base64Pattern = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Turns a JSON value into the property list value of a schema key: base64 into bytes where the key is data, RFC 3339
 * text into a date where it is a date, numbers into reals where it is a real. Null members are absent.
 *
 * @returns Null for what no property list holds: null itself, and anything deeper than {@link jsonDepthMax}.
 */
export function readJsonValue(key: SchemaKey | undefined, json: unknown, depth = 0): PlistWritable | null {
  if (depth > jsonDepthMax) return null;
  if (typeof json === "string") return readText(key, json);
  if (typeof json === "number") return key?.type === "real" ? new Real(json) : json;
  if (typeof json === "boolean") return json;
  if (Array.isArray(json)) return readList(key, json, depth);
  return typeof json === "object" && json !== null ? readObject(key?.keys ?? [], json, depth) : null;
}

function readText(key: SchemaKey | undefined, text: string): PlistWritable {
  if (key?.type === "data" && base64Pattern.test(text)) return Buffer.from(text, "base64");
  const isTime = key?.type === "date" && timestampPattern.test(text);
  return isTime && !Number.isNaN(Date.parse(text)) ? new Date(text) : text;
}

function readList(key: SchemaKey | undefined, list: readonly unknown[], depth: number): PlistWritable {
  return list.flatMap((item) => {
    const value = readJsonValue(itemKey(key?.keys ?? [], item), item, depth + 1);
    return value === null ? [] : [value];
  });
}

function readObject(keys: readonly SchemaKey[], json: object, depth: number): PlistWritableDictionary {
  const members = Object.entries(json).flatMap(([name, member]: [string, unknown]) => {
    const key = keys.find((each) => each.key === name) ?? keys.find(isWildcard);
    const value = readJsonValue(key, member, depth + 1);
    return value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(members);
}

/** Items of several shapes name theirs in a key that has one value in each shape. */
function itemKey(keys: readonly SchemaKey[], item: unknown): SchemaKey | undefined {
  if (keys.length < 2 || typeof item !== "object" || item === null) return keys[0];
  const members = new Map<string, unknown>(Object.entries(item));
  return keys.find(({ keys: inner = [] }) =>
    inner.some(
      ({ key, required, values }) => required && values?.length === 1 && members.get(key) === values[0],
    ),
  );
}
