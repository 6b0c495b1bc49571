/**
 * A taxonomy groups tags, so that a machine can be given exactly these tags of a group and no others of it.
 * Operators change it, and machine tagging makes the ones it names; devices never do.
 * Deleting one deletes its tags, wherever they are used (http-api 3.2).
 */
import { unknownKeyDetail } from "./inventory-refusal.ts";
import type { MetaBusinessUnitId } from "./meta-business-unit.ts";
import type { Id } from "#platform/ids.ts";
import type { Refusal } from "#platform/errors.ts";

export type TaxonomyId = Id<"Taxonomy">;

export type Taxonomy = {
  readonly id: TaxonomyId;
  readonly name: string;
  readonly metaBusinessUnitId: MetaBusinessUnitId | null;
  readonly metaBusinessUnitName: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What callers send; what is omitted stays. */
export type TaxonomyInput = {
  readonly name: string;
  readonly metaBusinessUnitId?: MetaBusinessUnitId | null;
};

export const taxonomyNameCharactersMax = 256;

export const taxonomyUnknown: Refusal = {
  kind: "not_found",
  code: "taxonomy_unknown",
  detail: "No Taxonomy matches the given query.",
};

export const taxonomyNameTaken: Refusal = {
  kind: "conflict",
  code: "taxonomy_name_taken",
  field: "name",
  detail: "taxonomy with this name already exists.",
};

/** The refusal of a business unit that does not exist. */
export function unknownBusinessUnit(id: number): Refusal {
  return {
    kind: "invalid",
    code: "meta_business_unit_unknown",
    field: "meta_business_unit",
    detail: unknownKeyDetail(id),
  };
}
