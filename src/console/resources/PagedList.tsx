/** A list that the server searches, sorts and pages: with its columns, what is selected, and all that match as a file. */
import { Stack } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { type ListSearch, pagingOf } from "../api/list-search.ts";
import { answerRowsMax, type ListPage, readPages } from "../api/read-pages.ts";
import { resourceTexts as words } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ColumnMenu } from "../ui/ColumnMenu.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ResourceTable, type TablePage } from "../ui/ResourceTable.tsx";
import { saveFile } from "../ui/save-file.ts";
import { useAction } from "../ui/use-action.ts";
import { useColumnChoice } from "../ui/use-column-choice.ts";
import { BulkActions } from "./BulkActions.tsx";
import type { BulkAction } from "./bulk-action.ts";
import { rowsAsCsv } from "./find-rows.ts";
import type { ListColumn } from "./list-column.ts";

/** The most rows of one file: spreadsheets get slow, and each page is asked for. */
export const csvRowsMax = 20_000;

export type PagedListProps<Row> = {
  /** What columns are remembered by, what its file is called, and how its queries begin: `artifacts`. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly rowId: (row: Row) => string;
  readonly titleOf: (row: Row) => string;
  /** The first names the row. */
  readonly columns: readonly ListColumn<Row>[];
  /** What the address holds of page and order, and the order where it holds none. */
  readonly search: ListSearch;
  readonly orderingDefault: string;
  readonly onChange: (changed: ListSearch) => void;
  readonly query: {
    readonly data: TablePage<Row> | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  /** Reads a piece of all that match, in the order that is shown. */
  readonly readPage: (page: { readonly limit: number; readonly offset: number }) => Promise<ListPage<Row>>;
  readonly filters: ReactNode;
  readonly empty: ReactNode;
  readonly actions?: ReactNode;
  readonly bulkActions: readonly BulkAction<Row>[];
};

export function PagedList<Row>(props: PagedListProps<Row>) {
  const { name, title, rowId, titleOf, columns, search, query } = props;
  const choice = useColumnChoice(name, columns);
  const selection = useSelectedRows(query.data?.results ?? [], rowId);
  return (
    <>
      <PageHeader
        title={title}
        description={props.about}
        actions={
          <>
            <CsvButton {...props} isShown={choice.isShown} />
            <ColumnMenu columns={columns} choice={choice} />
            {props.actions}
          </>
        }
      />
      {props.filters}
      <Stack pb={80}>
        <ResourceTable
          label={title}
          columns={choice.shown}
          rowId={rowId}
          page={query.data}
          error={query.error}
          retry={() => void query.refetch()}
          empty={props.empty}
          paging={{ ...pagingOf(search), onChange: props.onChange }}
          sorting={{
            ordering: search.ordering ?? props.orderingDefault,
            onChange: (ordering) => props.onChange({ ordering, page: 1 }),
          }}
          selection={{ selected: selection.ids, onChange: selection.choose, nameOf: titleOf }}
        />
      </Stack>
      <BulkActions
        actions={props.bulkActions}
        rows={selection.rows}
        titleOf={titleOf}
        queryKey={name}
        onDeselect={() => selection.choose(new Set())}
      />
    </>
  );
}

/** Selected rows, also those of pages that are not shown any more, as they were when they were last shown. */
function useSelectedRows<Row>(shown: readonly Row[], rowId: (row: Row) => string) {
  const [chosen, setChosen] = useState<readonly Row[]>([]);
  const now = new Map(shown.map((row) => [rowId(row), row]));
  const rows = chosen.map((row) => now.get(rowId(row)) ?? row);
  const known = new Map([...rows, ...shown].map((row) => [rowId(row), row]));
  return {
    rows,
    ids: new Set(rows.map(rowId)),
    choose: (ids: ReadonlySet<string>): void => setChosen([...ids].flatMap((id) => known.get(id) ?? [])),
  };
}

type Saved = { readonly count: number; readonly isCut: boolean };

function CsvButton<Row>(
  props: PagedListProps<Row> & { readonly isShown: (column: string) => boolean },
): ReactNode {
  const { name, columns, query, readPage, isShown } = props;
  const save = useAction<undefined, Saved>({
    run: async () => {
      const { rows, isCut } = await readPages({ rowsMax: csvRowsMax, placeName: "offset" }, (offset) =>
        readPage({ limit: answerRowsMax, offset: Number(offset) }),
      );
      const shown = columns.filter(({ id }, index) => index === 0 || isShown(id));
      const nameOf = (_: string, id: number | string): string => String(id);
      saveFile({ name: `${name}.csv`, content: rowsAsCsv({ columns: shown, nameOf }, rows) });
      return { count: rows.length, isCut };
    },
    done: ({ count, isCut }) => (isCut ? words.csvSavedSome(count) : words.csvSaved(count)),
    refreshes: [],
  });
  if ((query.data?.count ?? 0) === 0) return null;
  return (
    <ActionButton
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
      loading={save.isPending}
      disabledReason={null}
      onClick={() => save.mutate(undefined)}
    >
      {words.csv}
    </ActionButton>
  );
}
