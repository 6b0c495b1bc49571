/** What the address of the list of all commands holds. */
import { type ListSearch, listSearch, readTexts, timeShape } from "../api/list-search.ts";
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

const shapes = {
  search: /^.{1,100}$/,
  serial_number: /^.{1,64}$/,
  since: timeShape,
  until: timeShape,
} as const;

/** Reads it; what is malformed is left out. */
export function commandsSearch(search: Record<string, unknown>): CommandsSearch {
  const wanted = Array.isArray(search["state"]) ? search["state"] : [search["state"]];
  const state = commandStates.filter((each) => wanted.includes(each));
  return {
    ...listSearch(search),
    ...readTexts(search, shapes),
    ...(state.length === 0 ? {} : { state }),
  };
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
