import { NumberInput } from "@mantine/core";
import type { FieldProps } from "../KeyField.tsx";

/** A number. What is out of range is told, not changed behind one's back. */
export function NumberField({ schema, name, title, description, error, value, onChange }: FieldProps) {
  return (
    <NumberInput
      label={title}
      description={description}
      error={error}
      withAsterisk={schema.required}
      allowDecimal={schema.type === "real"}
      clampBehavior="none"
      {...(schema.min === null ? {} : { min: schema.min })}
      {...(schema.max === null ? {} : { max: schema.max })}
      value={typeof value === "number" ? value : ""}
      onChange={(next) => onChange(name, () => (typeof next === "number" ? next : undefined))}
    />
  );
}
