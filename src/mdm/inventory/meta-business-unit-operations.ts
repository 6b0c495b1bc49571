/** What is done to meta business units. */
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import * as units from "./meta-business-unit.ts";
import type { MetaBusinessUnit, MetaBusinessUnitId, MetaBusinessUnitInput } from "./meta-business-unit.ts";
import { unitChanged } from "./meta-business-unit-events.ts";
import {
  deleteMetaBusinessUnitRow,
  findMetaBusinessUnitForUpdate,
  insertFirstMetaBusinessUnit,
  insertMetaBusinessUnit,
  updateMetaBusinessUnitRow,
} from "./meta-business-unit-store.ts";

/** Makes a unit. */
export async function createMetaBusinessUnit(
  op: Operation,
  input: MetaBusinessUnitInput,
): Promise<MetaBusinessUnit> {
  const { name, apiEnrollmentEnabled = false } = input;
  const next = await insertMetaBusinessUnit(op.tx, { name, apiEnrollmentEnabled, at: op.at });
  if ("conflict" in next) throw new OperationRefused(units.unitNameTaken);
  op.record(unitChanged("created", { next }));
  return next;
}

/** Changes a unit; what is omitted stays. */
export async function updateMetaBusinessUnit(
  op: Operation,
  id: MetaBusinessUnitId,
  input: MetaBusinessUnitInput,
): Promise<MetaBusinessUnit> {
  const previous = await findForUpdate(op, id);
  throwIfRefused(units.refuseDisabling(previous, input));
  const apiEnrollmentEnabled = input.apiEnrollmentEnabled ?? previous.apiEnrollmentEnabled;
  const next = await updateMetaBusinessUnitRow(op.tx, {
    id,
    name: input.name,
    apiEnrollmentEnabled,
    updatedAt: op.at,
  });
  if ("conflict" in next) throw new OperationRefused(units.unitNameTaken);
  op.record(unitChanged("updated", { previous, next }));
  return next;
}

/** Deletes a unit that nothing refers to. */
export async function deleteMetaBusinessUnit(op: Operation, id: MetaBusinessUnitId): Promise<void> {
  const previous = await findForUpdate(op, id);
  if ((await deleteMetaBusinessUnitRow(op.tx, id)) === "in_use") throw new OperationRefused(units.unitInUse);
  op.record(unitChanged("deleted", { previous }));
}

/** Makes the default unit at first start; null when there are units already. */
export async function ensureDefaultBusinessUnit(op: Operation): Promise<MetaBusinessUnit | null> {
  const row = { name: units.defaultUnitName, apiEnrollmentEnabled: true, at: op.at };
  const next = await insertFirstMetaBusinessUnit(op.tx, row);
  if (next !== null) op.record(unitChanged("created", { next }));
  return next;
}

async function findForUpdate(op: Operation, id: MetaBusinessUnitId): Promise<MetaBusinessUnit> {
  const found = await findMetaBusinessUnitForUpdate(op.tx, id);
  if (found === null) throw new OperationRefused(units.unitUnknown);
  return found;
}
