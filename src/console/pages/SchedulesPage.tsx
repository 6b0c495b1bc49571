/** Jobs that run by the clock, and how they went. */
import { Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../api/client.ts";
import { schedulesTexts as words } from "../texts/commands-page.ts";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState } from "../ui/states.tsx";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { Time } from "../ui/Time.tsx";

export function SchedulesPage() {
  const { data, error, refetch } = useQuery({
    queryKey: ["schedules"],
    queryFn: () => unwrap(api.GET("/api/schedules/", {})),
  });
  return (
    <>
      <PageHeader title={words.title} description={words.about} />
      <ResourceTable
        label={words.title}
        rowId={({ name }) => name}
        page={data && { count: data.length, results: data }}
        error={error}
        retry={() => void refetch()}
        empty={<EmptyState title={words.none} />}
        columns={[
          {
            id: "name",
            header: words.name,
            cell: ({ name }) => (
              <Text size="sm" fw={600}>
                {name.replaceAll("_", " ")}
              </Text>
            ),
          },
          { id: "pattern", header: words.pattern, cell: ({ pattern }) => <Code>{pattern}</Code> },
          {
            id: "last",
            header: words.last,
            cell: ({ last_finished_at: at }) => <Time at={at} none={words.never} />,
          },
          {
            id: "outcome",
            header: words.outcome,
            cell: ({ last_outcome: outcome, last_error: problem }) => (
              <Stack gap={2} align="flex-start">
                {outcome === "succeeded" && <StatusBadge tone="good">{words.succeeded}</StatusBadge>}
                {outcome === "failed" && <StatusBadge tone="bad">{words.failed}</StatusBadge>}
                {problem !== null && <Text size="xs">{problem}</Text>}
              </Stack>
            ),
          },
          { id: "next", header: words.next, cell: ({ next_run_at: at }) => <Time at={at} /> },
        ]}
      />
    </>
  );
}
