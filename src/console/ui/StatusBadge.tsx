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

/** On the pale background of a badge, with a contrast of 4.5 and more; the palette's yellow has too little. */
const darkTexts: Readonly<Record<Tone, string>> = {
  good: "var(--mantine-color-orchard-9)",
  progress: "var(--mantine-color-blue-9)",
  attention: "#7a4100",
  bad: "var(--mantine-color-red-9)",
  neutral: "var(--mantine-color-gray-9)",
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
      c={`light-dark(${darkTexts[tone]}, var(--mantine-color-${colors[tone]}-2))`}
    >
      {children}
    </Badge>
  );
  return hint === undefined ? badge : <Tooltip label={hint}>{badge}</Tooltip>;
}
