/** What happened to an object, newest first: for the activity tab of any page. */
import { Box, Button, Collapse, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { placeOf } from "../../api/read-pages.ts";
import { type EventFacts, eventSentence } from "../../format/event-sentence.ts";
import { useSession } from "../../session/session.ts";
import { texts } from "../../texts/en.ts";
import { CodeView } from "../../ui/CodeView.tsx";
import { EmptyState, ErrorState, LoadingState } from "../../ui/states.tsx";
import { Time } from "../../ui/Time.tsx";

const pageRows = 50;
const right = "core.view_event";

export type ActivityFilter = {
  readonly serial_number?: string;
  /** As the API takes it: model and key. */
  readonly object?: string;
  readonly type?: string;
};

function readEvents(filter: ActivityFilter, before: string | null) {
  const query = { ...filter, limit: pageRows, ...(before === null ? {} : { before }) };
  return unwrap(api.GET("/api/events/", { params: { query } }));
}

type Event = Awaited<ReturnType<typeof readEvents>>["results"][number];

export function ActivityList({ filter }: { readonly filter: ActivityFilter }) {
  const { can } = useSession();
  const events = useInfiniteQuery({
    queryKey: ["events", filter],
    queryFn: ({ pageParam }) => readEvents(filter, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => placeOf(next, "before"),
    enabled: can(right),
  });
  if (!can(right))
    return <EmptyState title={texts.activity.hidden}>{texts.common.noRight(right)}</EmptyState>;
  if (events.error !== null) return <ErrorState error={events.error} retry={() => void events.refetch()} />;
  if (events.data === undefined) return <LoadingState />;
  const rows = events.data.pages.flatMap(({ results }) => results);
  const isOfOne = filter.serial_number !== undefined;
  if (rows.length === 0)
    return <EmptyState title={texts.activity.none}>{texts.activity.noneHelp}</EmptyState>;
  return (
    <Stack gap="xs">
      <Paper withBorder>
        <Stack gap={0} component="ol" m={0} p={0} style={{ listStyle: "none" }}>
          {rows.map((event) => (
            <EventRow
              key={event.metadata.id}
              event={event}
              serialNumber={isOfOne ? null : event.metadata.machine_serial_number}
            />
          ))}
        </Stack>
      </Paper>
      {events.hasNextPage && (
        <Button
          variant="default"
          onClick={() => void events.fetchNextPage()}
          loading={events.isFetchingNextPage}
          style={{ alignSelf: "center" }}
        >
          {texts.activity.older}
        </Button>
      )}
    </Stack>
  );
}

function EventRow(props: {
  readonly event: Event;
  /** Null where the page says it. */
  readonly serialNumber: string | null;
}) {
  const { event, serialNumber } = props;
  const [isOpen, setOpen] = useState(false);
  const { metadata, payload } = event;
  // The document says "object"; what is in it depends on the type.
  const facts: EventFacts = {
    type: metadata.type,
    actor: metadata.actor,
    request: metadata.request as EventFacts["request"],
    payload: payload as EventFacts["payload"],
  };
  return (
    <Box
      component="li"
      px="sm"
      py={6}
      style={{ borderBottom: "1px solid var(--mantine-color-default-border)" }}
    >
      <UnstyledButton w="100%" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {serialNumber !== null && (
              <Text span size="sm" fw={600}>
                {serialNumber}
                {" · "}
              </Text>
            )}
            {eventSentence(facts)}
          </Text>
          <Group gap={6} wrap="nowrap">
            <Text size="xs" c="dimmed" component="span">
              <Time at={metadata.created_at} />
            </Text>
            <IconChevronDown
              size={14}
              aria-hidden
              style={{ transform: isOpen ? "rotate(180deg)" : undefined }}
            />
          </Group>
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        {isOpen && <CodeView value={event} label={texts.activity.details} />}
      </Collapse>
    </Box>
  );
}
