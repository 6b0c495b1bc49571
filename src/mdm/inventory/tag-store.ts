/** Rows of tags. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { Tag, TagId } from "./tag.ts";

const columns = sql`
  t.id, t.name, t.slug, t.color, t.taxonomy_id, x.name as taxonomy_name,
  t.meta_business_unit_id, u.name as meta_business_unit_name`;
const joins = sql`
  left join taxonomies x on x.id = t.taxonomy_id
  left join meta_business_units u on u.id = t.meta_business_unit_id`;

/** What a constraint says no to; the transaction cannot go on after it. */
export type TagConflict = { readonly conflict: "name" | "slug" };

/** What is stored of a tag; names of what it refers to come from there. */
export type TagRow = Omit<Tag, "id" | "taxonomyName" | "metaBusinessUnitName">;

export async function findTag(reader: Reader, id: TagId): Promise<Tag | null> {
  return reader.maybe<Tag>(sql`select ${columns} from tags t ${joins} where t.id = ${id}`);
}

/** Locks the row. */
export async function findTagForUpdate(tx: Tx, id: TagId): Promise<Tag | null> {
  return tx.maybe<Tag>(sql`select ${columns} from tags t ${joins} where t.id = ${id} for no key update of t`);
}

/** All tags, or the one of a name, in the order of the API: by business unit, those without one last, then name. */
export async function listTags(reader: Reader, filter: { readonly name?: string }): Promise<Tag[]> {
  const named = filter.name ? sql`where t.name = ${filter.name}` : emptySql;
  return reader.many<Tag>(sql`select ${columns} from tags t ${joins} ${named} order by u.name, t.name, t.id`);
}

export async function insertTag(tx: Tx, row: TagRow): Promise<TagId | TagConflict> {
  return orConflict(async () => {
    const { id } = await tx.one<{ id: TagId }>(sql`
      insert into tags (name, slug, color, taxonomy_id, meta_business_unit_id)
      values (${row.name}, ${row.slug}, ${row.color}, ${row.taxonomyId}, ${row.metaBusinessUnitId})
      returning id`);
    return id;
  });
}

export async function updateTagRow(tx: Tx, id: TagId, row: TagRow): Promise<"updated" | TagConflict> {
  return orConflict(async () => {
    await tx.run(sql`
      update tags set name = ${row.name}, slug = ${row.slug}, color = ${row.color},
                      taxonomy_id = ${row.taxonomyId}, meta_business_unit_id = ${row.metaBusinessUnitId}
       where id = ${id}`);
    return "updated" as const;
  });
}

/** Deletes the row and, by cascade, its uses. */
export async function deleteTagRow(tx: Tx, id: TagId): Promise<void> {
  await tx.run(sql`delete from tags where id = ${id}`);
}

async function orConflict<T>(write: () => Promise<T>): Promise<T | TagConflict> {
  try {
    return await write();
  } catch (error) {
    const constraint = constraintViolation(error)?.constraint;
    if (constraint === "tags_name_unique") return { conflict: "name" };
    if (constraint === "tags_slug_unique") return { conflict: "slug" };
    throw error;
  }
}
