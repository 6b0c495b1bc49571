/** Described fields, one below the other, each with what the server says of it. */
import { FieldInput } from "../resources/FieldInput.tsx";
import { type Field, type FormValues, valueAt, withValue } from "../resources/field.ts";

export function FieldStack(props: {
  readonly fields: readonly Field[];
  readonly values: FormValues;
  /** Messages of the server by field, dotted ones too. */
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (values: FormValues) => void;
}) {
  const { fields, values, problems, onChange } = props;
  return fields
    .filter(({ when }) => when === undefined || when(values))
    .map((field) => (
      <FieldInput
        key={field.name}
        field={field}
        value={valueAt(values, field.name)}
        problem={problemOf(problems, field.name)}
        onChange={(value) => onChange(withValue(values, field.name, value))}
      />
    ));
}

/** What is said of a field, or of something in it. */
export function problemOf(problems: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(problems).find(([field]) => field === name || field.startsWith(`${name}.`))?.[1];
}
