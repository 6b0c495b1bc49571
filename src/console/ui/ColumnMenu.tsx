import { Button, Checkbox, Popover, Stack } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { texts } from "../texts/en.ts";
import type { Column } from "./ResourceTable.tsx";
import type { ColumnChoice } from "./use-column-choice.ts";

/** Chooses the columns of a list. */
export function ColumnMenu<Row>(props: {
  readonly columns: readonly Column<Row>[];
  readonly choice: ColumnChoice<Row>;
}) {
  const { columns, choice } = props;
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={16} aria-hidden />}>
          {texts.common.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {columns.slice(1).map(({ id, header }) => (
            <Checkbox
              key={id}
              label={header}
              checked={choice.isShown(id)}
              onChange={() => choice.toggle(id)}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
