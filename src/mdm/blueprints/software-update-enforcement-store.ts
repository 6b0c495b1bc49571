/** Rows of software update enforcements, each with its tags. */
import { constraintViolation, type Reader, type Tx } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";
import type {
  SoftwareUpdateEnforcement,
  SoftwareUpdateEnforcementFields,
  SoftwareUpdateEnforcementId,
} from "./software-update-enforcement.ts";

// Wall clocks are read as text: as a date, the driver would take them for the server's own.
const columns = sql`
  e.id, e.name, e.details_url, e.platforms, e.os_version, e.build_version,
  replace(to_char(e.local_datetime, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '') as local_datetime,
  e.max_os_version, e.delay_days,
  replace(to_char(e.local_time::interval, 'HH24:MI:SS.US'), '.000000', '') as local_time,
  array(select t.tag_id from software_update_enforcement_tags t
         where t.software_update_enforcement_id = e.id order by t.tag_id) as tag_ids,
  array(select g.name from software_update_enforcement_tags t join tags g on g.id = t.tag_id
         where t.software_update_enforcement_id = e.id order by t.tag_id) as tag_names,
  e.created_at, e.updated_at`;

export function findSoftwareUpdateEnforcement(
  reader: Reader,
  id: number,
): Promise<SoftwareUpdateEnforcement | null> {
  return reader.maybe(sql`select ${columns} from software_update_enforcements e where e.id = ${id}`);
}

/** Locks the row. */
export function findSoftwareUpdateEnforcementForUpdate(
  tx: Tx,
  id: number,
): Promise<SoftwareUpdateEnforcement | null> {
  return tx.maybe(
    sql`select ${columns} from software_update_enforcements e where e.id = ${id} for no key update of e`,
  );
}

export async function listSoftwareUpdateEnforcements(
  reader: Reader,
  filter: { readonly name?: string },
  page: PageRequest,
): Promise<Page<SoftwareUpdateEnforcement>> {
  // An empty value means no filter (http-api 1.11).
  const named = filter.name ? sql`where e.name = ${filter.name}` : emptySql;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from software_update_enforcements e ${named}`,
  );
  const rows = await reader.many<SoftwareUpdateEnforcement>(sql`
    select ${columns} from software_update_enforcements e ${named}
     order by e.name, e.id limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

/** Null when the name is taken. */
export async function insertSoftwareUpdateEnforcement(
  tx: Tx,
  fields: SoftwareUpdateEnforcementFields,
  at: Date,
): Promise<SoftwareUpdateEnforcementId | null> {
  const inserted = await tx.maybe<{ id: SoftwareUpdateEnforcementId }>(sql`
    insert into software_update_enforcements (
      name, details_url, platforms, os_version, build_version, local_datetime, max_os_version, delay_days, local_time,
      created_at, updated_at)
    values (${fields.name}, ${fields.detailsUrl}, ${fields.platforms}::text[], ${fields.osVersion},
            ${fields.buildVersion}, ${fields.localDatetime}::timestamp, ${fields.maxOsVersion}, ${fields.delayDays},
            ${fields.localTime}::time, ${at}, ${at})
    on conflict (name) do nothing
    returning id`);
  if (inserted !== null) await insertTags(tx, inserted.id, fields.tagIds);
  return inserted?.id ?? null;
}

/** False when the name is taken; the transaction cannot go on after it. */
export async function updateSoftwareUpdateEnforcementRow(
  tx: Tx,
  id: SoftwareUpdateEnforcementId,
  { fields, at }: { readonly fields: SoftwareUpdateEnforcementFields; readonly at: Date },
): Promise<boolean> {
  try {
    await tx.run(sql`
      update software_update_enforcements
         set name = ${fields.name}, details_url = ${fields.detailsUrl}, platforms = ${fields.platforms}::text[],
             os_version = ${fields.osVersion}, build_version = ${fields.buildVersion},
             local_datetime = ${fields.localDatetime}::timestamp, max_os_version = ${fields.maxOsVersion},
             delay_days = ${fields.delayDays}, local_time = ${fields.localTime}::time, updated_at = ${at}
       where id = ${id}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "software_update_enforcements_name_unique") return false;
    throw error;
  }
  await tx.run(sql`
    delete from software_update_enforcement_tags where software_update_enforcement_id = ${id}`);
  await insertTags(tx, id, fields.tagIds);
  return true;
}

async function insertTags(tx: Tx, id: SoftwareUpdateEnforcementId, tagIds: readonly number[]): Promise<void> {
  await tx.run(sql`
    insert into software_update_enforcement_tags (software_update_enforcement_id, tag_id)
    select ${id}::integer, unnest(${tagIds}::integer[])`);
}

/** Deletes the row unless a blueprint refers to it. */
export async function deleteSoftwareUpdateEnforcementRow(tx: Tx, id: number): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from software_update_enforcements where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}

/** Those of the tags that exist; they stay until the end of the transaction. */
export async function listKnownTags(tx: Tx, ids: readonly number[]): Promise<number[]> {
  const rows = await tx.many<{ id: number }>(
    sql`select id from tags where id = any(${ids}::integer[]) order by id for key share`,
  );
  return rows.map((row) => row.id);
}

/** The blueprints whose devices it is for. */
export async function listBlueprintsOfEnforcement(reader: Reader, id: number): Promise<number[]> {
  const rows = await reader.many<{ blueprintId: number }>(sql`
    select blueprint_id from blueprint_software_update_enforcements
     where software_update_enforcement_id = ${id} order by blueprint_id`);
  return rows.map(({ blueprintId }) => blueprintId);
}
