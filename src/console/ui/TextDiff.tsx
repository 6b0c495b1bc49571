/** Two texts, line by line: what went and what came. */
import { Box, Text } from "@mantine/core";
import { diffLines } from "diff";

const colors = { added: "green", removed: "red" } as const;

export function TextDiff(props: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
  /** Shown when nothing differs. */
  readonly same: string;
}) {
  const { before, after, label, same } = props;
  const parts = diffLines(withEnd(before), withEnd(after));
  if (parts.every(({ added, removed }) => !added && !removed)) return <Text size="sm">{same}</Text>;
  return (
    <Box
      component="pre"
      tabIndex={0}
      role="region"
      aria-label={label}
      m={0}
      fz="xs"
      ff="monospace"
      mah={480}
      style={{ overflow: "auto", border: "1px solid var(--mantine-color-default-border)", borderRadius: 8 }}
    >
      {parts.flatMap(({ value, added, removed }, part) =>
        value
          .split("\n")
          .slice(0, -1)
          .map((line, index) => (
            <Line key={`${part}-${index}`} text={line} kind={added ? "added" : removed ? "removed" : null} />
          )),
      )}
    </Box>
  );
}

function withEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

function Line({ text, kind }: { readonly text: string; readonly kind: keyof typeof colors | null }) {
  const sign = kind === null ? " " : kind === "added" ? "+" : "−";
  return (
    <Box
      component={kind === "added" ? "ins" : kind === "removed" ? "del" : "span"}
      display="block"
      px="xs"
      td="none"
      {...(kind === null
        ? {}
        : {
            // Dark enough for the text on it.
            bg: `light-dark(var(--mantine-color-${colors[kind]}-1), color-mix(in srgb, var(--mantine-color-${colors[kind]}-9) 45%, black))`,
          })}
    >
      {sign} {text}
    </Box>
  );
}
