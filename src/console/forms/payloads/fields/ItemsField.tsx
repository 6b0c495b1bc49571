import { Button, Group, Paper } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useCallback } from "react";
import { payloadTexts } from "../../../texts/payloads.ts";
import { type Change, emptyItem } from "../form-value.ts";
import { KeyField, type FieldProps } from "../KeyField.tsx";
import { FieldGroup } from "./FieldGroup.tsx";
import { keyTitle } from "../schema-key.ts";

/** A list whose items have several fields. */
export function ItemsField({ schema, name, title, description, error, path, value, onChange }: FieldProps) {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const item = schema.keys[0];
  const change: Change = useCallback(
    (position, update) =>
      onChange(name, (before) => {
        const list: readonly unknown[] = Array.isArray(before) ? before : [];
        return list.map((each, index) => (String(index) === position ? update(each) : each));
      }),
    [name, onChange],
  );
  if (item === undefined) return null;
  const itemTitle = keyTitle(item.key.replace(/Items?$/, ""));
  const remove = (at: number): void =>
    onChange(name, () => {
      const left = items.filter((_, index) => index !== at);
      return left.length === 0 ? undefined : left;
    });
  return (
    <FieldGroup title={title} description={description} error={error}>
      {items.map((each, index) => (
        // Items have no name of their own: the place is what tells them apart.
        <Paper key={index} withBorder p="sm">
          <KeyField
            schema={item}
            name={String(index)}
            title={payloadTexts.item(itemTitle, index)}
            path={`${path}[${index}]`}
            value={each}
            onChange={change}
          />
          <Group justify="flex-end" mt="xs">
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              leftSection={<IconTrash size={14} aria-hidden />}
              onClick={() => remove(index)}
            >
              {payloadTexts.remove(payloadTexts.item(itemTitle, index))}
            </Button>
          </Group>
        </Paper>
      ))}
      <Group>
        <Button
          size="xs"
          variant="default"
          h="auto"
          mih={30}
          // Apple's titles are long: on a phone they need two lines.
          styles={{ label: { whiteSpace: "normal" } }}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange(name, () => [...items, emptyItem(item)])}
        >
          {payloadTexts.add(title)}
        </Button>
      </Group>
    </FieldGroup>
  );
}
