/**
 * A list of the API: one page of rows that the server sorted and filtered. On a phone each row is a card. What is
 * shown and in which order belongs to the address, so the caller holds it.
 */
import {
  Checkbox,
  Group,
  Pagination,
  Paper,
  ScrollArea,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
  UnstyledButton,
  VisuallyHidden,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { texts } from "../texts/en.ts";
import { ErrorState } from "./states.tsx";

export type Column<Row> = {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** The API's `ordering` key; absent for columns that cannot be sorted by. */
  readonly ordering?: string;
};

export type TablePage<Row> = {
  readonly count: number;
  /** There are at least so many; counting on would have taken too long. */
  readonly count_is_minimum?: boolean;
  readonly next?: string | null;
  readonly results: readonly Row[];
};

export type ResourceTableProps<Row> = {
  /** What is listed, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rowId: (row: Row) => string;
  /** Undefined while it loads. */
  readonly page: TablePage<Row> | undefined;
  readonly error?: unknown;
  readonly retry?: () => void;
  /** Shown when there are no rows at all. */
  readonly empty: ReactNode;
  readonly paging?: {
    /** From 1. */
    readonly page: number;
    readonly size: number;
    readonly onChange: (change: { readonly page: number; readonly size: number }) => void;
  };
  readonly sorting?: {
    /** As the API takes it: `-created_at`; empty for its own order. */
    readonly ordering: string;
    readonly onChange: (ordering: string) => void;
  };
  readonly selection?: {
    readonly selected: ReadonlySet<string>;
    readonly onChange: (selected: ReadonlySet<string>) => void;
    /** What a row is called, for its checkbox. */
    readonly nameOf: (row: Row) => string;
  };
};

export const pageSizes = [25, 50, 100, 200] as const;

const skeletonRows = 8;

export function ResourceTable<Row>(props: ResourceTableProps<Row>) {
  const { page, error, retry, empty, label } = props;
  const isPhone = useMediaQuery("(max-width: 47.99em)");
  if (error !== null && error !== undefined)
    return <ErrorState error={error} {...(retry === undefined ? {} : { retry })} />;
  if (page === undefined) return <TableSkeleton label={label} />;
  // Who went beyond the end finds the way back.
  const isBeyond = props.paging !== undefined && props.paging.page > 1;
  if (page.results.length === 0) {
    return isBeyond ? (
      <Stack gap="sm">
        {empty}
        <Footer {...props} page={page} />
      </Stack>
    ) : (
      <>{empty}</>
    );
  }
  return (
    <Stack gap="sm">
      {isPhone ? <Cards {...props} page={page} /> : <Rows {...props} page={page} />}
      <Footer {...props} page={page} />
    </Stack>
  );
}

/** How many rows there are, with a plus sign where they were not counted to the end. */
export function countText(page: Pick<TablePage<unknown>, "count" | "count_is_minimum">): string {
  const { count, count_is_minimum: isMinimum = false } = page;
  return `${count.toLocaleString("en")}${isMinimum ? "+" : ""}`;
}

type Loaded<Row> = ResourceTableProps<Row> & { readonly page: TablePage<Row> };

function Rows<Row>(props: Loaded<Row>) {
  const { columns, page, rowId, selection, label } = props;
  return (
    <Paper withBorder>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, "aria-label": label, role: "region" }}>
        <Table highlightOnHover verticalSpacing="xs" aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {selection !== undefined && (
                <Table.Th w={40}>
                  <SelectAll {...props} selection={selection} />
                </Table.Th>
              )}
              {columns.map((column) => (
                <HeaderCell
                  key={column.id}
                  column={column}
                  {...(props.sorting && { sorting: props.sorting })}
                />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {page.results.map((row) => (
              <Table.Tr key={rowId(row)}>
                {selection !== undefined && (
                  <Table.Td>
                    <SelectRow row={row} rowId={rowId} selection={selection} />
                  </Table.Td>
                )}
                {columns.map(({ id, cell }) => (
                  <Table.Td key={id}>{cell(row)}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </Paper>
  );
}

function Cards<Row>(props: Loaded<Row>) {
  return (
    <Stack gap="xs">
      <CardsHead {...props} />
      <CardList {...props} />
    </Stack>
  );
}

/** What the header of a table does for those who have none. */
function CardsHead<Row>(props: Loaded<Row>) {
  const { columns, selection, sorting } = props;
  const sortable = columns.flatMap(({ ordering: key, header }) =>
    key === undefined ? [] : [{ key, header }],
  );
  const orders = sortable.flatMap(({ key, header }) => [
    { value: key, label: texts.common.ascending(header) },
    { value: `-${key}`, label: texts.common.descending(header) },
  ]);
  return (
    <>
      {sorting !== undefined && orders.length > 0 && (
        <Select
          label={texts.common.sortBy}
          placeholder={texts.common.sortDefault}
          data={orders}
          value={sorting.ordering === "" ? null : sorting.ordering}
          clearable
          onChange={(value) => sorting.onChange(value ?? "")}
        />
      )}
      {selection !== undefined && (
        <Group px="sm">
          <SelectAll {...props} selection={selection} isNamed />
        </Group>
      )}
    </>
  );
}

function CardList<Row>({ columns, page, rowId, selection, label }: Loaded<Row>) {
  return (
    <Stack gap="xs" role="list" aria-label={label}>
      {page.results.map((row) => (
        <Paper key={rowId(row)} withBorder p="sm" role="listitem">
          <Group wrap="nowrap" align="flex-start">
            {selection !== undefined && <SelectRow row={row} rowId={rowId} selection={selection} />}
            <Stack gap={4} flex={1} miw={0} style={{ overflowWrap: "anywhere" }}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <div key={column.id}>{column.cell(row)}</div>
                ) : (
                  <CardLine key={column.id} column={column} row={row} />
                ),
              )}
            </Stack>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

/** A cell with its column's name; nothing where the cell is empty. */
function CardLine<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }) {
  const content = column.cell(row);
  if (content === null) return null;
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      {column.header !== "" && (
        <Text size="xs" c="dimmed" w={96} flex="none" pt={2}>
          {column.header}
        </Text>
      )}
      <Text size="sm" component="div" flex={1} miw={0}>
        {content}
      </Text>
    </Group>
  );
}

function HeaderCell<Row>({
  column,
  sorting,
}: {
  readonly column: Column<Row>;
  readonly sorting?: NonNullable<ResourceTableProps<Row>["sorting"]>;
}) {
  const { ordering: key, header } = column;
  if (key === undefined || sorting === undefined) return <Table.Th scope="col">{header}</Table.Th>;
  const isUp = sorting.ordering === key;
  const isDown = sorting.ordering === `-${key}`;
  const Icon = isUp ? IconArrowUp : isDown ? IconArrowDown : IconArrowsSort;
  return (
    <Table.Th scope="col" aria-sort={isUp ? "ascending" : isDown ? "descending" : "none"}>
      <UnstyledButton fw={600} fz="sm" onClick={() => sorting.onChange(isDown ? key : `-${key}`)}>
        <Group gap={4} wrap="nowrap">
          {header}
          <Icon size={14} aria-hidden />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}

type Selection<Row> = NonNullable<ResourceTableProps<Row>["selection"]>;

function SelectRow<Row>(props: {
  readonly row: Row;
  readonly rowId: (row: Row) => string;
  readonly selection: Selection<Row>;
}) {
  const { row, rowId, selection } = props;
  const id = rowId(row);
  return (
    <Checkbox
      aria-label={`${texts.common.select} ${selection.nameOf(row)}`}
      checked={selection.selected.has(id)}
      onChange={(event) => {
        const next = new Set(selection.selected);
        if (event.currentTarget.checked) next.add(id);
        else next.delete(id);
        selection.onChange(next);
      }}
    />
  );
}

function SelectAll<Row>(
  props: Loaded<Row> & {
    readonly selection: Selection<Row>;
    /** What it does stands beside it. */
    readonly isNamed?: true;
  },
) {
  const { page, rowId, selection, isNamed = false } = props;
  const ids = page.results.map(rowId);
  const count = ids.filter((id) => selection.selected.has(id)).length;
  return (
    <Checkbox
      {...(isNamed ? { label: texts.common.selectPage } : { "aria-label": texts.common.selectPage })}
      checked={count === ids.length}
      indeterminate={count > 0 && count < ids.length}
      onChange={(event) => {
        const next = new Set(selection.selected);
        for (const id of ids) {
          if (event.currentTarget.checked) next.add(id);
          else next.delete(id);
        }
        selection.onChange(next);
      }}
    />
  );
}

function Footer<Row>({ page, paging }: Loaded<Row>) {
  if (paging === undefined) return null;
  const { size, onChange } = paging;
  const counted = Math.max(1, Math.ceil(page.count / size));
  // Beyond what was counted, the list goes on as long as there is a next page.
  const isOpen = page.count_is_minimum === true;
  const isFurther = page.next !== null && page.next !== undefined;
  const pages = isOpen ? Math.max(counted, paging.page + (isFurther ? 1 : 0)) : counted;
  const first = (paging.page - 1) * size + 1;
  return (
    <Group justify="space-between" component="nav" aria-label={texts.common.pages}>
      <Text size="sm" c="dimmed" role="status">
        {page.results.length > 0 &&
          texts.common.rowsOf(first, first + page.results.length - 1, countText(page))}
      </Text>
      <Group gap="xs">
        <Select
          aria-label={texts.common.rowsPerPage}
          w={90}
          size="xs"
          data={pageSizes.map(String)}
          value={String(size)}
          allowDeselect={false}
          onChange={(value) => onChange({ page: 1, size: Number(value) })}
        />
        <Pagination
          size="sm"
          total={pages}
          value={paging.page}
          onChange={(next) => onChange({ page: next, size })}
          getControlProps={(control) => ({ "aria-label": texts.common.pageControl[control] })}
        />
      </Group>
    </Group>
  );
}

function TableSkeleton({ label }: { readonly label: string }) {
  return (
    <Stack gap="xs" role="status" aria-live="polite">
      <VisuallyHidden>
        {texts.common.loading} {label}
      </VisuallyHidden>
      {Array.from({ length: skeletonRows }, (_, index) => (
        <Skeleton key={index} height={36} />
      ))}
    </Stack>
  );
}
