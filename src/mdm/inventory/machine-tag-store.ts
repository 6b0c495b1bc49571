/** Rows of `machine_tags`: which tags a machine, told by its serial number, has. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Tag, TagId } from "./tag.ts";
import type { Taxonomy, TaxonomyId } from "./taxonomy.ts";

/** A tag that a machine got or lost. */
export type MachineTagRow = { readonly serialNumber: string } & Pick<
  Tag,
  "id" | "name" | "taxonomyId" | "taxonomyName"
>;

const changed = sql`
  select c.serial_number, t.id, t.name, t.taxonomy_id, x.name as taxonomy_name
    from changed c join tags t on t.id = c.tag_id left join taxonomies x on x.id = t.taxonomy_id
   order by c.serial_number, t.id`;

/** Deletes what was locked in the order in which tags are added: requests for many machines cannot wait in a circle. */
const changedHeld = sql`
    changed as (
      delete from machine_tags m using held h where h.serial_number = m.serial_number and h.tag_id = m.tag_id
      returning m.serial_number, m.tag_id
    ) ${changed}`;

/** Adds tags to machines; answers what machines did not have, in order. Tags that are gone are left out. */
export async function insertMachineTags(
  tx: Tx,
  serialNumbers: readonly string[],
  tagIds: readonly number[],
): Promise<MachineTagRow[]> {
  return tx.many<MachineTagRow>(sql`
    with changed as (
      insert into machine_tags (serial_number, tag_id)
      select serial_number, tags.id from unnest(${serialNumbers}::text[]) as serial_number, tags
       where tags.id = any(${tagIds}::integer[]) order by serial_number, tags.id
      on conflict do nothing returning serial_number, tag_id
    ) ${changed}`);
}

/** Takes tags from machines; answers what they had, in order. */
export async function deleteMachineTags(
  tx: Tx,
  serialNumbers: readonly string[],
  tagIds: readonly number[],
): Promise<MachineTagRow[]> {
  return tx.many<MachineTagRow>(sql`
    with held as (
      select serial_number, tag_id from machine_tags
       where serial_number = any(${serialNumbers}::text[]) and tag_id = any(${tagIds}::integer[])
       order by serial_number, tag_id for update
    ), ${changedHeld}`);
}

/** Takes from machines all tags of a taxonomy but some. */
export async function deleteOtherMachineTags(
  tx: Tx,
  serialNumbers: readonly string[],
  { taxonomyId, keptIds }: { readonly taxonomyId: TaxonomyId; readonly keptIds: readonly number[] },
): Promise<MachineTagRow[]> {
  return tx.many<MachineTagRow>(sql`
    with held as (
      select m.serial_number, m.tag_id from machine_tags m join tags on tags.id = m.tag_id
       where tags.taxonomy_id = ${taxonomyId}
         and m.serial_number = any(${serialNumbers}::text[]) and m.tag_id <> all(${keptIds}::integer[])
       order by m.serial_number, m.tag_id for update of m
    ), ${changedHeld}`);
}

/** The tags of a machine, by name. */
export async function listMachineTags(
  reader: Reader,
  serialNumber: string,
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  return reader.many(sql`
    select t.id, t.name from tags t join machine_tags m on m.tag_id = t.id
     where m.serial_number = ${serialNumber} order by t.name, t.id`);
}

/** Tags of some names, kept until the transaction ends: locked in the order of those who delete many. */
export async function findTagsByName(
  tx: Tx,
  names: readonly string[],
): Promise<Pick<Tag, "id" | "name" | "taxonomyId">[]> {
  return tx.many(
    sql`select id, name, taxonomy_id from tags where name = any(${names}::text[]) order by id for key share`,
  );
}

/** Makes a tag unless its name is taken; answers the id, or null when the name or the slug is taken. */
export async function insertTagUnlessTaken(
  tx: Tx,
  row: Pick<Tag, "name" | "slug" | "color" | "taxonomyId">,
): Promise<TagId | null> {
  const inserted = await tx.maybe<{ id: TagId }>(sql`
    insert into tags (name, slug, color, taxonomy_id)
    values (${row.name}, ${row.slug}, ${row.color}, ${row.taxonomyId})
    on conflict do nothing returning id`);
  return inserted?.id ?? null;
}

/** The taxonomy of a name. */
export async function findTaxonomyByName(
  tx: Tx,
  name: string,
): Promise<Pick<Taxonomy, "id" | "name"> | null> {
  return tx.maybe(sql`select id, name from taxonomies where name = ${name} for key share`);
}
