/** What the address of the list of all commands holds. */
import { type ListSearch, listSearch } from "../api/list-search.ts";
import { type CommandState, commandStates } from "./devices/device-queries.ts";

export type CommandsSearch = ListSearch & {
  /** Part of the name. */
  readonly search?: string;
  readonly state?: readonly CommandState[];
  readonly serial_number?: string;
  /** When it was ordered, as the API takes times: UTC. */
  readonly since?: string;
  readonly until?: string;
};

/** The parameters that narrow the list. */
export const commandFilterNames = [
  "search",
  "state",
  "serial_number",
  "since",
  "until",
] as const satisfies readonly (keyof CommandsSearch)[];

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Reads it; what is malformed is left out. */
export function commandsSearch(search: Record<string, unknown>): CommandsSearch {
  const wanted = Array.isArray(search["state"]) ? search["state"] : [search["state"]];
  const state = commandStates.filter((each) => wanted.includes(each));
  return {
    ...listSearch(search),
    ...text("search", search, /^.{1,100}$/),
    ...(state.length === 0 ? {} : { state }),
    ...text("serial_number", search, /^.{1,64}$/),
    ...text("since", search, time),
    ...text("until", search, time),
  };
}

function text<Name extends string>(
  name: Name,
  search: Record<string, unknown>,
  shape: RegExp,
): { readonly [Each in Name]?: string } {
  // The router reads digits as a number; serial numbers may be digits.
  const value = typeof search[name] === "number" ? String(search[name]) : search[name];
  if (typeof value !== "string" || !shape.test(value)) return {};
  return { [name]: value } as { readonly [Each in Name]: string };
}

/** The filters as the API takes them. */
export function commandFilters({ search, state, serial_number: serial, since, until }: CommandsSearch) {
  return {
    ...(search === undefined ? {} : { search }),
    ...(state === undefined ? {} : { state: [...state] }),
    ...(serial === undefined ? {} : { serial_number: serial }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}
