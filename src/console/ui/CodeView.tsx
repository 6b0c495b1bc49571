import { Button, Code, CopyButton, Group, Stack } from "@mantine/core";
import { texts } from "../texts/en.ts";

/** Data as it is, readable and to be copied. */
export function CodeView({ value, label }: { readonly value: unknown; readonly label: string }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <Stack gap={4}>
      <Group justify="flex-end">
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="subtle" onClick={copy}>
              {copied ? texts.common.copied : texts.common.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block tabIndex={0} role="region" aria-label={label} mah={420} style={{ overflow: "auto" }}>
        {text}
      </Code>
    </Stack>
  );
}
