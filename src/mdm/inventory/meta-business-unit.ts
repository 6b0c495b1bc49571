/**
 * A meta business unit groups enrollments and tags by the part of the organisation they belong to.
 * Operators change it, and first start makes one; devices never do.
 * It never knows what refers to it: the database refuses the deletion of one in use.
 */
import type { Id } from "#platform/ids.ts";
import type { Refusal } from "#platform/errors.ts";

export type MetaBusinessUnitId = Id<"MetaBusinessUnit">;

export type MetaBusinessUnit = {
  readonly id: MetaBusinessUnitId;
  readonly name: string;
  readonly apiEnrollmentEnabled: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type MetaBusinessUnitInput = { readonly name: string; readonly apiEnrollmentEnabled?: boolean };

/** The reference has no limit; an index entry of PostgreSQL has, and this many characters always fit. */
export const nameCharactersMax = 512;

/** The unit that first start makes, so that the first enrollment has one to belong to. */
export const defaultUnitName = "Default";

export const unitUnknown: Refusal = {
  kind: "not_found",
  code: "meta_business_unit_unknown",
  detail: "No MetaBusinessUnit matches the given query.",
};
export const unitNameTaken: Refusal = {
  kind: "conflict",
  code: "meta_business_unit_name_taken",
  field: "name",
  detail: "meta business unit with this name already exists.",
};
export const unitInUse: Refusal = {
  kind: "conflict",
  code: "meta_business_unit_in_use",
  detail: "This meta business unit cannot be deleted",
};

/** Enabling API enrollment cannot be undone (http-api 3.3). */
export function refuseDisabling(present: MetaBusinessUnit, input: MetaBusinessUnitInput): Refusal | null {
  if (!present.apiEnrollmentEnabled || input.apiEnrollmentEnabled !== false) return null;
  return {
    kind: "invalid",
    code: "api_enrollment_stays_enabled",
    field: "api_enrollment_enabled",
    detail: "Cannot disable API enrollment",
  };
}
