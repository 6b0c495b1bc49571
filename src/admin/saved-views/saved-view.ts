/**
 * Saved views: a list of the console as somebody wants to see it again. They are preferences and grant nothing: who
 * opens a shared one sees what that account may see. Only their owner changes them.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";

export type SavedViewId = Uuid<"SavedView">;

export const savedViewNameCharactersMax = 100;
export const savedViewQueryCharactersMax = 4_096;
export const savedViewColumnsMax = 50;
/** Views of one account, of all pages. */
export const savedViewsOfAccountMax = 200;
/** Views of one answer: the own ones, and those that others share. */
export const savedViewRowsMax = 500;
/** Which list it is of, as the console's address names it: `devices`. */
export const savedViewPagePattern = "^[a-z][a-z0-9_/-]{0,63}$";

/** What is written of a view. */
export type SavedViewInput = {
  readonly page: string;
  readonly name: string;
  readonly query: string;
  readonly columns: readonly string[] | null;
  readonly isShared: boolean;
};

export type SavedView = SavedViewInput & {
  readonly id: SavedViewId;
  readonly accountId: number;
  readonly accountName: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Views of others are changed by nobody, and those that are not shared do not exist. */
export function savedViewUnknown(): Refusal {
  return { kind: "not_found", code: "saved_view_unknown", detail: "No SavedView matches the given query." };
}

export function savedViewNotOwn(): Refusal {
  const detail = "Only its owner may change a shared view.";
  return { kind: "forbidden", code: "saved_view_not_own", detail };
}

export function savedViewNameTaken(): Refusal {
  const detail = "saved view with this name already exists.";
  return { kind: "conflict", code: "saved_view_name_taken", field: "name", detail };
}

export function savedViewsTooMany(): Refusal {
  const detail = `An account has at most ${savedViewsOfAccountMax} saved views.`;
  return { kind: "invalid", code: "saved_views_too_many", field: "name", detail };
}
