/** Asks before something is done to several objects, does it, and says what became of each. */
import { Button, Group, List, Modal, Progress, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { texts } from "../texts/en.ts";
import { resourceTexts as words } from "../texts/resources.ts";
import { ConfirmTyped } from "../ui/ConfirmTyped.tsx";
import { type BulkAction, type BulkOutcome, runBulkAction } from "./bulk-action.ts";

/** More names than these are a number. */
const namesMax = 8;

export function BulkDialog<Row>(props: {
  readonly action: BulkAction<Row>;
  readonly rows: readonly Row[];
  readonly titleOf: (row: Row) => string;
  /** The beginning of the keys of queries that are out of date afterwards. */
  readonly queryKey: string;
  /** Told what was done when the outcome was read. */
  readonly onClose: (done: readonly Row[]) => void;
}) {
  const { action, titleOf, queryKey, onClose } = props;
  // What was selected when it was opened: the list below changes while it runs.
  const [rows] = useState(props.rows);
  const [count, setCount] = useState<number | null>(null);
  const [outcome, setOutcome] = useState<BulkOutcome<Row> | null>(null);
  const queryClient = useQueryClient();
  const start = async (): Promise<void> => {
    setCount(0);
    setOutcome(await runBulkAction(action, rows, setCount));
    await queryClient.invalidateQueries({ queryKey: [queryKey] });
  };
  if (count === null) {
    return (
      <ConfirmTyped
        isOpen
        title={words.bulkTitle(action.label, rows.length)}
        consequence={action.consequence}
        phrase={words.bulkPhrase(action.label, rows.length)}
        confirmLabel={action.label}
        isPending={false}
        error={null}
        onConfirm={() => void start()}
        onClose={() => onClose([])}
      >
        <Names titles={rows.map(titleOf)} />
      </ConfirmTyped>
    );
  }
  const close = (): void => {
    // It goes on until each has had its turn.
    if (outcome !== null) onClose(outcome.done);
  };
  return (
    <Modal
      opened
      onClose={close}
      closeOnClickOutside={false}
      title={words.bulkTitle(action.label, rows.length)}
      closeButtonProps={{ "aria-label": texts.common.close }}
    >
      <Stack>
        <Progress value={(count / rows.length) * 100} aria-label={words.bulkProgress(count, rows.length)} />
        <Text size="sm" role="status">
          {outcome === null
            ? words.bulkProgress(count, rows.length)
            : words.bulkOutcome(outcome.done.length, outcome.failed.length)}
        </Text>
        {outcome !== null && outcome.failed.length > 0 && (
          <List size="sm">
            {outcome.failed.map(({ row, reason }, index) => (
              <List.Item key={index}>
                <strong>{titleOf(row)}</strong>: {reason}
              </List.Item>
            ))}
          </List>
        )}
        <Group justify="flex-end">
          <Button onClick={close} disabled={outcome === null}>
            {texts.common.close}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Names({ titles }: { readonly titles: readonly string[] }) {
  return (
    <List size="sm">
      {titles.slice(0, namesMax).map((title, index) => (
        <List.Item key={index}>{title}</List.Item>
      ))}
      {titles.length > namesMax && <List.Item>{words.bulkMore(titles.length - namesMax)}</List.Item>}
    </List>
  );
}
