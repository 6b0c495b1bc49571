/** Rows of FileVault configurations. */
import { constraintViolation, type Reader, type Tx } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";
import type { FilevaultConfig, FilevaultConfigFields } from "./filevault-config.ts";

const columns = sql`
  id, name, escrow_location_display_name, at_login_only, bypass_attempts, show_recovery_key, destroy_key_on_standby,
  prk_rotation_interval_days, prk_reveal_rotation_delay, created_at, updated_at`;

export function findFilevaultConfig(reader: Reader, id: number): Promise<FilevaultConfig | null> {
  return reader.maybe(sql`select ${columns} from filevault_configs where id = ${id}`);
}

/** Locks the row. */
export function findFilevaultConfigForUpdate(tx: Tx, id: number): Promise<FilevaultConfig | null> {
  return tx.maybe(sql`select ${columns} from filevault_configs where id = ${id} for no key update`);
}

export async function listFilevaultConfigs(
  reader: Reader,
  filter: { readonly name?: string },
  page: PageRequest,
): Promise<Page<FilevaultConfig>> {
  // An empty value means no filter (http-api 1.11).
  const named = filter.name ? sql`where name = ${filter.name}` : emptySql;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from filevault_configs ${named}`,
  );
  const rows = await reader.many<FilevaultConfig>(sql`
    select ${columns} from filevault_configs ${named} order by name, id limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

/** Null when the name is taken. */
export function insertFilevaultConfig(
  tx: Tx,
  fields: FilevaultConfigFields,
  at: Date,
): Promise<FilevaultConfig | null> {
  return tx.maybe(sql`
    insert into filevault_configs (
      name, escrow_location_display_name, at_login_only, bypass_attempts, show_recovery_key, destroy_key_on_standby,
      prk_rotation_interval_days, prk_reveal_rotation_delay, created_at, updated_at)
    values (${fields.name}, ${fields.escrowLocationDisplayName}, ${fields.atLoginOnly}, ${fields.bypassAttempts},
            ${fields.showRecoveryKey}, ${fields.destroyKeyOnStandby}, ${fields.prkRotationIntervalDays},
            ${fields.prkRevealRotationDelay}, ${at}, ${at})
    on conflict (name) do nothing
    returning ${columns}`);
}

/** Null when the name is taken; the transaction cannot go on after it. */
export async function updateFilevaultConfigRow(
  tx: Tx,
  id: number,
  { fields, at }: { readonly fields: FilevaultConfigFields; readonly at: Date },
): Promise<FilevaultConfig | null> {
  try {
    return await tx.one<FilevaultConfig>(sql`
      update filevault_configs
         set name = ${fields.name}, escrow_location_display_name = ${fields.escrowLocationDisplayName},
             at_login_only = ${fields.atLoginOnly}, bypass_attempts = ${fields.bypassAttempts},
             show_recovery_key = ${fields.showRecoveryKey}, destroy_key_on_standby = ${fields.destroyKeyOnStandby},
             prk_rotation_interval_days = ${fields.prkRotationIntervalDays},
             prk_reveal_rotation_delay = ${fields.prkRevealRotationDelay}, updated_at = ${at}
       where id = ${id}
      returning ${columns}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "filevault_configs_name_unique") return null;
    throw error;
  }
}

/** Deletes the row unless a blueprint refers to it. */
export async function deleteFilevaultConfigRow(tx: Tx, id: number): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from filevault_configs where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}

/** The blueprints whose devices have it. */
export async function listBlueprintsOfFilevaultConfig(reader: Reader, id: number): Promise<number[]> {
  const rows = await reader.many<{ id: number }>(
    sql`select id from blueprints where filevault_config_id = ${id} order by id`,
  );
  return rows.map((row) => row.id);
}
