/** What speaks against a document, or that nothing does. */
import { Group, List, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { payloadTexts } from "../../texts/payloads.ts";
import { Notice } from "../../ui/Notice.tsx";
import type { Finding } from "./findings.ts";

export function FindingsPanel(props: {
  /** Undefined while the first check is on its way. */
  readonly findings: readonly Finding[] | undefined;
  readonly isChecking: boolean;
}) {
  const { findings, isChecking } = props;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="findings">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h5" id="findings">
            {payloadTexts.findings}
          </Title>
          {isChecking && <Loader size="xs" role="img" aria-label={payloadTexts.checking} />}
        </Group>
        <div role="status">{findings !== undefined && <Verdict findings={findings} />}</div>
      </Stack>
    </Paper>
  );
}

function Verdict({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) {
    return (
      <Group gap="xs" wrap="nowrap">
        <IconCircleCheck size={18} color="var(--mantine-color-orchard-filled)" aria-hidden />
        <Text size="sm">{payloadTexts.good}</Text>
      </Group>
    );
  }
  const refusing = findings.filter(({ severity }) => severity === "refuse");
  const warning = findings.filter(({ severity }) => severity === "warn");
  return (
    <Stack gap="xs">
      {refusing.length > 0 && (
        <Notice tone="bad" title={payloadTexts.refuse}>
          <Sentences findings={refusing} />
        </Notice>
      )}
      {warning.length > 0 && (
        <Notice tone="attention" title={payloadTexts.warn}>
          <Sentences findings={warning} />
        </Notice>
      )}
    </Stack>
  );
}

function Sentences({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <List size="sm" spacing={4} style={{ overflowWrap: "anywhere" }}>
      {findings.map(({ path, text }) => (
        <List.Item key={`${path} ${text}`}>
          <Text span fw={600} size="sm">
            {path === "" ? payloadTexts.whole : path}
          </Text>{" "}
          {text}
        </List.Item>
      ))}
    </List>
  );
}
