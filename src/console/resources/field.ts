/** Fields of forms, described. A form holds what the API takes; dotted names are members of members. */
import { plainText } from "../format/plain-text.ts";
import type { RelationName } from "./relations.ts";

export type FormValues = Record<string, unknown>;

type Common = {
  /** As the API names it; dotted for nested: `enrollment_secret.quota`. */
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly isRequired?: boolean;
  /** What a new object begins with. */
  readonly initial: unknown;
  /** Shown, and sent, only then. */
  readonly when?: (values: FormValues) => boolean;
};

export type Option = { readonly value: string; readonly label: string };

export type Field = Common &
  (
    | {
        readonly kind:
          | "text"
          | "paragraph"
          | "secret"
          | "switch"
          | "color"
          | "clock"
          | "moment"
          | "lines"
          /** As lines, but empty is an empty list. */
          | "list"
          | "json"
          /** Sent as it is, and not shown. */
          | "fixed";
      }
    | {
        readonly kind: "number";
        readonly min?: number;
        readonly max?: number;
        readonly unit?: string;
        /** Values most people choose, in words. */
        readonly presets?: readonly (readonly [value: number, label: string])[];
      }
    | {
        readonly kind: "select";
        readonly options: readonly Option[];
        /** The API takes numbers. */
        readonly isNumber?: boolean;
        readonly isMany?: boolean;
      }
    | { readonly kind: "relation"; readonly to: RelationName; readonly isMany?: boolean }
  );

/** The member at a dotted name. */
export function valueAt(values: unknown, name: string): unknown {
  let found = values;
  for (const part of name.split(".")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[part];
  }
  return found;
}

/** A copy with another member at a dotted name. */
export function withValue(values: FormValues, name: string, value: unknown): FormValues {
  const [first = "", ...rest] = name.split(".");
  if (rest.length === 0) return { ...values, [first]: value };
  const inner = values[first];
  const members = typeof inner === "object" && inner !== null ? (inner as FormValues) : {};
  return { ...values, [first]: withValue(members, rest.join("."), value) };
}

/** What a form begins with: an object as it is, or the defaults of a new one. */
export function formValues(fields: readonly Field[], row: unknown): FormValues {
  return fields.reduce<FormValues>((values, field) => {
    const present = row === null ? undefined : valueAt(row, field.name);
    return withValue(values, field.name, present === undefined ? field.initial : toForm(field, present));
  }, {});
}

function toForm(field: Field, value: unknown): unknown {
  if (field.kind === "json") return JSON.stringify(value, null, 2);
  if (field.kind === "lines" || field.kind === "list") return Array.isArray(value) ? value.join("\n") : "";
  // On the clock of the device: no zone, to the minute.
  if (field.kind === "moment" && typeof value === "string") return value.slice(0, 16);
  return value;
}

/** What the API is sent: the fields that are shown, with empty ones as it wants them. */
export function bodyOf(fields: readonly Field[], values: FormValues): FormValues {
  return fields
    .filter(({ when }) => when === undefined || when(values))
    .reduce<FormValues>(
      (body, field) => withValue(body, field.name, toWire(field, valueAt(values, field.name))),
      {},
    );
}

function toWire(field: Field, value: unknown): unknown {
  if (field.kind === "lines" || field.kind === "list") {
    const lines = plainText(value)
      .split(/[\n,;]+/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
    return lines.length === 0 && field.kind === "lines" ? null : lines;
  }
  if (field.kind === "json") return parseJson(value);
  if (value !== "" && value !== undefined) return value;
  // An empty number, choice or time is no value; an empty text stays one, unless the field began as none.
  return field.kind === "text" || field.kind === "paragraph" ? (field.initial ?? null) : null;
}

/** Text that is not JSON goes as it is: the API says what is wrong with it. */
function parseJson(value: unknown): unknown {
  try {
    return JSON.parse(plainText(value)) as unknown;
  } catch {
    return value;
  }
}
