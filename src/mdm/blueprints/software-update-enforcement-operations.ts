/** What operators do to software update enforcements. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import { softwareUpdateEnforcementChanged } from "./blueprint-events.ts";
import {
  listSoftwareUpdateEnforcementRefusals,
  planSoftwareUpdateEnforcement,
  refuseUnknownTag,
  type SoftwareUpdateEnforcement,
  type SoftwareUpdateEnforcementFields,
  type SoftwareUpdateEnforcementInput,
  softwareUpdateEnforcementRefusals as refusals,
} from "./software-update-enforcement.ts";
import * as store from "./software-update-enforcement-store.ts";

/** Finds an enforcement. @throws {OperationRefused} `software_update_enforcement_unknown` */
export async function findSoftwareUpdateEnforcement(
  op: ReadOperation,
  id: number,
): Promise<SoftwareUpdateEnforcement> {
  return expectFound(await store.findSoftwareUpdateEnforcement(op.tx, id));
}

/** Makes an enforcement. */
export async function createSoftwareUpdateEnforcement(
  op: Operation,
  input: SoftwareUpdateEnforcementInput,
): Promise<SoftwareUpdateEnforcement> {
  const fields = await decideFields(op, input, null);
  const id = await store.insertSoftwareUpdateEnforcement(op.tx, fields, op.at);
  if (id === null) throw new OperationRefused(refusals.nameTaken);
  const next = await findSoftwareUpdateEnforcement(op, id);
  op.record(softwareUpdateEnforcementChanged("created", { next }));
  return next;
}

/** Changes an enforcement; what is omitted stays, unless it belongs to the other mode. */
export async function updateSoftwareUpdateEnforcement(
  op: Operation,
  deps: DesiredStateDeps,
  { id, input }: { readonly id: number; readonly input: SoftwareUpdateEnforcementInput },
): Promise<SoftwareUpdateEnforcement> {
  const previous = expectFound(await store.findSoftwareUpdateEnforcementForUpdate(op.tx, id));
  const fields = await decideFields(op, input, previous);
  if (!(await store.updateSoftwareUpdateEnforcementRow(op.tx, previous.id, { fields, at: op.at }))) {
    throw new OperationRefused(refusals.nameTaken);
  }
  const next = await findSoftwareUpdateEnforcement(op, id);
  op.record(softwareUpdateEnforcementChanged("updated", { previous, next }));
  const blueprintIds = await store.listBlueprintsOfEnforcement(op.tx, id);
  if (blueprintIds.length > 0) await deps.noteDesiredStateChange(op, { kind: "blueprints", blueprintIds });
  return next;
}

/** Deletes an enforcement that no blueprint refers to. */
export async function deleteSoftwareUpdateEnforcement(op: Operation, id: number): Promise<void> {
  const previous = expectFound(await store.findSoftwareUpdateEnforcementForUpdate(op.tx, id));
  if ((await store.deleteSoftwareUpdateEnforcementRow(op.tx, id)) === "in_use") {
    throw new OperationRefused(refusals.inUse);
  }
  op.record(softwareUpdateEnforcementChanged("deleted", { previous }));
}

async function decideFields(
  op: Operation,
  input: SoftwareUpdateEnforcementInput,
  current: SoftwareUpdateEnforcementFields | null,
): Promise<SoftwareUpdateEnforcementFields> {
  const fields = planSoftwareUpdateEnforcement(input, current);
  const known = fields.tagIds.length === 0 ? [] : await store.listKnownTags(op.tx, fields.tagIds);
  throwIfRefused(refuseUnknownTag(fields.tagIds, known));
  throwIfRefused(...listSoftwareUpdateEnforcementRefusals(input));
  return fields;
}

function expectFound(enforcement: SoftwareUpdateEnforcement | null): SoftwareUpdateEnforcement {
  if (enforcement === null) throw new OperationRefused(refusals.unknown);
  return enforcement;
}
