import { Badge, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";

/** How good news is. Colour never stands alone: the words say it too. */
export type Tone = "good" | "progress" | "attention" | "bad" | "neutral";

const colors: Readonly<Record<Tone, string>> = {
  good: "orchard",
  progress: "blue",
  attention: "yellow",
  bad: "red",
  neutral: "gray",
};

/** A state in a word or two. */
export function StatusBadge(props: {
  readonly tone: Tone;
  readonly children: ReactNode;
  readonly hint?: string;
}) {
  const { tone, children, hint } = props;
  const badge = (
    <Badge
      variant="light"
      color={colors[tone]}
      tt="none"
      fw={600}
      miw="max-content"
      c={`light-dark(var(--mantine-color-${colors[tone]}-9), var(--mantine-color-${colors[tone]}-2))`}
    >
      {children}
    </Badge>
  );
  return hint === undefined ? badge : <Tooltip label={hint}>{badge}</Tooltip>;
}
