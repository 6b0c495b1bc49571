/** What the address of the page of all events holds: the filters of the API. */
import { readTexts, timeShape } from "../../api/list-search.ts";
import type { ActivityFilter } from "./ActivityList.tsx";

export type ActivitySearch = ActivityFilter & {
  readonly actor?: string;
  /** Times as the API takes them, UTC. */
  readonly since?: string;
  readonly until?: string;
};

const shapes: Readonly<Record<keyof ActivitySearch, RegExp>> = {
  type: /^[a-z_]{1,64}$/,
  actor: /^[a-z_]{1,32}(?::.{1,64})?$/,
  serial_number: /^.{1,64}$/,
  object: /^[a-z0-9_]{1,64}:.{1,255}$/,
  since: timeShape,
  until: timeShape,
};

/** Reads it; what is malformed is left out. */
export function activitySearch(search: Record<string, unknown>): ActivitySearch {
  return readTexts(search, shapes);
}
