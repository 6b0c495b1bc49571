import { PasswordInput, TextInput } from "@mantine/core";
import type { FieldProps } from "../KeyField.tsx";
import { ReferenceField } from "./ReferenceField.tsx";

/** Words in names of keys whose values nobody should read over a shoulder. */
const secret = /password|secret|passphrase/i;
/** Keys with such a word that only say how. */
const harmless = /type|content|allow|require|reuse|identifier|hash$/i;

/** A line of text; a password is hidden, and what refers to an artifact offers those there are. */
export function TextField(props: FieldProps) {
  const { schema, name, title, description, error, value, onChange } = props;
  if (schema.asset_types.length > 0) return <ReferenceField {...props} />;
  const common = {
    label: title,
    description,
    error,
    withAsterisk: schema.required,
    value: typeof value === "string" ? value : "",
    onChange: (event: { readonly currentTarget: { readonly value: string } }): void => {
      const text = event.currentTarget.value;
      onChange(name, () => (text === "" ? undefined : text));
    },
  };
  if (secret.test(schema.key) && !harmless.test(schema.key)) {
    return <PasswordInput {...common} autoComplete="new-password" />;
  }
  return (
    <TextInput {...common} {...(schema.type === "date" ? { placeholder: "2026-01-31T12:00:00Z" } : {})} />
  );
}
