/** Commands of all devices: found, filtered and sorted by the server; taken back and handed out again here. */
import { Group, MultiSelect, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { api, unwrap } from "../api/client.ts";
import { pageQuery, type SearchChange } from "../api/list-search.ts";
import { useSearchChange } from "../api/use-search-change.ts";
import type { BulkAction } from "../resources/bulk-action.ts";
import type { ListColumn } from "../resources/list-column.ts";
import { ObjectLink } from "../resources/ObjectLink.tsx";
import { PagedList } from "../resources/PagedList.tsx";
import { commandsTexts as words } from "../texts/commands-page.ts";
import { deviceTexts } from "../texts/devices.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { Moment } from "../ui/Moment.tsx";
import { SearchInput } from "../ui/SearchInput.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Time } from "../ui/Time.tsx";
import { commandFilters, type CommandsSearch, commandsSearch } from "./commands-search.ts";
import { cancellable, commandRequests, repeatable } from "./devices/command-actions.ts";
import { CommandStateBadge, commandStateText } from "./devices/CommandStateBadge.tsx";
import { commandStates } from "./devices/device-queries.ts";

/** The newest first. */
const orderingDefault = "-created_at";

function readCommands(search: CommandsSearch, piece: { readonly limit: number; readonly offset: number }) {
  const query = { ordering: search.ordering ?? orderingDefault, ...commandFilters(search), ...piece };
  return unwrap(api.GET("/api/mdm/devices/commands/rows/", { params: { query } }));
}

type Command = Awaited<ReturnType<typeof readCommands>>["results"][number];

export function CommandsPage() {
  const search: CommandsSearch = useSearch({ strict: false });
  const { limit, offset } = pageQuery(search);
  const commands = useQuery({
    queryKey: ["commands", search],
    queryFn: () => readCommands(search, { limit, offset }),
    placeholderData: keepPreviousData,
  });
  const change = useSearchChange(commandsSearch);
  const isFiltered = Object.keys(commandFilters(search)).length > 0;
  return (
    <PagedList
      name="commands"
      title={words.title}
      about={words.about}
      rowId={({ uuid }) => uuid}
      titleOf={titleOf}
      columns={columns}
      search={search}
      orderingDefault={orderingDefault}
      onChange={change}
      query={commands}
      readPage={(piece) => readCommands(search, piece)}
      filters={<Filters search={search} onChange={(changed) => change({ ...changed, page: undefined })} />}
      empty={
        isFiltered ? (
          <EmptyState title={texts.navigation.nothingFound}>{resourceTexts.nothingFound}</EmptyState>
        ) : (
          <EmptyState title={words.none}>{words.noneHelp}</EmptyState>
        )
      }
      bulkActions={bulkActions}
    />
  );
}

function Filters(props: {
  readonly search: CommandsSearch;
  readonly onChange: (changed: SearchChange<CommandsSearch>) => void;
}) {
  const { search, onChange } = props;
  return (
    <Group mb="sm" gap="xs" align="flex-end" component="search">
      <SearchInput
        label={words.anyName}
        value={search.search ?? ""}
        onChange={(typed) => onChange({ search: typed })}
      />
      <SearchInput
        label={words.serialNumber}
        value={search.serial_number ?? ""}
        onChange={(typed) => onChange({ serial_number: typed })}
      />
      <MultiSelect
        label={words.status}
        placeholder={search.state === undefined ? words.anyStatus : ""}
        clearable
        w={{ base: "100%", xs: 210 }}
        data={commandStates.map((value) => ({ value, label: deviceTexts.commandStates[value] }))}
        value={[...(search.state ?? [])]}
        onChange={(chosen) => onChange({ state: commandStates.filter((each) => chosen.includes(each)) })}
      />
      <Moment label={words.since} value={search.since} onChange={(since) => onChange({ since })} />
      <Moment label={words.until} value={search.until} onChange={(until) => onChange({ until })} />
    </Group>
  );
}

const deviceOf = ({ device: { name, serial_number: serial } }: Command): string => name ?? serial;
const titleOf = (command: Command): string => words.titleOf(command.name, deviceOf(command));

const columns: readonly ListColumn<Command>[] = [
  {
    id: "name",
    header: words.name,
    cell: ({ name, device: { id } }) => (
      <ObjectLink to={`/devices/${id}`} search={{ tab: "commands" }} fw={600} fz="sm">
        {name}
      </ObjectLink>
    ),
    text: ({ name }) => name,
  },
  {
    id: "device",
    header: words.device,
    cell: (command) => (
      <ObjectLink to={`/devices/${command.device.id}`} fz="sm">
        {deviceOf(command)}
      </ObjectLink>
    ),
    text: deviceOf,
  },
  {
    id: "serial",
    header: words.serial,
    cell: ({ device }) => <Text size="sm">{device.serial_number}</Text>,
    text: ({ device }) => device.serial_number,
  },
  {
    id: "status",
    header: words.status,
    cell: (command) => <CommandStateBadge command={command} />,
    text: commandStateText,
  },
  {
    id: "queued",
    header: words.queued,
    ordering: "created_at",
    cell: ({ created_at: at }) => <Time at={at} />,
    text: ({ created_at: at }) => at,
  },
  {
    id: "answered",
    header: words.answered,
    cell: ({ result_time: at }) => <Time at={at} none="–" />,
    text: ({ result_time: at }) => at,
  },
];

const { retry, cancel } = commandRequests.device;

const bulkActions: readonly BulkAction<Command>[] = [
  {
    id: "retry",
    label: words.retry,
    permission: "mdm.add_devicecommand",
    consequence: words.retryConsequence,
    refusal: ({ state }) => (repeatable.includes(state) ? null : words.notWaiting),
    run: ({ uuid }) => retry(uuid),
  },
  {
    id: "cancel",
    label: words.cancel,
    permission: "mdm.delete_devicecommand",
    consequence: words.cancelConsequence,
    refusal: ({ state }) => (cancellable.includes(state) ? null : words.ended),
    run: ({ uuid }) => cancel(uuid),
  },
];
