/** Columns and facts that most resources have. */
import { Time } from "../ui/Time.tsx";
import type { Fact } from "../ui/Facts.tsx";
import { resourceTexts } from "../texts/resources.ts";
import { texts } from "../texts/en.ts";
import type { ListColumn } from "./list-column.ts";
import { RelationName, RelationNames } from "./RelationName.tsx";
import type { RelationName as Kind } from "./relations.ts";

type Dated = { readonly created_at: string; readonly updated_at: string };

/** When it was changed last. */
export const changedColumn: ListColumn<Dated> = {
  id: "updated_at",
  header: resourceTexts.changed,
  ordering: "updated_at",
  cell: ({ updated_at: at }) => <Time at={at} />,
  text: ({ updated_at: at }) => at,
};

/** The object that a row refers to, by its name. */
export function relationColumn<Row>(column: {
  readonly id: string;
  readonly header: string;
  readonly to: Kind;
  readonly of: (row: Row) => number | string | null;
}): ListColumn<Row> {
  const { id, header, to, of } = column;
  return {
    id,
    header,
    names: to,
    isFilter: true,
    cell: (row) => <RelationName to={to} id={of(row)} />,
    text: (row, nameOf) => {
      const key = of(row);
      return key === null ? null : nameOf(to, key);
    },
  };
}

/** The same where there may be several. */
export function relationsColumn<Row>(column: {
  readonly id: string;
  readonly header: string;
  readonly to: Kind;
  readonly of: (row: Row) => readonly (number | string)[];
}): ListColumn<Row> {
  const { id, header, to, of } = column;
  return {
    id,
    header,
    names: to,
    isFilter: true,
    cell: (row) => <RelationNames to={to} ids={of(row)} />,
    text: (row, nameOf) => of(row).map((key) => nameOf(to, key)),
  };
}

/** When it was made and changed. */
export function datedFacts({ created_at: created, updated_at: updated }: Dated): readonly Fact[] {
  return [
    { label: resourceTexts.created, value: <Time at={created} /> },
    { label: resourceTexts.changed, value: <Time at={updated} /> },
  ];
}

/** `yes` or `no`. */
export function yesNo(value: boolean): string {
  return value ? texts.common.yes : texts.common.no;
}
