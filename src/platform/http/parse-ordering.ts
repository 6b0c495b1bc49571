/** The `ordering` of lists: comma-separated names, `-` before one for descending (http-api 1.11). */
import type { Ordering } from "../page.ts";

/** Names one order may have; more of a list of a handful only repeat. */
const namesMax = 16;

/** Reads an order. Names outside the list are ignored; what is left may be nothing. */
export function parseOrdering<Column extends string>(
  columns: readonly Column[],
  text: string | undefined,
): Ordering<Column>[] {
  const parts = (text ?? "").split(",", namesMax).map((part) => part.trim());
  return parts.flatMap((part) => {
    const column = columns.find((known) => known === part.replace(/^-/, ""));
    return column === undefined ? [] : [{ column, isDescending: part.startsWith("-") }];
  });
}

/** What the parameter is to people. */
export function orderingDescription(columns: readonly string[]): string {
  return `Any of ${columns.join(", ")}; "-" before one for descending`;
}
