import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useCallback, useState } from "react";
import { payloadTexts } from "../../../texts/payloads.ts";
import { type Change, emptyItem, isDictionary, withMember } from "../form-value.ts";
import { KeyField, type FieldProps } from "../KeyField.tsx";
import { FieldGroup } from "./FieldGroup.tsx";

/** A dictionary with names of one's own, such as the identifiers of teams. */
export function NamesField({ schema, name, title, description, error, path, value, onChange }: FieldProps) {
  const [typed, setTyped] = useState("");
  const members = isDictionary(value) ? value : {};
  const item = schema.keys[0];
  const change: Change = useCallback(
    (member, update) =>
      onChange(name, (before) => {
        const dictionary = isDictionary(before) ? before : {};
        // An entry stays while its list is empty, so that more can be added.
        return withMember(dictionary, member, update(dictionary[member]) ?? "");
      }),
    [name, onChange],
  );
  if (item === undefined) return null;
  const add = (): void => {
    const member = typed.trim();
    if (member === "") return;
    onChange(name, () => ({ ...members, [member]: members[member] ?? emptyItem(item) }));
    setTyped("");
  };
  return (
    <FieldGroup title={title} description={description} error={undefined}>
      {Object.entries(members).map(([member, each]) => (
        <Stack key={member} gap={4}>
          <KeyField
            schema={item}
            name={member}
            title={member}
            path={`${path}.${member}`}
            value={each}
            onChange={change}
          />
          <Group justify="flex-end">
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              onClick={() => onChange(name, () => withMember(members, member, undefined))}
            >
              {payloadTexts.remove(member)}
            </Button>
          </Group>
        </Stack>
      ))}
      <Group align="flex-end" wrap="nowrap">
        <TextInput
          flex={1}
          label={payloadTexts.nameOf(title)}
          error={error}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
        <Button variant="default" onClick={add}>
          {payloadTexts.addName}
        </Button>
      </Group>
    </FieldGroup>
  );
}
