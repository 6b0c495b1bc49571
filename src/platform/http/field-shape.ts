/** What a schema means as a field of the API: one reading of it for coercion, metadata and errors. */
import type { TSchema } from "typebox";
import { relationKeyword } from "./wire-fields.ts";

type Plain<Kind extends string> = Kind extends string ? { readonly kind: Kind } : never;

export type FieldShape =
  | Plain<"string" | "integer" | "number" | "boolean" | "uuid" | "datetime" | "time" | "json">
  | { readonly kind: "choice"; readonly values: readonly (string | number)[] }
  | { readonly kind: "relation"; readonly key: "integer" | "uuid" }
  | { readonly kind: "list"; readonly items: TSchema }
  | {
      readonly kind: "object";
      readonly properties: Readonly<Record<string, TSchema>>;
      readonly required: ReadonlySet<string>;
    }
  | { readonly kind: "map"; readonly values: TSchema }
  | { readonly kind: "union"; readonly alternatives: readonly TSchema[] };

export type Field = {
  readonly shape: FieldShape;
  readonly isNullable: boolean;
  /** Answer only: ignored in requests. */
  readonly isReadOnly: boolean;
  /** The schema without its null alternative: where limits, label and default are. */
  readonly rules: SchemaObject;
};

/** The keywords we read; everything else of a schema is left to the validator. */
export type SchemaObject = {
  readonly type?: string;
  readonly anyOf?: readonly TSchema[];
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number;
  readonly format?: string;
  readonly items?: TSchema;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly patternProperties?: Readonly<Record<string, TSchema>>;
  readonly additionalProperties?: TSchema | boolean;
  readonly required?: readonly string[];
  readonly readOnly?: boolean;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly [relationKeyword]?: boolean;
};

const fields = new WeakMap<TSchema, Field>();

/** Reads a schema; the result is kept, schemas do not change. */
export function fieldOf(schema: TSchema): Field {
  let field = fields.get(schema);
  if (field === undefined) {
    field = readField(schema as SchemaObject);
    fields.set(schema, field);
  }
  return field;
}

function readField(schema: SchemaObject): Field {
  const alternatives = schema.anyOf as readonly SchemaObject[] | undefined;
  const rest = alternatives?.filter((alternative) => alternative.type !== "null");
  const isNullable = rest !== undefined && rest.length < (alternatives?.length ?? 0);
  const only = rest?.length === 1 ? rest[0] : undefined;
  if (only !== undefined) {
    const inner = readField(only);
    const rules = { ...inner.rules, ...annotations(schema) };
    return {
      ...inner,
      rules,
      isNullable: isNullable || inner.isNullable,
      isReadOnly: isReadOnly(schema, inner),
    };
  }
  return { shape: shapeOf(schema, rest), isNullable, isReadOnly: schema.readOnly === true, rules: schema };
}

function isReadOnly(schema: SchemaObject, inner: Field): boolean {
  return schema.readOnly === true || inner.isReadOnly;
}

/** What is said of a nullable field may stand on the union or on its one real alternative. */
function annotations(schema: SchemaObject): SchemaObject {
  const { anyOf: _, ...rest } = schema;
  return rest;
}

function shapeOf(schema: SchemaObject, alternatives: readonly SchemaObject[] | undefined): FieldShape {
  const values = choiceValues(schema, alternatives);
  if (values !== null) return { kind: "choice", values };
  if (alternatives !== undefined) return { kind: "union", alternatives: alternatives as readonly TSchema[] };
  switch (schema.type) {
    case "string":
      return stringShape(schema);
    case "integer":
      return schema[relationKeyword] === true ? { kind: "relation", key: "integer" } : { kind: "integer" };
    case "number":
      return { kind: "number" };
    case "boolean":
      return { kind: "boolean" };
    case "array":
      return { kind: "list", items: schema.items ?? ({} as TSchema) };
    case "object":
      return objectShape(schema);
    default:
      return { kind: "json" };
  }
}

function choiceValues(
  schema: SchemaObject,
  alternatives: readonly SchemaObject[] | undefined,
): readonly (string | number)[] | null {
  if (schema.enum !== undefined) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  if (alternatives === undefined || alternatives.length === 0) return null;
  const values = alternatives.flatMap((alternative) => choiceValues(alternative, undefined) ?? []);
  return values.length >= alternatives.length ? values : null;
}

function stringShape(schema: SchemaObject): FieldShape {
  if (schema.format === "uuid") {
    return schema[relationKeyword] === true ? { kind: "relation", key: "uuid" } : { kind: "uuid" };
  }
  if (schema.format === "date-time") return { kind: "datetime" };
  return schema.format === "time" ? { kind: "time" } : { kind: "string" };
}

function objectShape(schema: SchemaObject): FieldShape {
  if (schema.properties !== undefined) {
    return { kind: "object", properties: schema.properties, required: new Set(schema.required ?? []) };
  }
  const additional =
    typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const values = Object.values(schema.patternProperties ?? {})[0] ?? additional;
  return values === undefined ? { kind: "json" } : { kind: "map", values };
}
