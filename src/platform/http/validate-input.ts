/**
 * Validation of request bodies: coercion first, then the limits of the schema; all errors together (http-api
 * 1.7).
 */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { TSchema } from "typebox";
import { type InputIssue, coerceInput, nonFieldErrors } from "./coerce-input.ts";
import { fieldOf } from "./field-shape.ts";
import * as texts from "./field-texts.ts";
import { patternTextKeyword } from "./wire-fields.ts";

export type ValidInput = { readonly isValid: true; readonly value: unknown };
/** `errors` is the body of the 400: field names to arrays of texts, nested as the input is. */
export type InvalidInput = { readonly isValid: false; readonly errors: Readonly<Record<string, unknown>> };
export type InputValidator = (input: unknown) => ValidInput | InvalidInput;

const schemes = new Set(["http:", "https:", "ftp:", "ftps:"]);
const emailPattern =
  /^[^\s@"<>(),:;\\[\]]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}$/i;

function isWebUrl(value: string): boolean {
  // Where blanks are not allowed, a shortest length says so.
  if (value === "") return true;
  if (/\s/.test(value) || !/^[a-z]+:\/\/[^/]/i.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  const isHost = hostname === "localhost" || hostname.startsWith("[") || hostname.includes(".");
  return schemes.has(protocol) && isHost;
}

/** Formats that coercion has already read need no second look. */
const formats = { uuid: true, "date-time": true, time: true, email: emailPattern, uri: isWebUrl } as const;

/** A validator that neither coerces nor fills in defaults (decisions, "fastify's Ajv defaults"). */
export function createAjv(): Ajv {
  return new Ajv({
    allErrors: true,
    strict: false,
    coerceTypes: false,
    useDefaults: false,
    formats,
    verbose: true,
  });
}

/** Prepares the validator of one body schema. */
export function createInputValidator(ajv: Ajv, schema: TSchema): InputValidator {
  const validate = ajv.compile(schema);
  return (input) => {
    const coerced = coerceInput(schema, input);
    const issues = [...coerced.issues, ...limitIssues(validate, coerced)];
    if (issues.length === 0) return { isValid: true, value: coerced.value };
    return {
      isValid: false,
      errors: shapeIssues(schema, issues, input) as Readonly<Record<string, unknown>>,
    };
  };
}

function limitIssues(
  validate: ValidateFunction,
  coerced: { readonly value: unknown; readonly issues: readonly InputIssue[] },
): InputIssue[] {
  if (validate(coerced.value)) return [];
  const known = new Set(coerced.issues.map(({ path }) => JSON.stringify(path)));
  return (validate.errors ?? []).flatMap((error) => {
    const text = limitText(error);
    if (text === null) return [];
    const path = pathOf(error.instancePath, coerced.value);
    return known.has(JSON.stringify(path)) ? [] : [{ path, text }];
  });
}

/** The text of a broken limit, or null for keywords that coercion has already judged. */
function limitText(error: ErrorObject): string | null {
  const limit = (error.params as { readonly limit?: number }).limit ?? 0;
  switch (error.keyword) {
    case "maxLength":
      return texts.maxLengthText(limit);
    case "minLength":
      return error.data === "" ? texts.blankText : texts.minLengthText(limit);
    case "minimum":
      return texts.minimumText(limit);
    case "maximum":
      return texts.maximumText(limit);
    case "minItems":
      return Array.isArray(error.data) && error.data.length === 0
        ? texts.emptyListText
        : texts.minItemsText(limit);
    case "maxItems":
      return texts.maxItemsText(limit);
    case "pattern":
      return patternTextOf(error);
    case "format":
      return formatText(error);
    case "type":
    case "required":
    case "const":
    case "enum":
    case "anyOf":
      return null;
    default:
      return texts.otherText;
  }
}

function patternTextOf({ parentSchema, data }: ErrorObject): string {
  const text = (parentSchema as Readonly<Record<string, unknown>> | undefined)?.[patternTextKeyword];
  return typeof text === "string" ? text.replace("{value}", () => texts.quoted(data)) : texts.patternText;
}

function formatText(error: ErrorObject): string {
  const { format } = error.params as { readonly format?: string };
  return format === "email" ? texts.emailText : texts.urlText;
}

/** Turns a JSON pointer into a path; elements of lists become numbers. */
function pathOf(pointer: string, value: unknown): (string | number)[] {
  let current: unknown = value;
  return pointer
    .split("/")
    .slice(1)
    .map((part) => {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const step = Array.isArray(current) ? Number(name) : name;
      current = (current as Readonly<Record<string | number, unknown>> | null)?.[step];
      return step;
    });
}

type Shaped = Record<string, unknown> | readonly unknown[];

/**
 * Nests issues as the reference does: lists of scalars by index string, lists of objects aligned with the
 * input.
 */
function shapeIssues(schema: TSchema, issues: readonly InputIssue[], input: unknown): Shaped {
  const own = issues.filter(({ path }) => path.length === 0).map(({ text }) => text);
  const { shape } = fieldOf(schema);
  if (shape.kind === "list" && isObjectList(schema)) {
    return own.length > 0 ? { [nonFieldErrors]: own } : alignIssues(shape.items, issues, input);
  }
  const shaped: [string, unknown][] = [];
  if (own.length > 0) shaped.push([nonFieldErrors, own]);
  for (const [step, below] of Map.groupBy(
    issues.filter(({ path }) => path.length > 0),
    ({ path }) => path[0] ?? "",
  )) {
    const rest = below.map(({ path, text }) => ({ path: path.slice(1), text }));
    const member = memberSchema(schema, step);
    // What is absent is no list yet: its text stands bare.
    const isAbsent = rest.every(({ text }) => text === texts.requiredText || text === texts.nullText);
    const isList = member !== null && isObjectList(member) && !(isAbsent && isOwn(rest));
    const isNested = isList || rest.some(({ path }) => path.length > 0);
    const nested = (): Shaped => shapeIssues(member ?? ({} as TSchema), rest, memberOf(input, step));
    shaped.push([String(step), isNested ? nested() : rest.map(({ text }) => text)]);
  }
  return Object.fromEntries(shaped);
}

/** Whether all issues are of the value itself and none of what is in it. */
function isOwn(issues: readonly InputIssue[]): boolean {
  return issues.every(({ path }) => path.length === 0);
}

function alignIssues(items: TSchema, issues: readonly InputIssue[], input: unknown): Shaped {
  const nonField = issues.filter(({ path }) => path[0] === nonFieldErrors).map(({ text }) => text);
  if (nonField.length > 0 || !Array.isArray(input)) return { [nonFieldErrors]: nonField };
  return input.map((element, index) => {
    const below = issues.filter(({ path }) => path[0] === index);
    const rest = below.map(({ path, text }) => ({ path: path.slice(1), text }));
    return rest.length === 0 ? {} : shapeIssues(items, rest, element);
  });
}

function isObjectList(schema: TSchema): boolean {
  const { shape } = fieldOf(schema);
  return shape.kind === "list" && fieldOf(shape.items).shape.kind === "object";
}

function memberSchema(schema: TSchema, step: string | number): TSchema | null {
  const { shape } = fieldOf(schema);
  if (shape.kind === "object") return shape.properties[step] ?? null;
  if (shape.kind === "list") return shape.items;
  return shape.kind === "map" ? shape.values : null;
}

function memberOf(input: unknown, step: string | number): unknown {
  return typeof input === "object" && input !== null
    ? (input as Record<string | number, unknown>)[step]
    : undefined;
}
