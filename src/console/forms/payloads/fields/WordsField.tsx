import { MultiSelect, TagsInput } from "@mantine/core";
import { payloadTexts } from "../../../texts/payloads.ts";
import type { FieldProps } from "../KeyField.tsx";

/** A list of words or numbers. */
export function WordsField({ schema, name, title, description, error, value, onChange }: FieldProps) {
  const item = schema.keys[0];
  const words = Array.isArray(value) ? value.map(String) : [];
  const change = (next: readonly string[]): void => {
    const items = next.map((word) => (item?.type === "integer" ? Number(word) : word));
    onChange(name, () => (items.length === 0 ? undefined : items));
  };
  const common = { label: title, error, withAsterisk: schema.required, value: words, onChange: change };
  if (item !== undefined && item.values !== null) {
    return <MultiSelect {...common} description={description} data={item.values.map(String)} clearable />;
  }
  const help = description === undefined ? payloadTexts.listHelp : `${description} ${payloadTexts.listHelp}`;
  return <TagsInput {...common} description={help} splitChars={[]} acceptValueOnBlur />;
}
