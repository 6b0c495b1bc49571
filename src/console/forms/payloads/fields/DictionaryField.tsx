import { useCallback } from "react";
import { type Change, isDictionary, withMember } from "../form-value.ts";
import { commonInside } from "../featured.ts";
import { KeyField, type FieldProps } from "../KeyField.tsx";
import { FieldGroup } from "./FieldGroup.tsx";
import { KeyList } from "../KeyList.tsx";

/** From how many keys on a dictionary is shown folded. */
const foldedFrom = 12;

/** A dictionary with keys of its own. */
export function DictionaryField({
  schema,
  name,
  title,
  description,
  error,
  path,
  value,
  onChange,
}: FieldProps) {
  const members = isDictionary(value) ? value : {};
  const change: Change = useCallback(
    (member, update) =>
      onChange(name, (before) => {
        const dictionary = isDictionary(before) ? before : {};
        return withMember(dictionary, member, update(dictionary[member]));
      }),
    [name, onChange],
  );
  return (
    <FieldGroup title={title} description={description} error={error}>
      {schema.keys.length >= foldedFrom ? (
        <KeyList
          keys={schema.keys}
          common={commonInside[schema.key] ?? []}
          path={path}
          value={members}
          onChange={change}
          label={title}
        />
      ) : (
        schema.keys.map((key) => (
          <KeyField
            key={key.key}
            schema={key}
            name={key.key}
            path={`${path}.${key.key}`}
            value={members[key.key]}
            onChange={change}
          />
        ))
      )}
    </FieldGroup>
  );
}
