/** What a form made from Apple's tables holds, and what of it belongs into a document. */
import { PlistSource } from "../../format/plist.ts";
import { isWildcard, type SchemaKey } from "./schema-key.ts";

/** The members of one dictionary. */
export type FormValue = Readonly<Record<string, unknown>>;

/** Changes a member from what it was; undefined takes it away. */
export type Change = (name: string, update: (before: unknown) => unknown) => void;

export function isDictionary(value: unknown): value is FormValue {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof PlistSource)
  );
}

/** A dictionary with one member changed; undefined takes it away. */
export function withMember(value: FormValue, name: string, member: unknown): FormValue {
  if (member !== undefined) return { ...value, [name]: member };
  return Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
}

/** What of a form belongs into the document: fields that nobody filled do not, unless Apple wants them empty. */
export function filledMembers(value: FormValue, keys: readonly SchemaKey[]): FormValue {
  const wildcard = keys.find(isWildcard);
  const known = new Map(keys.map((key) => [key.key, key]));
  const members = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const filled = filledValue(member, known.get(name) ?? wildcard);
    return filled === undefined ? [] : [[name, filled]];
  });
  const present = new Set(members.map(([name]) => name));
  const empty = keys
    .filter(({ key, required, type }) => required && type === "dictionary" && !present.has(key))
    .filter((key) => !isWildcard(key))
    .map((key): [string, unknown] => [key.key, {}]);
  return Object.fromEntries([...members, ...empty]);
}

function filledValue(value: unknown, key: SchemaKey | undefined): unknown {
  if (value === "" || value === undefined || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.flatMap((item: unknown) => filledItem(item, key?.keys[0]));
    return items.length === 0 ? undefined : items;
  }
  if (!isDictionary(value)) return value;
  // A dictionary without keys in the schema is any dictionary.
  const filled = key === undefined || key.keys.length === 0 ? value : filledMembers(value, key.keys);
  return Object.keys(filled).length === 0 ? undefined : filled;
}

/** An item that was added is meant, also when it is empty yet: what it lacks is told. */
function filledItem(item: unknown, key: SchemaKey | undefined): unknown[] {
  if (isDictionary(item)) return [key === undefined ? item : filledMembers(item, key.keys)];
  const filled = filledValue(item, key);
  return filled === undefined ? [] : [filled];
}

/** What a new item of a list begins with. */
export function emptyItem({ type }: SchemaKey): unknown {
  if (type === "dictionary") return {};
  return type === "array" ? [] : "";
}
