/** Whom an action on many devices is for: those that were chosen, or all that the list shows. */
import { deviceFilters, type DevicesSearch } from "../devices-search.ts";
import type { DeviceRow } from "./device-list.ts";

export type BulkTarget =
  | { readonly kind: "rows"; readonly rows: readonly DeviceRow[] }
  | {
      readonly kind: "matching";
      readonly search: DevicesSearch;
      readonly count: number;
      /** There are at least so many. */
      readonly isMinimum: boolean;
    };

/** The devices as the API is told of them. */
export function selectionOf(target: BulkTarget, now: Date) {
  return target.kind === "rows"
    ? { devices: target.rows.map(({ id }) => id) }
    : { matching: deviceFilters(target.search, now) };
}

/** How many there are; of those that were not counted to the end, the least. */
export function countOf(target: BulkTarget): number {
  return target.kind === "rows" ? target.rows.length : target.count;
}
