/**
 * What OPTIONS says of an endpoint's fields (http-api 1.13); Zentral's clients use it to learn what a server
 * knows.
 */
import type { TSchema } from "typebox";
import { type Field, fieldOf } from "./field-shape.ts";

export type FieldMetadata = Readonly<Record<string, unknown>>;

/** Describes the members of a body, and those that only answers have as read-only. */
export function describeFields(
  body: TSchema,
  answer: TSchema | null,
): Readonly<Record<string, FieldMetadata>> {
  const sent = membersOf(body);
  const answered = answer === null ? new Map<string, TSchema>() : membersOf(answer);
  const names = new Set([...answered.keys(), ...sent.keys()]);
  const required = requiredOf(body);
  return Object.fromEntries(
    [...names].map((name) => {
      const own = sent.get(name);
      const schema = own ?? answered.get(name) ?? ({} as TSchema);
      const isReadOnly = own === undefined || fieldOf(own).isReadOnly;
      return [
        name,
        describeField(name, schema, { isReadOnly, isRequired: !isReadOnly && required.has(name) }),
      ];
    }),
  );
}

function membersOf(schema: TSchema): Map<string, TSchema> {
  const { shape } = fieldOf(schema);
  return new Map(shape.kind === "object" ? Object.entries(shape.properties) : []);
}

function requiredOf(schema: TSchema): ReadonlySet<string> {
  const { shape } = fieldOf(schema);
  return shape.kind === "object" ? shape.required : new Set();
}

function describeField(
  name: string,
  schema: TSchema,
  { isReadOnly, isRequired }: { readonly isReadOnly: boolean; readonly isRequired: boolean },
): FieldMetadata {
  const field = fieldOf(schema);
  const { rules } = field;
  const facts = {
    type: typeOf(field),
    required: isRequired,
    read_only: isReadOnly,
    label: rules.title ?? labelOf(name),
    help_text: rules.description,
    min_length: rules.minLength !== undefined && rules.minLength > 1 ? rules.minLength : undefined,
    max_length: rules.maxLength,
    min_value: rules.minimum,
    max_value: rules.maximum,
    ...innerFacts(field, isReadOnly),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function innerFacts({ shape }: Field, isReadOnly: boolean): FieldMetadata {
  if (shape.kind === "choice") {
    return { choices: shape.values.map((value) => ({ value, display_name: String(value) })) };
  }
  if (shape.kind === "list") {
    return { child: describeField("", shape.items, { isReadOnly, isRequired: !isReadOnly }) };
  }
  if (shape.kind !== "object") return {};
  const children = Object.entries(shape.properties).map(([name, schema]) => {
    const isChildReadOnly = isReadOnly || fieldOf(schema).isReadOnly;
    const isRequired = !isChildReadOnly && shape.required.has(name);
    return [name, describeField(name, schema, { isReadOnly: isChildReadOnly, isRequired })];
  });
  return { children: Object.fromEntries(children) };
}

function typeOf({ shape, rules }: Field): string {
  switch (shape.kind) {
    case "string":
      if (rules.format === "uri") return "url";
      if (rules.format === "email") return "email";
      return rules.pattern === undefined ? "string" : "regex";
    case "integer":
    case "boolean":
    case "choice":
    case "datetime":
    case "time":
    case "list":
      return shape.kind;
    case "uuid":
      return "string";
    case "object":
      return "nested object";
    case "number":
    case "relation":
    case "json":
    case "map":
    case "union":
      return "field";
    default:
      return shape satisfies never;
  }
}

function labelOf(name: string): string {
  if (name === "id") return "ID";
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
