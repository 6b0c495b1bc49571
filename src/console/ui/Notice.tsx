import { Alert } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";

const looks = {
  bad: { color: "red", icon: <IconAlertTriangle aria-hidden /> },
  attention: { color: "yellow", icon: <IconAlertTriangle aria-hidden /> },
  neutral: { color: "gray", icon: <IconInfoCircle aria-hidden /> },
} as const;

/** Something to know at this place. Its title is as dark as the text: the colours of Mantine's are too pale to read. */
export function Notice(props: {
  readonly tone: keyof typeof looks;
  readonly title?: string;
  readonly children?: ReactNode;
}) {
  const { tone, title, children } = props;
  return (
    <Alert
      {...looks[tone]}
      styles={{ title: { color: "var(--mantine-color-text)" } }}
      {...(title === undefined ? {} : { title })}
    >
      {children}
    </Alert>
  );
}
