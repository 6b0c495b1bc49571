import { JsonInput } from "@mantine/core";
import { useState } from "react";
import { payloadTexts } from "../../../texts/payloads.ts";
import type { FieldProps } from "../KeyField.tsx";

/** A value of any form, as JSON. */
export function AnyField({ schema, name, title, description, error, value, onChange }: FieldProps) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  return (
    <JsonInput
      label={title}
      description={description ?? payloadTexts.anyHelp}
      error={error}
      withAsterisk={schema.required}
      validationError={payloadTexts.notJson}
      autosize
      minRows={2}
      maxRows={12}
      value={text}
      onChange={(next) => {
        setText(next);
        const parsed = parse(next);
        if (parsed.isJson) onChange(name, () => parsed.value);
      }}
    />
  );
}

function parse(text: string): { readonly isJson: boolean; readonly value?: unknown } {
  if (text.trim() === "") return { isJson: true };
  try {
    return { isJson: true, value: JSON.parse(text) as unknown };
  } catch {
    // Half a value, while somebody types: the field says so.
    return { isJson: false };
  }
}
