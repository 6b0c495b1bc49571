/** Columns of lists that are read whole: what a cell says as text is what rows are sorted, chosen and saved by. */
import type { Column } from "../ui/ResourceTable.tsx";
import type { RelationName } from "./relations.ts";

/** The name of an object that a row refers to; its id where it is not known. */
export type NameOf = (to: RelationName, id: number | string) => string;

/** Several, where a cell says several things; null for nothing. */
export type CellText = string | number | null | readonly (string | number)[];

export type ListColumn<Row> = Column<Row> & {
  /** What the cell says; not needed where the cell is a text itself. Times as the API writes them. */
  readonly text?: (row: Row, nameOf: NameOf) => CellText;
  /** The kind of objects that {@link text} names. */
  readonly names?: RelationName;
  /** Rows can be chosen by it: it says one of few things. */
  readonly isFilter?: boolean;
};

/** What a cell says, each thing by itself; null for cells that are no text. */
export function textsOf<Row>(column: ListColumn<Row>, row: Row, nameOf: NameOf): readonly string[] | null {
  const { text, cell } = column;
  if (text === undefined) {
    const content = cell(row);
    return typeof content === "string" || typeof content === "number" ? [String(content)] : null;
  }
  const said = text(row, nameOf);
  if (said === null) return [];
  return typeof said === "object" ? said.map(String) : [String(said)];
}

/** The key that a column is sorted by; undefined for columns that are no text. */
export function orderingOf<Row>(
  column: ListColumn<Row>,
  rows: readonly Row[],
  nameOf: NameOf,
): string | undefined {
  const [first] = rows;
  if (column.ordering !== undefined || first === undefined) return column.ordering;
  return textsOf(column, first, nameOf) === null ? undefined : column.id;
}
