/** Rows of taxonomies. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { Taxonomy, TaxonomyId } from "./taxonomy.ts";

const columns = sql`
  x.id, x.name, x.meta_business_unit_id, u.name as meta_business_unit_name, x.created_at, x.updated_at`;
const joins = sql`left join meta_business_units u on u.id = x.meta_business_unit_id`;

/** What a constraint says no to; the transaction cannot go on after it. */
export type TaxonomyConflict = { readonly conflict: "name" };

type TaxonomyRow = Pick<Taxonomy, "name" | "metaBusinessUnitId"> & { readonly at: Date };

export async function findTaxonomy(reader: Reader, id: TaxonomyId): Promise<Taxonomy | null> {
  return reader.maybe<Taxonomy>(sql`select ${columns} from taxonomies x ${joins} where x.id = ${id}`);
}

/** Locks the row. */
export async function findTaxonomyForUpdate(tx: Tx, id: TaxonomyId): Promise<Taxonomy | null> {
  return tx.maybe<Taxonomy>(
    sql`select ${columns} from taxonomies x ${joins} where x.id = ${id} for no key update of x`,
  );
}

/** All taxonomies, or the one of a name, ordered by business unit, those without one last, then name. */
export async function listTaxonomies(
  reader: Reader,
  filter: { readonly name?: string },
): Promise<Taxonomy[]> {
  const named = filter.name ? sql`where x.name = ${filter.name}` : emptySql;
  return reader.many<Taxonomy>(
    sql`select ${columns} from taxonomies x ${joins} ${named} order by u.name, x.name, x.id`,
  );
}

export async function insertTaxonomy(tx: Tx, row: TaxonomyRow): Promise<TaxonomyId | TaxonomyConflict> {
  const inserted = await tx.maybe<{ id: TaxonomyId }>(sql`
    insert into taxonomies (name, meta_business_unit_id, created_at, updated_at)
    values (${row.name}, ${row.metaBusinessUnitId}, ${row.at}, ${row.at})
    on conflict (name) do nothing
    returning id`);
  return inserted?.id ?? { conflict: "name" };
}

export async function updateTaxonomyRow(
  tx: Tx,
  id: TaxonomyId,
  row: TaxonomyRow,
): Promise<"updated" | TaxonomyConflict> {
  try {
    await tx.run(sql`
      update taxonomies
         set name = ${row.name}, meta_business_unit_id = ${row.metaBusinessUnitId}, updated_at = ${row.at}
       where id = ${id}`);
    return "updated";
  } catch (error) {
    if (constraintViolation(error)?.constraint === "taxonomies_name_unique") return { conflict: "name" };
    throw error;
  }
}

/** Deletes the row and, by cascade, its tags. */
export async function deleteTaxonomyRow(tx: Tx, id: TaxonomyId): Promise<void> {
  await tx.run(sql`delete from taxonomies where id = ${id}`);
}

/** Whether the taxonomy and the unit exist that something is to refer to; null refers to nothing. */
export async function findReferences(
  tx: Tx,
  { taxonomyId, unitId }: { readonly taxonomyId: number | null; readonly unitId: number | null },
): Promise<{ readonly hasTaxonomy: boolean; readonly hasUnit: boolean }> {
  const taxonomy = await tx.maybe(sql`select id from taxonomies where id = ${taxonomyId} for key share`);
  const unit = await tx.maybe(sql`select id from meta_business_units where id = ${unitId} for key share`);
  return { hasTaxonomy: taxonomyId === null || taxonomy !== null, hasUnit: unitId === null || unit !== null };
}
