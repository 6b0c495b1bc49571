/** What can be written at a place, by Apple's schema, and the text that it becomes. */
import { keyTitles, payloadTexts } from "../../../texts/payloads.ts";
import type { DocumentKind } from "../build-document.ts";
import { isFound, isWildcard, keyTitle, type Scalar, type SchemaKey } from "../schema-key.ts";
import { type Cursor, pathText, type Scan, type Step } from "./place.ts";

export type Suggestion = {
  readonly label: string;
  /** Beside it: what it is. */
  readonly note: string;
  /** Replaces what is between {@link Cursor.from} and {@link Cursor.to}. */
  readonly text: string;
  /** Where the cursor is then, from the beginning of the text. */
  readonly caret: number;
};

/** The steps within a payload, and the type of that payload; null outside of payloads. */
export function payloadAt(
  kind: DocumentKind,
  scan: Scan,
  steps: readonly Step[],
): { readonly type: string; readonly inner: readonly Step[] } | null {
  const [first, second, ...rest] = steps;
  const isProfile = kind === "profile";
  if (isProfile ? first !== "PayloadContent" || typeof second !== "number" : first !== "Payload") return null;
  const wanted = isProfile ? `PayloadContent[${String(second)}].PayloadType` : "Type";
  const type = scan.values.find((value) => pathText(value.steps) === wanted)?.scalar ?? null;
  if (type === null || type === "") return null;
  return { type, inner: isProfile ? rest : steps.slice(1) };
}

/** The key of the schema at a place; null for a place that it does not know. */
export function keyAt(keys: readonly SchemaKey[], steps: readonly Step[]): SchemaKey | null {
  const [first, ...rest] = steps;
  if (first === undefined) return null;
  const found =
    typeof first === "number" ? keys[0] : (keys.find(({ key }) => key === first) ?? keys.find(isWildcard));
  if (found === undefined) return null;
  return rest.length === 0 ? found : keyAt(found.keys, rest);
}

/** Names or values for a cursor. @param inner The container's steps within its payload. */
export function listSuggestions(
  kind: DocumentKind,
  { text, scan, cursor }: { readonly text: string; readonly scan: Scan; readonly cursor: Cursor },
  { keys, inner }: { readonly keys: readonly SchemaKey[]; readonly inner: readonly Step[] },
): readonly Suggestion[] {
  if (cursor.role === "value") {
    const key = cursor.member === null ? null : keyAt(keys, [...inner, cursor.member]);
    return key === null ? [] : valueSuggestions(kind, cursor, key);
  }
  const container = inner.length === 0 ? keys : (keyAt(keys, inner)?.keys ?? []);
  const taken = new Set(
    scan.values
      .filter(({ steps }) => steps.length === cursor.container.length + 1)
      .filter(({ steps }) => pathText(steps.slice(0, -1)) === pathText(cursor.container))
      .map(({ steps }) => steps.at(-1)),
  );
  return container
    .filter((key) => !isWildcard(key) && !taken.has(key.key) && isFound(key, cursor.prefix, keyTitles))
    .toSorted((one, other) => rankOf(one, cursor.prefix) - rankOf(other, cursor.prefix))
    .map((key) => ({ label: key.key, note: noteOf(key), ...nameText(kind, key, { text, cursor }) }));
}

/** Names that begin so come before those that hold it; what is needed before what is not. */
function rankOf({ key, required }: SchemaKey, prefix: string): number {
  const begins = key.toLowerCase().startsWith(prefix.toLowerCase());
  return (begins ? 0 : 2) + (required ? 0 : 1);
}

function valueSuggestions(kind: DocumentKind, cursor: Cursor, key: SchemaKey): readonly Suggestion[] {
  const values: readonly Scalar[] = key.values ?? (key.type === "boolean" ? [true, false] : []);
  const wanted = cursor.prefix.toLowerCase();
  return values
    .filter(
      (value) =>
        String(value).toLowerCase().includes(wanted) || values.some((each) => String(each) === cursor.prefix),
    )
    .map((value) => ({ label: String(value), note: "", ...valueText(kind, value) }));
}

/** Types of payloads and declarations, where a document says which one it has. */
export function typeSuggestions(
  kind: DocumentKind,
  cursor: Cursor,
  catalog: readonly { readonly type: string; readonly title: string }[],
): readonly Suggestion[] {
  const place = pathText(cursor.container);
  const isType =
    kind === "profile"
      ? cursor.member === "PayloadType" && /^PayloadContent\[\d+\]$/.test(place)
      : cursor.member === "Type" && place === "";
  if (!isType) return [];
  const wanted = cursor.prefix.toLowerCase();
  return catalog
    .filter(({ type, title }) => `${type} ${title}`.toLowerCase().includes(wanted))
    .map(({ type, title }) => ({ label: type, note: title, ...valueText(kind, type) }));
}

function noteOf(key: SchemaKey): string {
  return `${keyTitles[key.key] ?? keyTitle(key.key)} · ${key.type}${key.required ? ` · ${payloadTexts.needed}` : ""}`;
}

function valueText(kind: DocumentKind, value: Scalar): { readonly text: string; readonly caret: number } {
  const text = kind === "profile" ? plistValue(value) : JSON.stringify(value);
  return { text, caret: text.length };
}

function plistValue(value: Scalar): string {
  if (typeof value === "boolean") return `<${String(value)}/>`;
  if (typeof value === "number") return `<integer>${value}</integer>`;
  return `<string>${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</string>`;
}

const plistEmpty: Readonly<Record<string, string>> = {
  boolean: "<true/>",
  integer: "<integer>|</integer>",
  real: "<real>|</real>",
  dictionary: "<dict>|</dict>",
  array: "<array>|</array>",
  data: "<data>|</data>",
  date: "<date>|</date>",
};
const jsonEmpty: Readonly<Record<string, string>> = {
  boolean: "true",
  integer: "|0",
  real: "|0",
  dictionary: "{|}",
  array: "[|]",
};

/** A name with an empty value of its type, where the cursor then is. */
function nameText(
  kind: DocumentKind,
  key: SchemaKey,
  { text, cursor }: { readonly text: string; readonly cursor: Cursor },
): { readonly text: string; readonly caret: number } {
  const lead = text.slice(0, cursor.from);
  if (kind === "profile") {
    const indent = /[\t ]*$/.exec(lead)?.[0] ?? "";
    const value = plistEmpty[key.type] ?? "<string>|</string>";
    return withCaret(`<key>${key.key}</key>\n${indent}${value}`);
  }
  const before = lead.trimEnd();
  const comma = before.endsWith("{") || before.endsWith(",") ? "" : ", ";
  // A name that had a value already keeps it.
  const rest = text.slice(cursor.to).trimStart();
  if (rest.startsWith(":")) return withCaret(`${comma}"${key.key}"|`);
  const after = rest.startsWith('"') ? "," : "";
  return withCaret(`${comma}"${key.key}": ${jsonEmpty[key.type] ?? '"|"'}${after}`);
}

function withCaret(marked: string): { readonly text: string; readonly caret: number } {
  const at = marked.indexOf("|");
  return { text: marked.replace("|", ""), caret: at === -1 ? marked.length : at };
}
