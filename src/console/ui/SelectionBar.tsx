import { Affix, Button, Group, Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { texts } from "../texts/en.ts";

/** What can be done to the rows of a list that are selected; at the lower end of the window, while there are any. */
export function SelectionBar(props: {
  readonly count: number;
  /** What is selected, where it is more than rows. */
  readonly told?: string;
  /** The buttons. */
  readonly children: ReactNode;
  readonly onDeselect: () => void;
}) {
  const { count, told = texts.common.selected(count), children, onDeselect } = props;
  if (count === 0) return null;
  return (
    <Affix position={{ bottom: 16, left: 16, right: 16 }} zIndex={150}>
      <Paper withBorder shadow="lg" p="sm" maw={760} mx="auto" role="region" aria-label={told}>
        <Group gap="xs">
          <Text size="sm" fw={600} role="status">
            {told}
          </Text>
          {children}
          <Button size="xs" variant="subtle" onClick={onDeselect}>
            {texts.common.deselect}
          </Button>
        </Group>
      </Paper>
    </Affix>
  );
}
