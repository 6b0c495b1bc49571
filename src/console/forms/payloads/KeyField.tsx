/** One key of Apple's schema as a control: which one is decided by its type and values. */
import { memo } from "react";
import { keyHelps, keyTitles } from "../../texts/payloads.ts";
import { useFinding } from "./findings.ts";
import { AnyField } from "./fields/AnyField.tsx";
import { ChoiceField } from "./fields/ChoiceField.tsx";
import { DataField } from "./fields/DataField.tsx";
import { DictionaryField } from "./fields/DictionaryField.tsx";
import { ItemsField } from "./fields/ItemsField.tsx";
import { NamesField } from "./fields/NamesField.tsx";
import { NumberField } from "./fields/NumberField.tsx";
import { TextField } from "./fields/TextField.tsx";
import { WordsField } from "./fields/WordsField.tsx";
import type { Change } from "./form-value.ts";
import { isWildcard, keyFacts, keyTitle, type SchemaKey } from "./schema-key.ts";

export type FieldProps = {
  readonly schema: SchemaKey;
  /** The member of the dictionary or the position in the list that is edited. */
  readonly name: string;
  readonly title: string;
  /** Facts and help; undefined for none. */
  readonly description: string | undefined;
  readonly error: string | undefined;
  /** Where the value is, as the server writes it. */
  readonly path: string;
  readonly value: unknown;
  readonly onChange: Change;
};

export const KeyField = memo(function KeyField(props: {
  readonly schema: SchemaKey;
  readonly name: string;
  readonly title?: string;
  readonly path: string;
  readonly value: unknown;
  readonly onChange: Change;
}) {
  const { schema, title = keyTitles[schema.key] ?? keyTitle(schema.key) } = props;
  const error = useFinding(props.path);
  const Field = fieldOf(schema);
  return <Field {...props} title={title} description={describe(schema)} error={error} />;
});

function describe(schema: SchemaKey): string | undefined {
  const parts = [keyHelps[schema.key], keyFacts(schema)].filter((text) => text !== undefined && text !== "");
  return parts.length === 0 ? undefined : parts.join(" ");
}

function fieldOf(schema: SchemaKey) {
  const { type, values, keys } = schema;
  if (type === "boolean" || (values !== null && type !== "array" && type !== "dictionary"))
    return ChoiceField;
  if (type === "integer" || type === "real") return NumberField;
  if (type === "data") return DataField;
  if (type === "string" || type === "date") return TextField;
  if (type === "array" && keys.length === 1) return isWord(keys[0]) ? WordsField : ItemsField;
  if (type === "dictionary" && keys.some(isWildcard) && keys.length === 1) return NamesField;
  return type === "dictionary" && keys.length > 0 ? DictionaryField : AnyField;
}

function isWord(item: SchemaKey | undefined): boolean {
  return item !== undefined && ["string", "integer"].includes(item.type);
}
