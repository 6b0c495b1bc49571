/** The device list's address: what is searched, in which order, which page. */
import { type ListSearch, listSearch } from "../api/list-search.ts";

export type DevicesSearch = ListSearch & { readonly serial_number?: string };

/** Reads the parameters of the address; what is malformed is left out. */
export function devicesSearch(search: Record<string, unknown>): DevicesSearch {
  const { serial_number: serial } = search;
  return {
    ...listSearch(search),
    ...(typeof serial === "string" && serial !== "" ? { serial_number: serial } : {}),
  };
}
