import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { endSession, ownSessionsQuery } from "../../session/account-requests.ts";
import { accountTexts as t } from "../../texts/account.ts";
import { texts } from "../../texts/en.ts";
import { type Column, ResourceTable } from "../../ui/ResourceTable.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { Time } from "../../ui/Time.tsx";
import { useAction } from "../../ui/use-action.ts";

/** Where one is logged in. */
export function OwnSessions() {
  const sessions = useQuery(ownSessionsQuery);
  const end = useAction({
    run: endSession,
    done: () => t.ended,
    refreshes: [ownSessionsQuery.queryKey],
  });
  type Row = NonNullable<typeof sessions.data>[number];
  const columns: readonly Column<Row>[] = [
    {
      id: "browser",
      header: t.browser,
      cell: ({ user_agent: agent, is_current: isCurrent }) => (
        <>
          <Text size="sm" maw={520} truncate title={agent ?? ""}>
            {agent ?? texts.common.unknown}
          </Text>
          {isCurrent && <StatusBadge tone="good">{t.thisSession}</StatusBadge>}
        </>
      ),
    },
    { id: "address", header: t.address, cell: ({ ip }) => ip ?? texts.common.unknown },
    { id: "seen", header: t.lastSeen, cell: ({ last_seen_at: at }) => <Time at={at} /> },
    { id: "ends", header: t.ends, cell: ({ ends_at: at }) => <Time at={at} /> },
    {
      id: "actions",
      header: "",
      cell: ({ id, is_current: isCurrent }) =>
        isCurrent ? null : (
          <Button size="compact-sm" variant="default" onClick={() => end.mutate(id)}>
            {t.end}
          </Button>
        ),
    },
  ];
  return (
    <ResourceTable
      label={t.sessions}
      columns={columns}
      rowId={({ id }) => id}
      page={sessions.data && { count: sessions.data.length, results: sessions.data }}
      error={sessions.error}
      retry={() => void sessions.refetch()}
      empty={null}
    />
  );
}
