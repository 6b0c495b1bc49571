/** Searching, choosing and sorting the rows of a list that was read whole, and writing them into a file. */
import { writeCsv } from "../format/csv.ts";
import { plainText } from "../format/plain-text.ts";
import { type ListColumn, type NameOf, textsOf } from "./list-column.ts";
import type { ResourceSearch } from "./resource-search.ts";

/** A list as its description has it. */
export type ListedRows<Row> = {
  readonly titleOf: (row: Row) => string;
  /** What the search looks at, beside the title. */
  readonly searched?: ((row: Row) => readonly string[]) | undefined;
  readonly columns: readonly ListColumn<Row>[];
  readonly nameOf: NameOf;
};

/** The rows that fit a search, in the order that was asked for; by title otherwise. */
export function findRows<Row>(
  list: ListedRows<Row>,
  rows: readonly Row[],
  { search, where = {}, ordering = "title" }: ResourceSearch,
): readonly Row[] {
  const { titleOf, searched, columns, nameOf } = list;
  const word = search?.toLowerCase() ?? "";
  const filters = columns.filter(({ id, isFilter }) => isFilter === true && where[id] !== undefined);
  const found = rows
    .filter((row) =>
      [titleOf(row), ...(searched?.(row) ?? [])].some((text) => text.toLowerCase().includes(word)),
    )
    .filter((row) =>
      filters.every((column) => textsOf(column, row, nameOf)?.includes(where[column.id] ?? "") === true),
    );
  const isDown = ordering.startsWith("-");
  const valueOf = sortValue(list, isDown ? ordering.slice(1) : ordering);
  const collator = new Intl.Collator("en", { numeric: true });
  const sorted = found.toSorted((one, other) => collator.compare(valueOf(one), valueOf(other)));
  return isDown ? sorted.reverse() : sorted;
}

/** A column's own key is a member of the rows; otherwise its text counts. */
function sortValue<Row>({ titleOf, columns, nameOf }: ListedRows<Row>, key: string): (row: Row) => string {
  if (key === "title") return titleOf;
  const column = columns.find(({ id, ordering }) => ordering === undefined && id === key);
  if (column !== undefined) return (row) => (textsOf(column, row, nameOf) ?? []).join(", ");
  return (row) => plainText((row as Readonly<Record<string, unknown>>)[key]);
}

/** What rows can be chosen by: each thing that a column says, in order. */
export function filterOptions<Row>(
  column: ListColumn<Row>,
  rows: readonly Row[],
  nameOf: NameOf,
): readonly string[] {
  const said = new Set(rows.flatMap((row) => textsOf(column, row, nameOf) ?? []));
  return [...said].toSorted(new Intl.Collator("en", { numeric: true }).compare);
}

/** Rows as a CSV file: the columns that say something as text, below their names. */
export function rowsAsCsv<Row>(
  { columns, nameOf }: Pick<ListedRows<Row>, "columns" | "nameOf">,
  rows: readonly Row[],
): string {
  const [first] = rows;
  const written = columns.filter((column) => first !== undefined && textsOf(column, first, nameOf) !== null);
  const cells = rows.map((row) => written.map((column) => (textsOf(column, row, nameOf) ?? []).join(", ")));
  return writeCsv([written.map(({ header }) => header), ...cells]);
}
