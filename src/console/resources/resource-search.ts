/** What the address of a list of a resource holds. */
import { type ListSearch, listSearch } from "../api/list-search.ts";

export type ResourceSearch = ListSearch & { readonly search?: string };

const searchCharactersMax = 200;

/** Reads it; what is malformed or empty is left out. */
export function resourceSearch(search: Record<string, unknown>): ResourceSearch {
  // The router reads digits as a number; people may search for digits.
  const text = typeof search["search"] === "number" ? String(search["search"]) : search["search"];
  return {
    ...listSearch(search),
    ...(typeof text === "string" && text !== "" ? { search: text.slice(0, searchCharactersMax) } : {}),
  };
}
