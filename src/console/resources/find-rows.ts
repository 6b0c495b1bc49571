import { plainText } from "../format/plain-text.ts";
import type { Identified, Resource } from "./resource.ts";
import type { ResourceSearch } from "./resource-search.ts";

/** The rows that fit a search, in the order that was asked for; by title otherwise. */
export function findRows<Row extends Identified>(
  { titleOf, searched }: Pick<Resource<Row>, "titleOf" | "searched">,
  rows: readonly Row[],
  { search, ordering = "title" }: ResourceSearch,
): readonly Row[] {
  const word = search?.toLowerCase() ?? "";
  const found = rows.filter((row) =>
    [titleOf(row), ...(searched?.(row) ?? [])].some((text) => text.toLowerCase().includes(word)),
  );
  const isDown = ordering.startsWith("-");
  const key = isDown ? ordering.slice(1) : ordering;
  const collator = new Intl.Collator("en", { numeric: true });
  const valueOf = (row: Row): string =>
    key === "title" ? titleOf(row) : plainText((row as Readonly<Record<string, unknown>>)[key]);
  const sorted = found.toSorted((one, other) => collator.compare(valueOf(one), valueOf(other)));
  return isDown ? sorted.reverse() : sorted;
}
