/** What a page shows instead of its content: nothing there yet, not loaded, went wrong. */
import { Alert, Button, Center, Loader, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiFailure } from "../api/failure.ts";
import { texts } from "../texts/en.ts";

/** There is nothing: what it would be, and how to make one. */
export function EmptyState(props: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <Paper withBorder p="xl">
      <Stack align="center" gap="xs" ta="center">
        <Title order={2} size="h4">
          {props.title}
        </Title>
        {props.children !== undefined && (
          <Text c="dimmed" maw={520}>
            {props.children}
          </Text>
        )}
        {props.action}
      </Stack>
    </Paper>
  );
}

/** Something is on its way. */
export function LoadingState() {
  return (
    <Center mih={240} role="status" aria-live="polite">
      <Loader role="img" aria-label={texts.common.loading} />
    </Center>
  );
}

/** A part of a page is on its way; as high as it will be. */
export function LoadingPart({ height }: { readonly height: number }) {
  // Without a role, nothing may have a name.
  return <Skeleton height={height} role="status" aria-label={texts.common.loading} />;
}

/** Something went wrong: in a sentence, with another try where that can help. */
export function ErrorState({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const message = error instanceof Error ? error.message : texts.common.unknownError;
  const mayHeal = !(error instanceof ApiFailure) || error.status === 0 || error.status >= 500;
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={texts.common.failed} role="alert">
      <Stack align="flex-start" gap="xs">
        <Text size="sm">{message}</Text>
        {mayHeal && retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            {texts.common.tryAgain}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
