/** Columns and facts that most resources have. */
import { Time } from "../ui/Time.tsx";
import type { Fact } from "../ui/Facts.tsx";
import type { Column } from "../ui/ResourceTable.tsx";
import { resourceTexts } from "../texts/resources.ts";
import { texts } from "../texts/en.ts";

type Dated = { readonly created_at: string; readonly updated_at: string };

/** When it was changed last. */
export const changedColumn: Column<Dated> = {
  id: "updated_at",
  header: resourceTexts.changed,
  ordering: "updated_at",
  cell: ({ updated_at: at }) => <Time at={at} />,
};

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
