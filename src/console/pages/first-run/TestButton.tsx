import { Group, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useSession } from "../../session/session.ts";
import { texts } from "../../texts/en.ts";
import { firstRunTexts } from "../../texts/first-run.ts";
import { ActionButton } from "../../ui/ActionButton.tsx";
import { ErrorState } from "../../ui/states.tsx";

type Outcome = { readonly is_ok: boolean; readonly reason: string };

/** Tries whether a step really works, and says so in words. */
export function TestButton(props: { readonly permission: string; readonly run: () => Promise<Outcome> }) {
  const { can } = useSession();
  const test = useMutation({ mutationFn: props.run });
  const isAllowed = can(props.permission);
  return (
    <Group gap="sm">
      <ActionButton
        variant="default"
        size="xs"
        loading={test.isPending}
        disabledReason={isAllowed ? null : texts.common.noRight(props.permission)}
        onClick={() => test.mutate()}
      >
        {firstRunTexts.test}
      </ActionButton>
      <div role="status">{test.data !== undefined && <Verdict outcome={test.data} />}</div>
      {test.error !== null && <ErrorState error={test.error} />}
    </Group>
  );
}

function Verdict({ outcome }: { readonly outcome: Outcome }) {
  const { is_ok: isOk, reason } = outcome;
  const known: Readonly<Record<string, string>> = firstRunTexts.reasons;
  const Icon = isOk ? IconCircleCheck : IconCircleX;
  return (
    <Group gap={6} wrap="nowrap">
      <Icon size={18} aria-hidden color={`var(--mantine-color-${isOk ? "orchard" : "red"}-filled)`} />
      <Text size="sm">{known[reason] ?? firstRunTexts.otherReason(reason)}</Text>
    </Group>
  );
}
