/** A list that was read whole: searched, chosen, sorted, paged and saved here, as the address says. */
import { Button, Group, Select, Stack } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { pagingOf, type SearchChange } from "../api/list-search.ts";
import { useSearchChange } from "../api/use-search-change.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts as words } from "../texts/resources.ts";
import { ColumnMenu } from "../ui/ColumnMenu.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { saveFile } from "../ui/save-file.ts";
import { SearchInput } from "../ui/SearchInput.tsx";
import { EmptyState } from "../ui/states.tsx";
import { useColumnChoice } from "../ui/use-column-choice.ts";
import { BulkActions } from "./BulkActions.tsx";
import type { BulkAction } from "./bulk-action.ts";
import { filterOptions, findRows, type ListedRows, rowsAsCsv } from "./find-rows.ts";
import { type ListColumn, orderingOf } from "./list-column.ts";
import { useNames } from "./relations.ts";
import { resourceSearch, type ResourceSearch } from "./resource-search.ts";

export type LocalListProps<Row> = {
  /** What columns are remembered by, what its file is called, and how its queries begin: `tags`. */
  readonly name: string;
  /** `Tags`. */
  readonly title: string;
  readonly about: string;
  /** Undefined while they load. */
  readonly rows: readonly Row[] | undefined;
  readonly error: unknown;
  readonly retry: () => void;
  readonly rowId: (row: Row) => string;
  readonly titleOf: (row: Row) => string;
  readonly searched?: ((row: Row) => readonly string[]) | undefined;
  /** The first names the row. */
  readonly columns: readonly ListColumn<Row>[];
  /** How to come to the first. */
  readonly empty: string;
  readonly actions?: ReactNode;
  readonly bulkActions?: readonly BulkAction<Row>[];
};

export function LocalList<Row>(props: LocalListProps<Row>) {
  const { name, title, about, rows, rowId, titleOf, actions, bulkActions = [] } = props;
  const search: ResourceSearch = useSearch({ strict: false });
  const change = useSearchChange(resourceSearch);
  const nameOf = useNames([...new Set(props.columns.flatMap((column) => column.names ?? []))]);
  const columns = props.columns.map((column) => {
    const ordering = orderingOf(column, rows ?? [], nameOf);
    return ordering === undefined ? column : { ...column, ordering };
  });
  const choice = useColumnChoice(name, columns);
  const list = { titleOf, searched: props.searched, columns: props.columns, nameOf };
  const found = rows && findRows(list, rows, search);
  const shown = props.columns.filter(({ id }) => choice.shown.some((column) => column.id === id));
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const { page, size } = pagingOf(search);
  const saveCsv = (): void =>
    saveFile({ name: `${name}.csv`, content: rowsAsCsv({ columns: shown, nameOf }, found ?? []) });
  return (
    <>
      <PageHeader
        title={title}
        description={about}
        actions={
          <>
            {(found?.length ?? 0) > 0 && (
              <Button
                variant="default"
                leftSection={<IconDownload size={16} aria-hidden />}
                onClick={saveCsv}
              >
                {words.csv}
              </Button>
            )}
            {(rows?.length ?? 0) > 0 && <ColumnMenu columns={columns} choice={choice} />}
            {actions}
          </>
        }
      />
      {rows !== undefined && rows.length > 0 && (
        <Filters title={title} rows={rows} list={list} search={search} onChange={change} />
      )}
      <Stack pb={bulkActions.length === 0 ? 0 : 80}>
        <ResourceTable
          label={title}
          columns={choice.shown}
          rowId={rowId}
          page={found && { count: found.length, results: found.slice((page - 1) * size, page * size) }}
          error={props.error}
          retry={props.retry}
          empty={<Nothing isEmpty={rows?.length === 0} title={title} help={props.empty} actions={actions} />}
          paging={{ page, size, onChange: change }}
          sorting={{
            ordering: search.ordering ?? "",
            onChange: (ordering) => change({ ordering, page: undefined }),
          }}
          {...(bulkActions.length === 0
            ? {}
            : { selection: { selected, onChange: select, nameOf: titleOf } })}
        />
      </Stack>
      <BulkActions
        actions={bulkActions}
        rows={(rows ?? []).filter((row) => selected.has(rowId(row)))}
        titleOf={titleOf}
        queryKey={name}
        onDeselect={() => select(new Set())}
      />
    </>
  );
}

type Change = (changed: SearchChange<ResourceSearch>) => void;

function Filters<Row>(props: {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly list: ListedRows<Row>;
  readonly search: ResourceSearch;
  readonly onChange: Change;
}) {
  const { title, rows, list, search, onChange } = props;
  const filters = list.columns.filter(({ isFilter }) => isFilter === true);
  return (
    <Group mb="sm" gap="xs" component="search">
      <SearchInput
        label={words.search(title)}
        value={search.search ?? ""}
        onChange={(text) => onChange({ search: text, page: undefined })}
      />
      {filters.map((column) => {
        const { id, header } = column;
        const { [id]: value = null, ...others } = search.where ?? {};
        const options = filterOptions(column, rows, list.nameOf);
        return (
          <Select
            key={id}
            aria-label={header}
            placeholder={words.filter(header)}
            clearable
            searchable={options.length > 8}
            w={{ base: "100%", xs: 222 }}
            data={[...new Set(value === null ? options : [...options, value])]}
            value={value}
            onChange={(chosen) =>
              onChange({ where: chosen === null ? others : { ...others, [id]: chosen }, page: undefined })
            }
          />
        );
      })}
    </Group>
  );
}

function Nothing(props: {
  readonly isEmpty: boolean;
  readonly title: string;
  readonly help: string;
  readonly actions?: ReactNode;
}) {
  if (!props.isEmpty)
    return <EmptyState title={texts.navigation.nothingFound}>{words.nothingFound}</EmptyState>;
  return (
    <EmptyState title={words.none(props.title)} action={props.actions}>
      {props.help}
    </EmptyState>
  );
}
