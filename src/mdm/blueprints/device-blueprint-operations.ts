/** Gives devices their blueprint: one at a time, or all of a selection. */
import type { BulkSelection } from "#mdm/commands/bulk-command.ts";
import { listSelectedDevices } from "#mdm/commands/bulk-command-operations.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { Device } from "#mdm/devices/device.ts";
import { deviceUpdated } from "#mdm/devices/device-events.ts";
import {
  applyDevicePatch,
  findBlueprintNames,
  listDevicesByIds,
  lockKnownDevice,
} from "#mdm/devices/device-operations.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Named } from "./blueprint.ts";
import { unknownPk } from "./blueprint-refusal.ts";
import { holdBlueprint } from "./blueprint-store.ts";
import { blueprintAssigned } from "./device-blueprint-events.ts";
import { type Reassigned, reassignDevices } from "./device-blueprint-store.ts";

/** Devices of one request that have an audit event each; of more, the event of the request tells. */
export const assignmentAuditsMax = 1_000;

/** Gives a device a blueprint, or none. The one it has is no change. */
export async function assignBlueprint(
  op: Operation,
  deps: DesiredStateDeps,
  { deviceId, blueprintId }: { readonly deviceId: number; readonly blueprintId: number | null },
): Promise<void> {
  // The blueprint first, as its deletion does.
  await findHeld(op, blueprintId);
  const before = await lockKnownDevice(op, deviceId);
  if (before.blueprintId === blueprintId) return;
  const after = await applyDevicePatch(op, before.id, { blueprintId });
  op.record(deviceUpdated(before, after, await findBlueprintNames(op.tx, [before, after])));
  await deps.noteDesiredStateChange(op, { kind: "devices", deviceIds: [before.id] });
}

/**
 * Gives all devices of a selection a blueprint, or none.
 *
 * @returns How many have another one than before.
 * @throws {OperationRefused} `selection_empty`, `unknown_pk`.
 */
export async function assignBlueprintToMany(
  op: Operation,
  deps: DesiredStateDeps,
  { selection, blueprintId }: { readonly selection: BulkSelection; readonly blueprintId: number | null },
): Promise<number> {
  const blueprint = await findHeld(op, blueprintId);
  const selected = await listSelectedDevices(op, selection);
  const changed = await reassignDevices(op.tx, selected, { blueprintId, at: op.at });
  if (changed.length === 0) return 0;
  op.record(blueprintAssigned({ blueprint, selection, count: changed.length }));
  if (changed.length <= assignmentAuditsMax) await recordEach(op, changed);
  await deps.noteDesiredStateChange(op, { kind: "devices", deviceIds: changed.map(({ id }) => id) });
  return changed.length;
}

async function recordEach(op: Operation, changed: readonly Reassigned[]): Promise<void> {
  const previous = new Map<number, number | null>(changed.map((row) => [row.id, row.previousBlueprintId]));
  const devices = await listDevicesByIds(op.tx, [...previous.keys()]);
  const before = (after: Device): Device => ({ ...after, blueprintId: previous.get(after.id) ?? null });
  const names = await findBlueprintNames(op.tx, [...devices, ...devices.map(before)]);
  for (const after of devices) op.record(deviceUpdated(before(after), after, names));
}

async function findHeld(op: Operation, id: number | null): Promise<Named | null> {
  if (id === null) return null;
  const blueprint = await holdBlueprint(op.tx, id);
  if (blueprint === null) throw new OperationRefused(unknownPk("blueprint", id));
  return blueprint;
}
