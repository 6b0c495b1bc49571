/** The versions of an artifact, the newest first: what each holds, for whom it is, and what can be done. */
import { Box, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ScopeSummary } from "../scopes/ScopeSummary.tsx";
import { useSession } from "../session/session.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { CodeView } from "../ui/CodeView.tsx";
import { TextDiff } from "../ui/TextDiff.tsx";
import { EmptyState, ErrorState, LoadingPart } from "../ui/states.tsx";
import { Time } from "../ui/Time.tsx";
import { type Artifact, versionKinds } from "./artifact-kinds.ts";
import { EditAsNewVersion } from "./EditAsNewVersion.tsx";
import { FieldVersionButton } from "./FieldVersionDialog.tsx";
import { NewVersionButton } from "./NewVersionButton.tsx";
import { DeleteVersionDialog, RestoreDialog, VersionScopeDialog } from "./version-dialogs.tsx";
import { type VersionRow, versionText } from "./version-content.ts";
import { versionsQuery } from "./version-queries.ts";

export function VersionList({ artifact }: { readonly artifact: Artifact }) {
  const { data, error, refetch } = useQuery(versionsQuery(artifact));
  if (error !== null) return <ErrorState error={error} retry={() => void refetch()} />;
  if (data === undefined) return <LoadingPart height={160} />;
  const next = (data[0]?.version ?? 0) + 1;
  const from = { artifact, latest: data[0] ?? null };
  const create = (
    <>
      <NewVersionButton {...from} />
      <FieldVersionButton {...from} />
    </>
  );
  if (data.length === 0)
    return (
      <EmptyState title={words.noVersions} action={create}>
        {words.noVersionsHelp}
      </EmptyState>
    );
  return (
    <Stack>
      <Group>
        {create}
        <EditAsNewVersion {...from} />
      </Group>
      {data.map((version, index) => (
        <VersionCard
          key={version.id}
          artifact={artifact}
          version={version}
          before={data[index + 1] ?? null}
          next={next}
        />
      ))}
    </Stack>
  );
}

type CardProps = {
  readonly artifact: Artifact;
  readonly version: VersionRow;
  /** The version before this one; null for the first. */
  readonly before: VersionRow | null;
  /** The number a restored version gets. */
  readonly next: number;
};

type Shown = "content" | "difference" | null;
type Dialog = "scope" | "restore" | "delete" | null;

function VersionCard(props: CardProps) {
  const { version, before } = props;
  const [shown, setShown] = useState<Shown>(null);
  const toggle = (what: Shown) => (): void => setShown(shown === what ? null : what);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Box miw={180}>
            <Text fw={600}>{words.versionNumber(version.version)}</Text>
            <Text size="xs" c="dimmed" component="div">
              <Time at={version.created_at} />
            </Text>
          </Box>
          <Box flex={1} miw={160}>
            <Text size="xs" c="dimmed">
              {words.scope}
            </Text>
            <ScopeSummary scope={version} />
          </Box>
          <VersionActions {...props} />
        </Group>
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="subtle"
            aria-expanded={shown === "content"}
            onClick={toggle("content")}
          >
            {shown === "content" ? texts.common.hide : words.show}
          </Button>
          {before !== null && (
            <Button
              size="compact-sm"
              variant="subtle"
              aria-expanded={shown === "difference"}
              onClick={toggle("difference")}
            >
              {shown === "difference" ? texts.common.hide : words.compare}
            </Button>
          )}
        </Group>
        {shown === "content" && <CodeView value={versionText(version)} label={words.content} />}
        {shown === "difference" && before !== null && (
          <TextDiff
            before={versionText(before)}
            after={versionText(version)}
            label={words.comparing(before.version, version.version)}
            same={words.same}
          />
        )}
      </Stack>
    </Paper>
  );
}

function VersionActions({ artifact, version, next }: CardProps) {
  const { can } = useSession();
  const [open, setOpen] = useState<Dialog>(null);
  const close = (): void => setOpen(null);
  const kind = versionKinds[artifact.type];
  const reason = (verb: "add" | "change" | "delete"): string | null => {
    const right = `mdm.${verb}_${kind?.permission ?? ""}`;
    return can(right) ? null : texts.common.noRight(right);
  };
  if (kind === null) return null;
  const dialog = { artifact, kind, version, onClose: close };
  return (
    <Group gap="xs">
      <ActionButton
        size="compact-sm"
        variant="default"
        disabledReason={reason("change")}
        onClick={() => setOpen("scope")}
      >
        {words.changeScope}
      </ActionButton>
      {version.version + 1 < next && (
        <ActionButton
          size="compact-sm"
          variant="default"
          disabledReason={reason("add")}
          onClick={() => setOpen("restore")}
        >
          {words.restore}
        </ActionButton>
      )}
      <ActionButton
        size="compact-sm"
        variant="default"
        c="var(--mantine-color-error)"
        disabledReason={reason("delete")}
        onClick={() => setOpen("delete")}
      >
        {words.deleteVersion}
      </ActionButton>
      {open === "scope" && <VersionScopeDialog {...dialog} />}
      {open === "restore" && <RestoreDialog {...dialog} next={next} />}
      {open === "delete" && <DeleteVersionDialog {...dialog} />}
    </Group>
  );
}
