/** Rows of meta business units. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { MetaBusinessUnit, MetaBusinessUnitId } from "./meta-business-unit.ts";

const columns = sql`id, name, api_enrollment_enabled, created_at, updated_at`;

/** What a constraint says no to; the transaction cannot go on after it. */
export type NameConflict = { readonly conflict: "name" };

export async function findMetaBusinessUnit(
  reader: Reader,
  id: MetaBusinessUnitId,
): Promise<MetaBusinessUnit | null> {
  return reader.maybe(sql`select ${columns} from meta_business_units where id = ${id}`);
}

/** Locks the row. */
export async function findMetaBusinessUnitForUpdate(
  tx: Tx,
  id: MetaBusinessUnitId,
): Promise<MetaBusinessUnit | null> {
  return tx.maybe(sql`select ${columns} from meta_business_units where id = ${id} for no key update`);
}

/** All units, or the one of a name, ordered by name. */
export async function listMetaBusinessUnits(
  reader: Reader,
  filter: { readonly name?: string },
): Promise<MetaBusinessUnit[]> {
  const named = filter.name === undefined ? emptySql : sql`where name = ${filter.name}`;
  return reader.many(sql`select ${columns} from meta_business_units ${named} order by name, id`);
}

export async function insertMetaBusinessUnit(
  tx: Tx,
  row: { readonly name: string; readonly apiEnrollmentEnabled: boolean; readonly at: Date },
): Promise<MetaBusinessUnit | NameConflict> {
  const inserted = await tx.maybe<MetaBusinessUnit>(sql`
    insert into meta_business_units (name, api_enrollment_enabled, created_at, updated_at)
    values (${row.name}, ${row.apiEnrollmentEnabled}, ${row.at}, ${row.at})
    on conflict (name) do nothing
    returning ${columns}`);
  return inserted ?? { conflict: "name" };
}

/** Makes the unit unless there is any; answers whether it did. */
export async function insertFirstMetaBusinessUnit(
  tx: Tx,
  row: { readonly name: string; readonly apiEnrollmentEnabled: boolean; readonly at: Date },
): Promise<MetaBusinessUnit | null> {
  await tx.run(sql`lock table meta_business_units in share row exclusive mode`);
  return tx.maybe(sql`
    insert into meta_business_units (name, api_enrollment_enabled, created_at, updated_at)
    select ${row.name}::text, ${row.apiEnrollmentEnabled}::boolean,
           ${row.at}::timestamptz, ${row.at}::timestamptz
     where not exists (select from meta_business_units)
    returning ${columns}`);
}

export async function updateMetaBusinessUnitRow(
  tx: Tx,
  row: Omit<MetaBusinessUnit, "createdAt">,
): Promise<MetaBusinessUnit | NameConflict> {
  try {
    return await tx.one<MetaBusinessUnit>(sql`
      update meta_business_units
         set name = ${row.name}, api_enrollment_enabled = ${row.apiEnrollmentEnabled},
             updated_at = ${row.updatedAt}
       where id = ${row.id}
      returning ${columns}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "meta_business_units_name_unique")
      return { conflict: "name" };
    throw error;
  }
}

/** Deletes the row unless something refers to it; slices above add references that this one does not know. */
export async function deleteMetaBusinessUnitRow(
  tx: Tx,
  id: MetaBusinessUnitId,
): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from meta_business_units where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}
