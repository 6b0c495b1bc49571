/** What operators do to blueprints. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import {
  type Blueprint,
  type BlueprintFields,
  type BlueprintInput,
  blueprintRefusals as refusals,
  changesDesiredState,
  listBlueprintRefusals,
  planBlueprint,
} from "./blueprint.ts";
import { blueprintChanged } from "./blueprint-events.ts";
import * as store from "./blueprint-store.ts";

/** Finds a blueprint. @throws {OperationRefused} `blueprint_unknown` */
export async function findBlueprint(op: ReadOperation, id: number): Promise<Blueprint> {
  return expectFound(await store.findBlueprint(op.tx, id));
}

/** Makes a blueprint; nobody has it yet. */
export async function createBlueprint(op: Operation, input: BlueprintInput): Promise<Blueprint> {
  const fields = await decideFields(op, input, null);
  const id = await store.insertBlueprint(op.tx, fields, op.at);
  if (id === null) throw new OperationRefused(refusals.nameTaken);
  const next = await findBlueprint(op, id);
  op.record(blueprintChanged("created", { next }));
  return next;
}

/** Changes a blueprint; what is omitted stays. */
export async function updateBlueprint(
  op: Operation,
  deps: DesiredStateDeps,
  { id, input }: { readonly id: number; readonly input: BlueprintInput },
): Promise<Blueprint> {
  const previous = expectFound(await store.findBlueprintForUpdate(op.tx, id));
  const fields = await decideFields(op, input, previous);
  if (!(await store.updateBlueprintRow(op.tx, previous.id, { fields, at: op.at }))) {
    throw new OperationRefused(refusals.nameTaken);
  }
  const next = await findBlueprint(op, id);
  op.record(blueprintChanged("updated", { previous, next }));
  if (changesDesiredState(previous, next)) {
    await deps.noteDesiredStateChange(op, { kind: "blueprints", blueprintIds: [id] });
  }
  return next;
}

/** Deletes a blueprint that no artifact is linked to; its devices and enrollments have none from then on. */
export async function deleteBlueprint(op: Operation, deps: DesiredStateDeps, id: number): Promise<void> {
  const previous = expectFound(await store.findBlueprintForUpdate(op.tx, id));
  // Before the row goes: afterwards nobody can tell whose it was.
  const deviceIds = await store.listDevicesOfBlueprint(op.tx, id);
  if ((await store.deleteBlueprintRow(op.tx, id)) === "in_use") throw new OperationRefused(refusals.inUse);
  if (deviceIds.length > 0) await deps.noteDesiredStateChange(op, { kind: "devices", deviceIds });
  op.record(blueprintChanged("deleted", { previous }));
}

async function decideFields(
  op: Operation,
  input: BlueprintInput,
  current: Blueprint | null,
): Promise<BlueprintFields> {
  const fields = planBlueprint(input, current);
  const found = await store.findBlueprintReferences(op.tx, fields, current?.id ?? null);
  throwIfRefused(...listBlueprintRefusals(input, fields, found));
  return fields;
}

function expectFound(blueprint: Blueprint | null): Blueprint {
  if (blueprint === null) throw new OperationRefused(refusals.unknown);
  return blueprint;
}
