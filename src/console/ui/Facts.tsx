import { Box, SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";

export type Fact = { readonly label: string; readonly value: ReactNode };

/** What is known of one object, by name. */
export function Facts({
  facts,
  columns = 3,
}: {
  readonly facts: readonly Fact[];
  readonly columns?: number;
}) {
  return (
    <SimpleGrid
      component="dl"
      m={0}
      spacing="md"
      verticalSpacing="sm"
      cols={{ base: 1, xs: Math.min(2, columns), md: columns }}
    >
      {facts.map(({ label, value }) => (
        <Box key={label} miw={0}>
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} size="sm" style={{ overflowWrap: "anywhere" }}>
            {value ?? "–"}
          </Text>
        </Box>
      ))}
    </SimpleGrid>
  );
}
