/** Jobs that run by the clock, and how they went. */
import { Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../api/client.ts";
import { jobTitle } from "../format/job-title.ts";
import type { ListColumn } from "../resources/list-column.ts";
import { LocalList } from "../resources/LocalList.tsx";
import { schedulesTexts as words } from "../texts/commands-page.ts";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { Time } from "../ui/Time.tsx";

/** Runs of jobs are no events, so nothing tells of them; asked again while somebody looks. */
const againMilliseconds = 30_000;

const readSchedules = () => unwrap(api.GET("/api/schedules/", {}));

type Schedule = Awaited<ReturnType<typeof readSchedules>>[number];

const titleOf = ({ name }: Schedule): string => jobTitle(name);

const columns: readonly ListColumn<Schedule>[] = [
  {
    id: "title",
    header: words.name,
    ordering: "title",
    cell: (schedule) => (
      <Text size="sm" fw={600}>
        {titleOf(schedule)}
      </Text>
    ),
    text: titleOf,
  },
  {
    id: "pattern",
    header: words.pattern,
    cell: ({ pattern }) => <Code>{pattern}</Code>,
    text: ({ pattern }) => pattern,
  },
  {
    id: "last",
    header: words.last,
    cell: ({ last_finished_at: at }) => <Time at={at} none={words.never} />,
    text: ({ last_finished_at: at }) => at,
  },
  {
    id: "outcome",
    header: words.outcome,
    isFilter: true,
    cell: ({ last_outcome: outcome, last_error: problem }) => (
      <Stack gap={2} align="flex-start">
        {outcome === "succeeded" && <StatusBadge tone="good">{words.succeeded}</StatusBadge>}
        {outcome === "failed" && <StatusBadge tone="bad">{words.failed}</StatusBadge>}
        {problem !== null && <Text size="xs">{problem}</Text>}
      </Stack>
    ),
    text: ({ last_outcome: outcome }) => (outcome === null ? null : words[outcome]),
  },
  {
    id: "next",
    header: words.next,
    cell: ({ next_run_at: at }) => <Time at={at} />,
    text: ({ next_run_at: at }) => at,
  },
];

export function SchedulesPage() {
  const { data, error, refetch } = useQuery({
    queryKey: ["schedules"],
    queryFn: readSchedules,
    refetchInterval: againMilliseconds,
  });
  return (
    <LocalList
      name="schedules"
      title={words.title}
      about={words.about}
      rows={data}
      error={error}
      retry={() => void refetch()}
      rowId={({ name }) => name}
      titleOf={titleOf}
      columns={columns}
      empty={words.noneHelp}
    />
  );
}
