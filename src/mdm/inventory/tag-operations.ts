/** What is done to tags. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, invariant, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { type Tag, type TagId, type TagInput, slugOf, tagColorDefault, tagTaken, tagUnknown } from "./tag.ts";
import { unknownTaxonomy } from "./tag.ts";
import { tagChanged } from "./tag-events.ts";
import * as store from "./tag-store.ts";
import { noteTagDeletion } from "./tag-use-operations.ts";
import { unknownBusinessUnit } from "./taxonomy.ts";
import { findReferences } from "./taxonomy-store.ts";

/** Makes a tag. */
export async function createTag(op: Operation, input: TagInput): Promise<Tag> {
  const row = rowOf(input, null);
  await refuseUnknownReferences(op, row);
  const id = await store.insertTag(op.tx, row);
  if (typeof id === "object") throw new OperationRefused(tagTaken(id.conflict));
  const next = await findExisting(op, id);
  op.record(tagChanged("created", { next }));
  return next;
}

/** Changes a tag; what is omitted stays. */
export async function updateTag(op: Operation, id: TagId, input: TagInput): Promise<Tag> {
  const previous = await findForUpdate(op, id);
  const row = rowOf(input, previous);
  await refuseUnknownReferences(op, row);
  const updated = await store.updateTagRow(op.tx, id, row);
  if (typeof updated === "object") throw new OperationRefused(tagTaken(updated.conflict));
  const next = await findExisting(op, id);
  op.record(tagChanged("updated", { previous, next }));
  return next;
}

/** Deletes a tag; machines, secrets and scopes lose it. */
export async function deleteTag(op: Operation, deps: DesiredStateDeps, id: TagId): Promise<void> {
  const previous = await findForUpdate(op, id);
  await noteTagDeletion(op, deps, { tagId: id });
  await store.deleteTagRow(op.tx, id);
  op.record(tagChanged("deleted", { previous }));
}

function rowOf(input: TagInput, current: Tag | null): store.TagRow {
  const { name, color, taxonomyId, metaBusinessUnitId } = input;
  return {
    name,
    slug: slugOf(name),
    color: color ?? current?.color ?? tagColorDefault,
    taxonomyId: taxonomyId === undefined ? (current?.taxonomyId ?? null) : taxonomyId,
    metaBusinessUnitId:
      metaBusinessUnitId === undefined ? (current?.metaBusinessUnitId ?? null) : metaBusinessUnitId,
  };
}

async function refuseUnknownReferences(op: Operation, row: store.TagRow): Promise<void> {
  const { taxonomyId, metaBusinessUnitId: unitId } = row;
  const found = await findReferences(op.tx, { taxonomyId, unitId });
  throwIfRefused(
    taxonomyId === null || found.hasTaxonomy ? null : unknownTaxonomy(taxonomyId),
    unitId === null || found.hasUnit ? null : unknownBusinessUnit(unitId),
  );
}

async function findForUpdate(op: Operation, id: TagId): Promise<Tag> {
  const found = await store.findTagForUpdate(op.tx, id);
  if (found === null) throw new OperationRefused(tagUnknown);
  return found;
}

async function findExisting(op: Operation, id: TagId): Promise<Tag> {
  const found = await store.findTag(op.tx, id);
  invariant(found !== null, "a tag written in this transaction exists");
  return found;
}
