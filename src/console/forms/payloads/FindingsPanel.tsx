/** What speaks against a document, or that nothing does. */
import { Anchor, Group, List, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { payloadTexts } from "../../texts/payloads.ts";
import { Notice } from "../../ui/Notice.tsx";
import type { Finding } from "./findings.ts";

export type FindingLines = {
  readonly lineOf: (path: string) => number | null;
  readonly showLine: (line: number) => void;
};

export function FindingsPanel(props: {
  /** Undefined while the first check is on its way. */
  readonly findings: readonly Finding[] | undefined;
  readonly isChecking: boolean;
  /** Where the document is a text: the lines of what is found, and the way there. */
  readonly lines?: FindingLines;
}) {
  const { findings, isChecking, lines } = props;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="findings">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h5" id="findings">
            {payloadTexts.findings}
          </Title>
          {isChecking && <Loader size="xs" role="img" aria-label={payloadTexts.checking} />}
        </Group>
        <div role="status">{findings !== undefined && <Verdict findings={findings} lines={lines} />}</div>
      </Stack>
    </Paper>
  );
}

type Told = { readonly findings: readonly Finding[]; readonly lines: FindingLines | undefined };

function Verdict({ findings, lines }: Told) {
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
          <Sentences findings={refusing} lines={lines} />
        </Notice>
      )}
      {warning.length > 0 && (
        <Notice tone="attention" title={payloadTexts.warn}>
          <Sentences findings={warning} lines={lines} />
        </Notice>
      )}
    </Stack>
  );
}

function Sentences({ findings, lines }: Told) {
  return (
    <List size="sm" spacing={4} style={{ overflowWrap: "anywhere" }}>
      {findings.map(({ path, text }) => (
        <List.Item key={`${path} ${text}`}>
          <Text span fw={600} size="sm">
            {path === "" ? payloadTexts.whole : path}
          </Text>{" "}
          {text}
          {lines !== undefined && <LineButton line={lines.lineOf(path)} showLine={lines.showLine} />}
        </List.Item>
      ))}
    </List>
  );
}

function LineButton(props: { readonly line: number | null; readonly showLine: (line: number) => void }) {
  const { line, showLine } = props;
  if (line === null) return null;
  return (
    <>
      {" "}
      <Anchor component="button" type="button" size="sm" onClick={() => showLine(line)}>
        {payloadTexts.line(line)}
      </Anchor>
    </>
  );
}
