import { Stack, Text } from "@mantine/core";
import { useRelation } from "../resources/relations.ts";
import { type Scope, scopePhrases } from "./scope.ts";

/** For whom something is, in plain words. */
export function ScopeSummary({ scope }: { readonly scope: Scope }) {
  const { nameOf } = useRelation("tag");
  return (
    <Stack gap={0}>
      {scopePhrases(scope, nameOf).map((phrase) => (
        <Text key={phrase} size="sm">
          {phrase}
        </Text>
      ))}
    </Stack>
  );
}
