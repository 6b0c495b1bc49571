/** Schema pieces that mean more to the API than JSON Schema can say: relations, choices, nullable fields. */
import {
  type TInteger,
  type TLiteral,
  type TNull,
  type TOptional,
  type TSchema,
  type TString,
  type TUnion,
  type TUnknown,
  Type,
} from "typebox";

/**
 * Marks a field that holds the primary key of another object; its texts differ from those of plain numbers.
 */
export const relationKeyword = "x-relation";
/** Replaces the text of a failed `pattern`; `{value}` in it becomes the value, quoted up to a limit. */
export const patternTextKeyword = "x-pattern-text";

/** The schema that the document shows instead of the one that is checked; see {@link judgedByHandler}. */
export const documentedAsKeyword = "x-documented-as";

/** Largest integer key and largest plain integer: what PostgreSQL's `integer` holds. */
export const integerMax = 2_147_483_647;
export const integerMin = -2_147_483_648;

type Options = Readonly<Record<string, unknown>>;

/** A field that may be null. */
export function nullable<Schema extends TSchema>(schema: Schema): TUnion<[Schema, TNull]> {
  return Type.Union([schema, Type.Null()]);
}

/** The integer key of another object. Whether that object exists is the operation's question. */
export function foreignId(options: Options = {}): TInteger {
  return Type.Integer({ ...options, [relationKeyword]: true });
}

/** The UUID key of another object. */
export function foreignUuid(options: Options = {}): TString {
  return Type.String({ ...options, format: "uuid", [relationKeyword]: true });
}

/** One of some values; clients may send each as a string or as a number. */
export function choice<const Value extends string | number>(
  values: readonly Value[],
  options: Options = {},
): TUnion<TLiteral<Value>[]> {
  return Type.Union(
    values.map((value) => Type.Literal(value)),
    options,
  );
}

/**
 * An optional field that the door takes as it comes, because what it may be depends on something its endpoint looks up
 * first. The document shows the given schema.
 */
export function judgedByHandler(schema: TSchema): TOptional<TUnknown> {
  return Type.Optional(Type.Unknown({ [documentedAsKeyword]: schema }));
}

/** A timestamp: answered naive, and given to handlers as UTC ISO 8601 with `Z`. */
export function timestamp(options: Options = {}): TString {
  return Type.String({ ...options, format: "date-time" });
}

/** The text of an unknown key, for operations that look foreign keys up. */
export function unknownPkText(key: string | number): string {
  return `Invalid pk "${key}" - object does not exist.`;
}
