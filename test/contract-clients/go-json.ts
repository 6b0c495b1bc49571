/**
 * What Go's encoding/json makes of a body: the reference's clients are Go programs, and are stricter about the types of
 * members than they are about which members there are (http-api 4.1).
 */

export type GoType =
  | "string"
  | "int"
  | "bool"
  /** A timestamp without zone; null and a zone are errors. */
  | "time"
  | "any"
  | { readonly pointer: GoType }
  | { readonly slice: GoType }
  | { readonly map: GoType }
  | { readonly struct: GoStruct };

/** Members by their name on the wire, in the order in which Go writes them. */
export type GoStruct = Readonly<Record<string, GoType>>;

export type GoValues = Readonly<Record<string, unknown>>;

export const pointer = (type: GoType): GoType => ({ pointer: type });
export const slice = (type: GoType): GoType => ({ slice: type });
export const struct = (members: GoStruct): GoType => ({ struct: members });

export class GoDecodeError extends Error {
  constructor(path: string, expected: string, value: unknown) {
    super(`${path === "" ? "the body" : path}: Go cannot make ${expected} of ${JSON.stringify(value)}`);
    this.name = "GoDecodeError";
  }
}

const zoneless = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?$/;

/** The value that Go leaves where a body says nothing. */
export function zeroOf(type: GoType): unknown {
  if (type === "string" || type === "time") return "";
  if (type === "int") return 0;
  if (type === "bool") return false;
  if (type === "any" || !("struct" in type)) return null;
  return Object.fromEntries(Object.entries(type.struct).map(([name, member]) => [name, zeroOf(member)]));
}

/** Decodes parsed JSON into a type: members it does not know are dropped. Throws {@link GoDecodeError}. */
export function decodeGo(type: GoType, value: unknown, path = ""): unknown {
  if (typeof type === "string") return decodeScalar(type, value, path);
  if (value === null) return zeroOf(type);
  if ("pointer" in type) return decodeGo(type.pointer, value, path);
  if ("slice" in type) {
    if (!Array.isArray(value)) throw new GoDecodeError(path, "a slice", value);
    return value.map((item, index) => decodeGo(type.slice, item, `${path}[${index}]`));
  }
  if (typeof value !== "object" || Array.isArray(value)) throw new GoDecodeError(path, "an object", value);
  return "map" in type
    ? mapMembers(value, (item, name) => decodeGo(type.map, item, `${path}.${name}`))
    : decodeStruct(type.struct, value as GoValues, path);
}

function mapMembers(value: object, change: (item: unknown, name: string) => unknown): GoValues {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, change(item, name)]));
}

function decodeStruct(members: GoStruct, value: GoValues, path: string): GoValues {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => {
      const isThere = Object.hasOwn(value, name);
      return [name, isThere ? decodeGo(member, value[name], `${path}.${name}`) : zeroOf(member)];
    }),
  );
}

function decodeScalar(type: Extract<GoType, string>, value: unknown, path: string): unknown {
  if (type === "any") return value;
  if (type === "time") {
    if (typeof value === "string" && zoneless.test(value)) return value;
    throw new GoDecodeError(path, "a timestamp", value);
  }
  if (value === null) return zeroOf(type);
  const isFit = type === "int" ? Number.isSafeInteger(value) : typeof value === typeNames[type];
  if (!isFit) throw new GoDecodeError(path, type, value);
  return value;
}

const typeNames = { string: "string", bool: "boolean" } as const;

/**
 * Encodes a request as Go does: every member in its order, zero where nothing was set, slices that are nil as null,
 * the members named `omitted` only when set; `<`, `>` and `&` escaped, maps sorted, a line feed at the end.
 */
export function encodeGo(members: GoStruct, values: GoValues, omitted: readonly string[] = []): string {
  const filled = fill({ struct: members }, values) as GoValues;
  const kept = Object.entries(filled).filter(([name, value]) => !omitted.includes(name) || value !== "");
  const text = JSON.stringify(Object.fromEntries(kept));
  return `${text.replace(/[<>&]/g, (found) => `\\u00${found.charCodeAt(0).toString(16)}`)}\n`;
}

/** Puts the members of a value into their order and zeros into those that are not set. */
export function fill(type: GoType, value: unknown): unknown {
  if (value === undefined) return zeroOf(type);
  if (value === null || typeof type === "string") return type === "any" ? sortMembers(value) : value;
  if ("pointer" in type) return fill(type.pointer, value);
  if ("slice" in type) return (value as readonly unknown[]).map((item) => fill(type.slice, item));
  if ("map" in type) return sortMembers(value);
  const values = value as GoValues;
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(type.struct, name));
  if (unknown.length > 0) throw new Error(`The client has no member ${unknown.join(", ")}`);
  return Object.fromEntries(
    Object.entries(type.struct).map(([name, member]) => [name, fill(member, values[name])]),
  );
}

function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sortMembers(item)]));
}
