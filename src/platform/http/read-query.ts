/** Filters of lists: exact values of the query, an empty one means no filter (http-api 1.11). */
import type { TSchema } from "typebox";
import { parseUuid } from "./coerce-input.ts";
import { type Field, fieldOf } from "./field-shape.ts";
import * as texts from "./field-texts.ts";
import { integerMax } from "./wire-fields.ts";

export type QueryOutcome =
  | { readonly value: Readonly<Record<string, unknown>> }
  | { readonly errors: Readonly<Record<string, readonly string[]>> };

type Read = { readonly value: unknown } | { readonly text: string };

/**
 * Reads the parameters that the schema names; others are ignored, of a repeated single one the last counts.
 */
export function readQuery(schema: TSchema | undefined, query: URLSearchParams): QueryOutcome {
  const value: Record<string, unknown> = {};
  const errors: Record<string, readonly string[]> = {};
  const shape = schema === undefined ? null : fieldOf(schema).shape;
  for (const [name, member] of Object.entries(shape?.kind === "object" ? shape.properties : {})) {
    const read = readParameter(fieldOf(member), query.getAll(name));
    if (read === null) continue;
    if ("text" in read) errors[name] = [read.text];
    else value[name] = read.value;
  }
  return Object.keys(errors).length > 0 ? { errors } : { value };
}

function readParameter(field: Field, sent: readonly string[]): Read | null {
  if (field.shape.kind === "list") return readRepeated(fieldOf(field.shape.items), sent);
  const last = sent.at(-1);
  return last === undefined || last === "" ? null : readFilter(field, last);
}

function readRepeated(item: Field, sent: readonly string[]): Read | null {
  const values: unknown[] = [];
  for (const text of sent.filter((each) => each !== "")) {
    const read = readFilter(item, text);
    if ("text" in read) return isNumeric(item) ? { text: texts.filterListValueText(text) } : read;
    values.push(read.value);
  }
  return values.length === 0 ? null : { value: values };
}

function isNumeric({ shape }: Field): boolean {
  return shape.kind === "integer" || (shape.kind === "relation" && shape.key === "integer");
}

function readFilter(field: Field, text: string): Read {
  const { shape } = field;
  switch (shape.kind) {
    case "uuid":
      return readUuid(text);
    case "relation":
      return shape.key === "uuid" ? readUuid(text) : readNumber(text, texts.filterRelationText);
    case "integer":
      return readNumber(text, texts.filterNumberText);
    case "choice": {
      const found = shape.values.find((value) => String(value) === text);
      return found === undefined ? { text: texts.filterChoiceText(text) } : { value: found };
    }
    case "boolean":
      return readBoolean(text);
    default:
      return text.includes("\0") ? { text: texts.nullCharacterText } : { value: text.toWellFormed() };
  }
}

function readUuid(text: string): Read {
  const value = parseUuid(text);
  return value === null ? { text: texts.filterUuidText } : { value };
}

function readNumber(text: string, badText: string): Read {
  const value = /^\s*[+-]?\d{1,10}\s*$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) <= integerMax ? { value: value + 0 } : { text: badText };
}

function readBoolean(text: string): Read {
  if (["true", "True", "1"].includes(text)) return { value: true };
  return ["false", "False", "0"].includes(text) ? { value: false } : { text: texts.filterChoiceText(text) };
}
