import { ActionIcon, Group, Pill, Popover, Select, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { tagsQuery, taxonomiesQuery } from "../../api/choices.ts";
import { api, unwrap } from "../../api/client.ts";
import { useSession } from "../../session/session.ts";
import { deviceTexts as t } from "../../texts/devices.ts";
import { texts } from "../../texts/en.ts";
import { useAction } from "../../ui/use-action.ts";
import { type Device, machineQuery } from "./device-queries.ts";
import { tagRights } from "./tag-rights.ts";

type Change = { readonly kind: "ADD" | "REMOVE"; readonly tagId: number };

/** The tags of a device, and their change. */
export function DeviceTags({ device }: { readonly device: Device }) {
  const { can } = useSession();
  const mayRead = can("inventory.view_machinesnapshot");
  const mayChange = tagRights.every(can) && can("inventory.view_tag") && can("inventory.view_taxonomy");
  const machine = useQuery({ ...machineQuery(device.serial_number), enabled: mayRead });
  const [tags, taxonomies] = useQueries({
    queries: [
      { ...tagsQuery, enabled: mayChange },
      { ...taxonomiesQuery, enabled: mayChange },
    ],
  });
  const change = useAction({
    run: ({ kind, tagId }: Change) => {
      const tag = tags.data?.find(({ id }) => id === tagId);
      const taxonomy = taxonomies.data?.find(({ id }) => id === tag?.taxonomy)?.name ?? null;
      const operations = [{ kind, taxonomy, names: [tag?.name ?? ""] }];
      const body = { serial_numbers: [device.serial_number], operations };
      return unwrap(api.POST("/api/inventory/machines/tags/", { body }));
    },
    refreshes: [machineQuery(device.serial_number).queryKey],
  });
  if (!mayRead) return <Text size="sm">{texts.common.noRight("inventory.view_machinesnapshot")}</Text>;
  const own = machine.data?.tags ?? [];
  const others = (tags.data ?? []).filter(({ id }) => !own.some((tag) => tag.id === id));
  return (
    <Group gap={6}>
      {own.length === 0 && <Text size="sm">{texts.common.none}</Text>}
      {own.map(({ id, name }) => (
        <Pill
          key={id}
          bg="light-dark(var(--mantine-color-gray-1), var(--mantine-color-dark-5))"
          withRemoveButton={mayChange}
          removeButtonProps={{ "aria-label": t.removeTag(name), "aria-hidden": false, tabIndex: 0 }}
          onRemove={() => change.mutate({ kind: "REMOVE", tagId: id })}
        >
          {name}
        </Pill>
      ))}
      {mayChange && (
        <AddTag
          choices={others.map(({ id, name }) => ({ value: String(id), label: name }))}
          onAdd={(tagId) => change.mutate({ kind: "ADD", tagId })}
        />
      )}
    </Group>
  );
}

function AddTag(props: {
  readonly choices: { value: string; label: string }[];
  readonly onAdd: (tagId: number) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus withinPortal>
      <Popover.Target>
        <ActionIcon variant="light" size="sm" aria-label={t.addTag} onClick={() => setOpen(true)}>
          <IconPlus size={14} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Select
          label={t.addTag}
          searchable
          data={props.choices}
          nothingFoundMessage={t.noMoreTags}
          comboboxProps={{ withinPortal: false }}
          onChange={(value) => {
            if (value === null) return;
            props.onAdd(Number(value));
            setOpen(false);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
