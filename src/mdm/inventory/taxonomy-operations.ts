/** What is done to taxonomies. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, invariant } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { taxonomyChanged } from "./tag-events.ts";
import { noteTagDeletion } from "./tag-use-operations.ts";
import * as rules from "./taxonomy.ts";
import type { Taxonomy, TaxonomyId, TaxonomyInput } from "./taxonomy.ts";
import * as store from "./taxonomy-store.ts";

/** Makes a taxonomy. */
export async function createTaxonomy(op: Operation, input: TaxonomyInput): Promise<Taxonomy> {
  const { name, metaBusinessUnitId = null } = input;
  await refuseUnknownUnit(op, metaBusinessUnitId);
  const id = await store.insertTaxonomy(op.tx, { name, metaBusinessUnitId, at: op.at });
  if (typeof id === "object") throw new OperationRefused(rules.taxonomyNameTaken);
  const next = await findExisting(op, id);
  op.record(taxonomyChanged("created", { next }));
  return next;
}

/** Changes a taxonomy; what is omitted stays. */
export async function updateTaxonomy(
  op: Operation,
  id: TaxonomyId,
  { name, metaBusinessUnitId }: TaxonomyInput,
): Promise<Taxonomy> {
  const previous = await findForUpdate(op, id);
  const unitId = metaBusinessUnitId === undefined ? previous.metaBusinessUnitId : metaBusinessUnitId;
  await refuseUnknownUnit(op, unitId);
  const row = { name, metaBusinessUnitId: unitId, at: op.at };
  const updated = await store.updateTaxonomyRow(op.tx, id, row);
  if (typeof updated === "object") throw new OperationRefused(rules.taxonomyNameTaken);
  const next = await findExisting(op, id);
  op.record(taxonomyChanged("updated", { previous, next }));
  return next;
}

/** Deletes a taxonomy and its tags. */
export async function deleteTaxonomy(op: Operation, deps: DesiredStateDeps, id: TaxonomyId): Promise<void> {
  const previous = await findForUpdate(op, id);
  await noteTagDeletion(op, deps, { taxonomyId: id });
  await store.deleteTaxonomyRow(op.tx, id);
  op.record(taxonomyChanged("deleted", { previous }));
}

async function refuseUnknownUnit(op: Operation, unitId: number | null): Promise<void> {
  if (unitId === null) return;
  const { hasUnit } = await store.findReferences(op.tx, { taxonomyId: null, unitId });
  if (!hasUnit) throw new OperationRefused(rules.unknownBusinessUnit(unitId));
}

async function findForUpdate(op: Operation, id: TaxonomyId): Promise<Taxonomy> {
  const found = await store.findTaxonomyForUpdate(op.tx, id);
  if (found === null) throw new OperationRefused(rules.taxonomyUnknown);
  return found;
}

async function findExisting(op: Operation, id: TaxonomyId): Promise<Taxonomy> {
  const found = await store.findTaxonomy(op.tx, id);
  invariant(found !== null, "a taxonomy written in this transaction exists");
  return found;
}
