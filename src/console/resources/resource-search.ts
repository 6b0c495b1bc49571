/** What the address of a list of a resource holds. */
import { type ListSearch, listSearch } from "../api/list-search.ts";

export type ResourceSearch = ListSearch & {
  readonly search?: string;
  /** What columns must say, by the id of the column. */
  readonly where?: Readonly<Record<string, string>>;
};

const charactersMax = 200;
const filtersMax = 10;

/** Reads it; what is malformed or empty is left out. */
export function resourceSearch(search: Record<string, unknown>): ResourceSearch {
  // The router reads digits as a number; people may search for digits.
  const text = typeof search["search"] === "number" ? String(search["search"]) : search["search"];
  const where = readWhere(search["where"]);
  return {
    ...listSearch(search),
    ...(typeof text === "string" && text !== "" ? { search: text.slice(0, charactersMax) } : {}),
    ...(where.length === 0 ? {} : { where: Object.fromEntries(where) }),
  };
}

function readWhere(where: unknown): readonly (readonly [string, string])[] {
  if (typeof where !== "object" || where === null) return [];
  return Object.entries(where)
    .flatMap(([id, value]: readonly [string, unknown]) =>
      /^[a-z_]{1,40}$/.test(id) && typeof value === "string" && value.length <= charactersMax
        ? [[id, value] as const]
        : [],
    )
    .slice(0, filtersMax);
}
