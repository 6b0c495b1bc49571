/** Commands of all devices. */
import { Group, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { api, unwrap } from "../api/client.ts";
import { pageQuery, pagingOf } from "../api/list-search.ts";
import { ObjectLink } from "../resources/ObjectLink.tsx";
import { type ResourceSearch, resourceSearch } from "../resources/resource-search.ts";
import { commandsTexts as words } from "../texts/commands-page.ts";
import { texts } from "../texts/en.ts";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { SearchInput } from "../ui/SearchInput.tsx";
import { EmptyState } from "../ui/states.tsx";
import { StatusBadge, type Tone } from "../ui/StatusBadge.tsx";
import { Time } from "../ui/Time.tsx";

function readCommands({ search, ...list }: ResourceSearch) {
  const query = { ...pageQuery(list), ...(search === undefined ? {} : { name: search }) };
  return unwrap(api.GET("/api/mdm/devices/commands/rows/", { params: { query } }));
}

type Command = Awaited<ReturnType<typeof readCommands>>["results"][number];

export function CommandsPage() {
  const search: ResourceSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const commands = useQuery({
    queryKey: ["commands", search],
    queryFn: () => readCommands(search),
    placeholderData: keepPreviousData,
  });
  const change = (changed: Readonly<Record<string, unknown>>): void => {
    void navigate({ to: ".", search: resourceSearch({ ...search, ...changed }), replace: true });
  };
  return (
    <>
      <PageHeader title={words.title} description={words.about} />
      <Group mb="sm">
        <SearchInput
          label={words.anyName}
          value={search.search ?? ""}
          onChange={(typed) => change({ search: typed, page: 1 })}
        />
      </Group>
      <ResourceTable
        label={words.title}
        rowId={({ uuid }) => uuid}
        page={commands.data}
        error={commands.error}
        retry={() => void commands.refetch()}
        empty={
          search.search === undefined ? (
            <EmptyState title={words.none}>{words.noneHelp}</EmptyState>
          ) : (
            <EmptyState title={texts.navigation.nothingFound} />
          )
        }
        paging={{ ...pagingOf(search), onChange: change }}
        columns={[
          {
            id: "name",
            header: words.name,
            cell: ({ name, device: { id } }) => (
              <ObjectLink to={`/devices/${id}`} search={{ tab: "commands" }} fw={600} fz="sm">
                {name}
              </ObjectLink>
            ),
          },
          {
            id: "device",
            header: words.device,
            cell: ({ device: { id, name, serial_number: serial } }) => (
              <>
                <ObjectLink to={`/devices/${id}`} fz="sm">
                  {name ?? serial}
                </ObjectLink>
                {name !== null && (
                  <Text size="xs" c="dimmed">
                    {serial}
                  </Text>
                )}
              </>
            ),
          },
          { id: "status", header: words.status, cell: (command) => <Answer command={command} /> },
          { id: "queued", header: words.queued, cell: ({ created_at: at }) => <Time at={at} /> },
          {
            id: "answered",
            header: words.answered,
            cell: ({ result_time: at }) => <Time at={at} none="–" />,
          },
        ]}
      />
    </>
  );
}

const tones: Readonly<Record<Command["state"], Tone>> = {
  queued: "progress",
  sent: "progress",
  not_now: "attention",
  parked: "bad",
  answered: "bad",
  expired: "neutral",
  superseded: "neutral",
  cancelled: "neutral",
};

function Answer({ command: { state, status } }: { readonly command: Command }) {
  if (status === "Acknowledged") return <StatusBadge tone="good">{words.acknowledged}</StatusBadge>;
  return <StatusBadge tone={tones[state]}>{words.states[state]}</StatusBadge>;
}
