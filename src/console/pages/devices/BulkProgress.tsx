import { Alert, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { deviceListTexts as t } from "../../texts/device-list.ts";
import { texts } from "../../texts/en.ts";
import { TextLink } from "../../ui/links.tsx";
import { type Column, ResourceTable } from "../../ui/ResourceTable.tsx";
import { EmptyState, ErrorState } from "../../ui/states.tsx";
import { StatusBadge, type Tone } from "../../ui/StatusBadge.tsx";

const pollMilliseconds = 2000;

type State = keyof typeof t.targetStates;

const tones: Readonly<Record<State, Tone>> = {
  queued: "progress",
  sent: "progress",
  not_now: "attention",
  parked: "bad",
  acknowledged: "good",
  error: "bad",
  command_format_error: "bad",
  expired: "neutral",
  superseded: "neutral",
  cancelled: "neutral",
  refused: "attention",
  removed: "neutral",
};
const pending: readonly string[] = ["queued", "sent", "not_now", "parked"];

const readTargets = (uuid: string, query: { readonly limit: number; readonly offset: number }) =>
  unwrap(api.GET("/api/mdm/bulk_commands/{uuid}/targets/", { params: { path: { uuid }, query } }));

const readProgress = (uuid: string) =>
  unwrap(api.GET("/api/mdm/bulk_commands/{uuid}/", { params: { path: { uuid } } }));

type Progressing = Awaited<ReturnType<typeof readProgress>>;
type Counts = Readonly<Record<string, number>>;

/** How many devices there are in each state; the document says "object". */
function countsOf(progress: Progressing | undefined): Counts {
  return (progress?.counts ?? {}) as Counts;
}

function openTargets(counts: Counts): number {
  return pending.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

/** Whether the server has queued all there is to queue, and no device owes an answer. */
function isOver(progress: Progressing): boolean {
  return progress.finished_at !== null && openTargets(countsOf(progress)) === 0;
}

type Target = Awaited<ReturnType<typeof readTargets>>["results"][number];

const columns: readonly Column<Target>[] = [
  {
    id: "device",
    header: t.columns.device,
    cell: ({ enrolled_device: id, serial_number: serial }) => (
      <TextLink to="/devices/$id" params={{ id }} search={{ tab: "commands" }} size="sm">
        {serial}
      </TextLink>
    ),
  },
  {
    id: "status",
    header: t.columns.state,
    cell: ({ status }) => <StatusBadge tone={tones[status]}>{t.targetStates[status]}</StatusBadge>,
  },
  { id: "reason", header: t.bulk.reason, cell: ({ refusal }) => refusal ?? "–" },
];

function stageOf(progress: Progressing | undefined, isFinished: boolean): string {
  if (progress === undefined || progress.total === null) return t.bulk.resolving;
  return isFinished ? t.bulk.finished : t.bulk.running;
}

/** How far a command for many devices has come, and what became of it on each. */
export function BulkProgress(props: {
  readonly id: string;
  readonly title: string;
  readonly onClose: () => void;
}) {
  const { id, title, onClose } = props;
  const [page, setPage] = useState({ page: 1, size: 25 });
  const progress = useQuery({
    queryKey: ["bulk commands", id],
    queryFn: () => readProgress(id),
    refetchInterval: ({ state }) =>
      state.data !== undefined && isOver(state.data) ? false : pollMilliseconds,
  });
  const counts = countsOf(progress.data);
  const targets = useQuery({
    // Asked again whenever a device came further.
    queryKey: ["bulk commands", id, "targets", page, counts],
    queryFn: () => readTargets(id, { limit: page.size, offset: (page.page - 1) * page.size }),
    placeholderData: keepPreviousData,
  });
  // Said when the devices below say it too.
  const isFinished = progress.data !== undefined && isOver(progress.data) && !targets.isPlaceholderData;
  const total = progress.data?.total ?? 0;
  const answered = (progress.data?.count ?? 0) - openTargets(counts);
  const refusal = progress.data?.refusal ?? null;
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ "aria-label": texts.common.close }}
    >
      <Stack>
        {progress.error !== null && <ErrorState error={progress.error} />}
        <Progress
          value={total === 0 ? 0 : (answered / total) * 100}
          aria-label={t.bulk.progress}
          animated={!isFinished}
        />
        <Group gap="xs" role="status">
          {Object.entries(counts).map(([state, number]) => (
            <StatusBadge key={state} tone={tones[state as State] ?? "neutral"}>
              {t.targetStates[state as State] ?? state}: {number.toLocaleString("en")}
            </StatusBadge>
          ))}
        </Group>
        {refusal === null ? (
          <Text size="sm">{stageOf(progress.data, isFinished)}</Text>
        ) : (
          <Alert color="red" title={t.bulk.notSent}>
            {refusal}
          </Alert>
        )}
        <ResourceTable
          label={t.bulk.progress}
          columns={columns}
          rowId={({ enrolled_device: device }) => String(device)}
          page={targets.data}
          error={targets.error}
          empty={<EmptyState title={t.noneFitTitle} />}
          paging={{ ...page, onChange: setPage }}
        />
      </Stack>
    </Modal>
  );
}
