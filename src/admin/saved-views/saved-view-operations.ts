/** What people do to their saved views. */
import { randomUUID } from "node:crypto";
import { OperationRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import {
  type SavedView,
  type SavedViewId,
  type SavedViewInput,
  savedViewNameTaken,
  savedViewNotOwn,
  savedViewsOfAccountMax,
  savedViewsTooMany,
  savedViewUnknown,
} from "./saved-view.ts";
import {
  deleteSavedViewRow,
  findSavedView,
  insertSavedView,
  lockSavedViewCount,
  updateSavedView,
} from "./saved-view-store.ts";

/** Makes a view of an account. */
export async function createSavedView(
  op: Operation,
  accountId: number,
  input: SavedViewInput,
): Promise<SavedView> {
  const count = await lockSavedViewCount(op.tx, accountId);
  if (count >= savedViewsOfAccountMax) throw new OperationRefused(savedViewsTooMany());
  const id = asUuid<"SavedView">(randomUUID());
  const isNew = await insertSavedView(op.tx, { ...input, id, accountId, at: op.at });
  if (!isNew) throw new OperationRefused(savedViewNameTaken());
  return requireVisibleView(op, accountId, id);
}

/** Changes an own view. */
export async function changeSavedView(
  op: Operation,
  accountId: number,
  { id, ...input }: SavedViewInput & { readonly id: SavedViewId },
): Promise<SavedView> {
  await requireOwnView(op, accountId, id);
  // Whoever names two views alike at once waits here for the other.
  await lockSavedViewCount(op.tx, accountId);
  const isDone = await updateSavedView(op.tx, { ...input, id, at: op.at });
  if (!isDone) throw new OperationRefused(savedViewNameTaken());
  return requireVisibleView(op, accountId, id);
}

/** Deletes an own view. */
export async function deleteSavedView(op: Operation, accountId: number, id: SavedViewId): Promise<void> {
  await requireOwnView(op, accountId, id);
  await deleteSavedViewRow(op.tx, id);
}

/** A view that is one's own or shared. */
export async function requireVisibleView(
  op: Pick<ReadOperation, "tx">,
  accountId: number,
  id: SavedViewId,
): Promise<SavedView> {
  const view = await findSavedView(op.tx, id);
  if (view === null || (view.accountId !== accountId && !view.isShared)) {
    throw new OperationRefused(savedViewUnknown());
  }
  return view;
}

async function requireOwnView(op: Operation, accountId: number, id: SavedViewId): Promise<void> {
  const view = await requireVisibleView(op, accountId, id);
  if (view.accountId !== accountId) throw new OperationRefused(savedViewNotOwn());
}
