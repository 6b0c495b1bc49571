import { NativeSelect } from "@mantine/core";
import { payloadTexts } from "../../../texts/payloads.ts";
import type { FieldProps } from "../KeyField.tsx";
import type { Scalar } from "../schema-key.ts";

/** One of some values, or none. A setting that is not set is left to the device, which differs from "no". */
export function ChoiceField({ schema, name, title, description, error, value, onChange }: FieldProps) {
  const values: readonly Scalar[] = schema.values ?? [true, false];
  const options = values.map((each) => ({ value: String(each), label: labelOf(each) }));
  const preset = schema.default;
  const none = preset === null ? payloadTexts.notSet : payloadTexts.notSetElse(labelOf(preset).toLowerCase());
  return (
    <NativeSelect
      label={title}
      description={description}
      error={error}
      withAsterisk={schema.required}
      data={[{ value: "", label: none }, ...options]}
      value={isScalar(value) ? String(value) : ""}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        onChange(name, () => values.find((each) => String(each) === chosen));
      }}
    />
  );
}

function isScalar(value: unknown): value is Scalar {
  return ["string", "number", "boolean"].includes(typeof value);
}

function labelOf(value: Scalar): string {
  if (typeof value === "boolean") return value ? payloadTexts.yes : payloadTexts.no;
  return String(value);
}
