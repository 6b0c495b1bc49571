import { Button, Group, Text } from "@mantine/core";
import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { texts } from "../texts/en.ts";
import { ActionButton } from "./ActionButton.tsx";
import { CopyText } from "./CopyText.tsx";

/** How long a secret stays on the screen. */
const shownSeconds = 60;

/**
 * A secret of the API: asked for on a click, which the server records, and hidden again after a minute or when its page
 * is left.
 */
export function SecretReveal(props: {
  readonly label: string;
  /** Null from it means that there is none. */
  readonly read: () => Promise<string | null>;
  readonly disabledReason: string | null;
}) {
  const { label, read, disabledReason } = props;
  const { mutate, reset, data, error, isPending, isSuccess } = useMutation({
    mutationFn: read,
    // What was read is forgotten with the page that showed it.
    gcTime: 0,
  });
  useEffect(() => {
    if (!isSuccess) return undefined;
    const timer = setTimeout(reset, shownSeconds * 1000);
    return () => clearTimeout(timer);
  }, [isSuccess, reset]);
  if (isSuccess) {
    return (
      <Group gap="xs">
        {data === null ? <Text size="sm">{texts.common.none}</Text> : <CopyText value={data} label={label} />}
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconEyeOff size={14} aria-hidden />}
          onClick={reset}
        >
          {texts.common.hide}
        </Button>
      </Group>
    );
  }
  return (
    <Group gap="xs">
      <Text span ff="monospace" aria-hidden>
        ••••••
      </Text>
      <ActionButton
        size="compact-sm"
        variant="light"
        leftSection={<IconEye size={14} aria-hidden />}
        loading={isPending}
        disabledReason={disabledReason}
        aria-label={`${texts.common.reveal}: ${label}`}
        onClick={() => mutate()}
      >
        {texts.common.reveal}
      </ActionButton>
      {error !== null && (
        <Text size="sm" c="red" role="alert">
          {error.message}
        </Text>
      )}
    </Group>
  );
}
