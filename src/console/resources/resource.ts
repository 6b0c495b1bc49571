/**
 * A kind of object of the API, described: from it come its list, its page, its form and its activity.
 * A description says what differs; everything else is the same for all and lives beside this file.
 */
import type { ReactNode } from "react";
import type { paths } from "../api/generated/schema.d.ts";
import type { Fact } from "../ui/Facts.tsx";
import type { BulkAction } from "./bulk-action.ts";
import type { Field } from "./field.ts";
import type { ListColumn } from "./list-column.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

/** A row of a list of the API, by the list's path. */
export type RowOf<Path extends keyof paths> =
  Answer<Path> extends { results: (infer Row)[] } ? Row : Answer<Path> extends (infer Row)[] ? Row : never;

export type Identified = { readonly id: number | string };

/** Every word of a resource that people read. */
export type ResourceTexts = {
  /** `FileVault configurations`. */
  readonly many: string;
  /** `FileVault configuration`. */
  readonly one: string;
  /** What it is for, in a sentence or two. */
  readonly about: string;
  /** How to come to the first. */
  readonly empty: string;
  readonly create: string;
  /** What goes with it when it is deleted. */
  readonly deletes: string;
};

export type ResourceTab<Row> = {
  readonly id: string;
  readonly label: string;
  readonly content: (row: Row) => ReactNode;
  /** The right to see what it shows; absent where seeing the object is enough. */
  readonly permission?: string;
};

export type Resource<Row extends Identified> = {
  /** Of the list, with both slashes. */
  readonly api: keyof paths;
  /** Of the list in the console: `/filevault-configs`. */
  readonly page: string;
  /** `mdm.filevaultconfig`: the rights are `mdm.view_filevaultconfig` and so on. */
  readonly model: string;
  /** What events call it: `mdm_filevault_config`. */
  readonly eventKind: string;
  readonly texts: ResourceTexts;
  readonly titleOf: (row: Row) => string;
  /** Beside the title, which is always the first. */
  readonly columns: readonly ListColumn<Row>[];
  /** What the search of the list looks at, beside the title. */
  readonly searched?: (row: Row) => readonly string[];
  readonly facts: (row: Row) => readonly Fact[];
  /** Absent for what is not made or changed by a form. */
  readonly fields?: readonly Field[];
  /** Fields that only a new one has; the API does not take them later. */
  readonly isEditable?: boolean;
  /** False for what the API never deletes. */
  readonly isDeletable?: boolean;
  readonly tabs?: readonly ResourceTab<Row>[];
  /** Buttons of its own page, before edit and delete. */
  readonly actions?: (row: Row) => ReactNode;
  /** Buttons of the list, instead of the one that opens the form. */
  readonly listActions?: ReactNode;
  /** What can be done to several at once, beside deleting them. */
  readonly bulkActions?: readonly BulkAction<Row>[];
  /** What a deletion of this one means, below what it means of any. */
  readonly deletionNote?: (row: Row) => ReactNode;
  /** Why an object cannot be changed or deleted: it came from the configuration. */
  readonly lockedReason?: (row: Row) => string | null;
};

export type Verb = "view" | "add" | "change" | "delete";

/** The right that a verb needs: `mdm.change_blueprint`. */
export function permissionOf(model: string, verb: Verb): string {
  const [app = "", name = ""] = model.split(".");
  return `${app}.${verb}_${name}`;
}

/** The beginning of the keys of all queries about a resource: `blueprints`. */
export function queryKeyOf(api: string): string {
  return api.split("/").findLast((part) => part !== "") ?? api;
}
