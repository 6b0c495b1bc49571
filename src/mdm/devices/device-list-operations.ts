/** Finds the devices of a request that says which by the filter of a list. */
import type { Operation } from "#platform/operation.ts";
import { type DeviceFilter, reviveDeviceFilter } from "./device-list.ts";
import { listMatchingIds, listSerialNumbers } from "./device-list-store.ts";

/**
 * The ids of the devices that a filter matched at a time, in ascending order: silence is that of the time, and who
 * enrolled later is not meant.
 *
 * @param filter As it was read, or as JSON kept it.
 */
export function listMatchingDevices(
  op: Operation,
  { filter, at }: { readonly filter: DeviceFilter; readonly at: Date },
): Promise<number[]> {
  return listMatchingIds(op.tx, { filter: { ...reviveDeviceFilter(filter), createdUntil: at }, at });
}

/** The machines of some devices. */
export function listMachinesOf(op: Operation, ids: readonly number[]): Promise<string[]> {
  return listSerialNumbers(op.tx, ids);
}
