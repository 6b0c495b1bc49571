/**
 * Turns what clients send into what schemas describe, as leniently as the reference does (http-api 1.8):
 * trimmed strings, numbers in strings, words for booleans. What cannot be turned is an issue with its exact
 * text (1.7).
 */
import type { TSchema } from "typebox";
import { type Field, type FieldShape, fieldOf } from "./field-shape.ts";
import * as texts from "./field-texts.ts";
import { integerMax, integerMin, unknownPkText } from "./wire-fields.ts";
import { parseWireTime } from "./wire-time.ts";

/** One thing wrong with the input, at a path of member names and list indexes. */
export type InputIssue = { readonly path: readonly (string | number)[]; readonly text: string };

type Path = InputIssue["path"];
type Outcome = { readonly value: unknown; readonly issues: readonly InputIssue[] };

/** Longest text that is read as a number. */
const integerCharactersMax = 1000;

/**
 * Coerces a request body.
 *
 * @returns The coerced copy with known members only, and every issue found. Absent optional members stay
 * absent.
 */
export function coerceInput(schema: TSchema, input: unknown): Outcome {
  if (input === null) return { value: input, issues: [{ path: [], text: texts.noDataText }] };
  return coerce(fieldOf(schema), input, []);
}

function coerce(field: Field, input: unknown, path: Path): Outcome {
  if (input === null) return coerceNull(field, path);
  const { shape } = field;
  switch (shape.kind) {
    case "object":
      return coerceObject(shape, input, path);
    case "list":
      return coerceList(shape.items, input, path);
    case "map":
      return coerceMap(shape.values, input, path);
    case "union":
      return coerceUnion(shape.alternatives, input, path);
    case "boolean":
      return coerceBoolean(field, input, path);
    default:
      return coerceScalar(field, shape, input, path);
  }
}

type Scalar = Exclude<FieldShape, { readonly kind: "object" | "list" | "map" | "union" | "boolean" }>;

function coerceScalar(field: Field, shape: Scalar, input: unknown, path: Path): Outcome {
  switch (shape.kind) {
    case "string":
      return coerceString(field, input, path);
    case "integer":
      return coerceInteger(field, input, path);
    case "number":
      return coerceNumber(input, path);
    case "uuid":
      return coerceWith(parseUuid(input), texts.uuidText, path);
    case "datetime":
      return coerceWith(parseDatetime(input), texts.datetimeText, path);
    case "time":
      return coerceWith(parseTime(input), texts.timeText, path);
    case "choice":
      return coerceChoice(shape.values, input, path);
    case "relation":
      return shape.key === "uuid"
        ? coerceForeignUuid(field, input, path)
        : coerceForeignId(field, input, path);
    case "json":
      return coerceJson(input, path);
    default:
      return shape satisfies never;
  }
}

const good = (value: unknown): Outcome => ({ value, issues: [] });
const bad = (path: Path, text: string): Outcome => ({ value: undefined, issues: [{ path, text }] });
const coerceWith = (value: unknown, text: string, path: Path): Outcome =>
  value === null ? bad(path, text) : good(value);

function coerceNull(field: Field, path: Path): Outcome {
  if (field.isNullable || field.shape.kind === "json") return good(null);
  // The Go client sends null for a list it has nothing for (http-api 4.1).
  if (field.shape.kind === "list") return good([]);
  return bad(path, texts.nullText);
}

function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function coerceObject(shape: FieldShape & { kind: "object" }, input: unknown, path: Path): Outcome {
  if (!isRecord(input)) return bad([...path, nonFieldErrors], texts.objectText(input));
  const value: Record<string, unknown> = {};
  const issues: InputIssue[] = [];
  for (const [name, schema] of Object.entries(shape.properties)) {
    const field = fieldOf(schema);
    if (field.isReadOnly) continue;
    const memberPath = [...path, name];
    if (!Object.hasOwn(input, name)) {
      if (shape.required.has(name)) issues.push({ path: memberPath, text: texts.requiredText });
      continue;
    }
    const member = coerce(field, input[name], memberPath);
    issues.push(...member.issues);
    value[name] = member.value;
  }
  return { value, issues };
}

/** Member of the answer that holds what is wrong with an object as a whole. */
export const nonFieldErrors = "non_field_errors";

function coerceList(items: TSchema, input: unknown, path: Path): Outcome {
  const item = fieldOf(items);
  if (!Array.isArray(input)) {
    return bad(item.shape.kind === "object" ? [...path, nonFieldErrors] : path, texts.listText(input));
  }
  const outcomes = input.map((element, index) => coerce(item, element, [...path, index]));
  const values = outcomes.map((outcome) => outcome.value);
  const issues = outcomes.flatMap((outcome) => outcome.issues);
  if (item.shape.kind !== "relation") return { value: values, issues };
  // A set of ids: duplicates collapse, and the first unusable key stands for the field.
  return { value: [...new Set(values)], issues: issues.slice(0, 1).map(({ text }) => ({ path, text })) };
}

function coerceMap(values: TSchema, input: unknown, path: Path): Outcome {
  if (!isRecord(input)) return bad(path, texts.mapText(input));
  const value: [string, unknown][] = [];
  const issues: InputIssue[] = [];
  for (const [name, member] of Object.entries(input)) {
    if (name === "__proto__") continue;
    const nameText = unstorableText(name);
    const outcome =
      nameText === null ? coerce(fieldOf(values), member, [...path, name]) : bad(path, nameText);
    issues.push(...outcome.issues);
    value.push([name, outcome.value]);
  }
  return { value: Object.fromEntries(value), issues };
}

function coerceUnion(alternatives: readonly TSchema[], input: unknown, path: Path): Outcome {
  const outcomes = alternatives.map((alternative) => coerce(fieldOf(alternative), input, path));
  return outcomes.find(({ issues }) => issues.length === 0) ?? outcomes[0] ?? good(input);
}

function coerceString(field: Field, input: unknown, path: Path): Outcome {
  const isText = typeof input === "string" || (typeof input === "number" && Number.isFinite(input));
  if (!isText) return bad(path, texts.stringText);
  const value = String(input).trim();
  if (value === "" && (field.rules.minLength ?? 0) > 0) return bad(path, texts.blankText);
  const text = unstorableText(value);
  return text === null ? good(value) : bad(path, text);
}

/** PostgreSQL stores neither NUL nor half of a surrogate pair. */
function unstorableText(value: string): string | null {
  if (value.includes("\0")) return texts.nullCharacterText;
  return value.isWellFormed() ? null : texts.surrogateText(value);
}

function coerceInteger(field: Field, input: unknown, path: Path): Outcome {
  if (typeof input === "string" && input.length > integerCharactersMax)
    return bad(path, texts.integerTooLongText);
  const value = parseInteger(input);
  if (value === null) return bad(path, texts.integerText);
  if (value > integerMax && field.rules.maximum === undefined)
    return bad(path, texts.maximumText(integerMax));
  if (value < integerMin && field.rules.minimum === undefined)
    return bad(path, texts.minimumText(integerMin));
  return good(value);
}

function parseInteger(input: unknown): number | null {
  if (typeof input === "string") {
    if (!/^\s*[+-]?\d+(\.0*)?\s*$/.test(input)) return null;
    return Number.parseInt(input, 10) + 0;
  }
  // Adding zero turns the negative zero, which JSON can write, into the plain one.
  return typeof input === "number" && Number.isInteger(input) ? input + 0 : null;
}

function coerceNumber(input: unknown, path: Path): Outcome {
  const isNumberText = typeof input === "string" && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(input);
  const value = typeof input === "number" ? input : isNumberText ? Number(input) : Number.NaN;
  return Number.isFinite(value) ? good(value) : bad(path, texts.numberText);
}

const trueWords = wordsOf("t", "y", "yes", "true", "on", "1");
const falseWords = wordsOf("f", "n", "no", "false", "off", "0");
const nullWords = new Set(["", "null", "Null", "NULL"]);

/** Each word in the usual cases: lower, capitalised, upper. */
function wordsOf(...words: readonly string[]): ReadonlySet<string> {
  return new Set(
    words.flatMap((word) => [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)]),
  );
}

function coerceBoolean(field: Field, input: unknown, path: Path): Outcome {
  if (typeof input === "boolean") return good(input);
  if (input === 1 || input === 0) return good(input === 1);
  const word = typeof input === "string" ? input.trim() : null;
  if (word !== null && trueWords.has(word)) return good(true);
  if (word !== null && falseWords.has(word)) return good(false);
  if (word !== null && field.isNullable && nullWords.has(word)) return good(null);
  return bad(path, texts.booleanText);
}

function coerceChoice(values: readonly (string | number)[], input: unknown, path: Path): Outcome {
  const isPlain = typeof input === "string" || typeof input === "number";
  const found = isPlain ? values.find((value) => String(value) === String(input)) : undefined;
  return found === undefined ? bad(path, texts.choiceText(input)) : good(found);
}

/** Reads a UUID with or without hyphens, in any case; null when it is none. */
export function parseUuid(input: unknown): string | null {
  if (typeof input !== "string") return null;
  const hex = input.trim().toLowerCase();
  if (!/^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(hex)) return null;
  return hex.replaceAll("-", "").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function parseDatetime(input: unknown): string | null {
  return typeof input === "string" ? (parseWireTime(input)?.toISOString() ?? null) : null;
}

function parseTime(input: unknown): string | null {
  const match =
    typeof input === "string" ? /^(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?$/.exec(input.trim()) : null;
  if (match === null) return null;
  const [, hours = "", minutes = "", seconds = "00", fraction = ""] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  return `${hours}:${minutes}:${seconds}${Number(fraction) > 0 ? fraction.padEnd(7, "0") : ""}`;
}

function coerceForeignId(field: Field, input: unknown, path: Path): Outcome {
  if (input === "") return coerceNull(field, path);
  const isKey = typeof input === "number" || typeof input === "string";
  const value = isKey ? parseInteger(input) : null;
  if (value === null) return bad(path, texts.relationTypeText(input));
  return value < 0 || value > integerMax ? bad(path, unknownPkText(String(input).slice(0, 40))) : good(value);
}

function coerceForeignUuid(field: Field, input: unknown, path: Path): Outcome {
  if (input === "") return coerceNull(field, path);
  if (typeof input === "boolean") return bad(path, texts.relationTypeText(input));
  return coerceWith(parseUuid(input), texts.relationUuidText(input), path);
}

function coerceJson(input: unknown, path: Path): Outcome {
  const found: { text: string | null } = { text: null };
  const value = copyJson(input, found);
  return found.text === null ? good(value) : bad(path, found.text);
}

/**
 * Copies free JSON without what cannot be stored or would reach a prototype; depth is bounded by the parser.
 */
function copyJson(input: unknown, found: { text: string | null }): unknown {
  if (typeof input === "string") found.text ??= unstorableText(input);
  if (typeof input === "number" && !Number.isFinite(input)) found.text ??= texts.jsonText;
  if (Array.isArray(input)) return input.map((element) => copyJson(element, found));
  if (!isRecord(input)) return input;
  const members = Object.entries(input).filter(([name]) => name !== "__proto__");
  return Object.fromEntries(
    members.map(([name, member]) => {
      found.text ??= unstorableText(name);
      return [name, copyJson(member, found)];
    }),
  );
}
