/** Rows of recovery password configurations. */
import { constraintViolation, type Reader, type Tx } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";
import type {
  RecoveryPasswordConfig,
  RecoveryPasswordConfigFields,
  RecoveryPasswordConfigId,
} from "./recovery-password-config.ts";

const columns = sql`
  id, name, dynamic_password, static_password_sealed, rotation_interval_days, reveal_rotation_delay,
  rotate_firmware_password, created_at, updated_at`;

export function findRecoveryPasswordConfig(
  reader: Reader,
  id: number,
): Promise<RecoveryPasswordConfig | null> {
  return reader.maybe(sql`select ${columns} from recovery_password_configs where id = ${id}`);
}

/** Locks the row. */
export function findRecoveryPasswordConfigForUpdate(
  tx: Tx,
  id: number,
): Promise<RecoveryPasswordConfig | null> {
  return tx.maybe(sql`select ${columns} from recovery_password_configs where id = ${id} for no key update`);
}

export async function listRecoveryPasswordConfigs(
  reader: Reader,
  filter: { readonly name?: string },
  page: PageRequest,
): Promise<Page<RecoveryPasswordConfig>> {
  // An empty value means no filter (http-api 1.11).
  const named = filter.name ? sql`where name = ${filter.name}` : emptySql;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from recovery_password_configs ${named}`,
  );
  const rows = await reader.many<RecoveryPasswordConfig>(sql`
    select ${columns} from recovery_password_configs ${named}
     order by name, id limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

/** The key of the next row: what its password is sealed for. */
export async function takeRecoveryPasswordConfigId(tx: Tx): Promise<RecoveryPasswordConfigId> {
  const { id } = await tx.one<{ id: RecoveryPasswordConfigId }>(
    sql`select nextval(pg_get_serial_sequence('recovery_password_configs', 'id'))::integer as id`,
  );
  return id;
}

export type RecoveryPasswordConfigRow = RecoveryPasswordConfigFields & {
  readonly id: RecoveryPasswordConfigId;
  readonly staticPasswordSealed: Buffer | null;
  readonly at: Date;
};

/** Null when the name is taken. */
export function insertRecoveryPasswordConfig(
  tx: Tx,
  row: RecoveryPasswordConfigRow,
): Promise<RecoveryPasswordConfig | null> {
  return tx.maybe(sql`
    insert into recovery_password_configs (
      id, name, dynamic_password, static_password_sealed, rotation_interval_days, reveal_rotation_delay,
      rotate_firmware_password, created_at, updated_at)
    overriding system value
    values (${row.id}, ${row.name}, ${row.dynamicPassword}, ${row.staticPasswordSealed}, ${row.rotationIntervalDays},
            ${row.revealRotationDelay}, ${row.rotateFirmwarePassword}, ${row.at}, ${row.at})
    on conflict (name) do nothing
    returning ${columns}`);
}

/** Null when the name is taken; the transaction cannot go on after it. */
export async function updateRecoveryPasswordConfigRow(
  tx: Tx,
  row: RecoveryPasswordConfigRow,
): Promise<RecoveryPasswordConfig | null> {
  try {
    return await tx.one<RecoveryPasswordConfig>(sql`
      update recovery_password_configs
         set name = ${row.name}, dynamic_password = ${row.dynamicPassword},
             static_password_sealed = ${row.staticPasswordSealed}, rotation_interval_days = ${row.rotationIntervalDays},
             reveal_rotation_delay = ${row.revealRotationDelay},
             rotate_firmware_password = ${row.rotateFirmwarePassword}, updated_at = ${row.at}
       where id = ${row.id}
      returning ${columns}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "recovery_password_configs_name_unique") return null;
    throw error;
  }
}

/** Deletes the row unless a blueprint refers to it. */
export async function deleteRecoveryPasswordConfigRow(tx: Tx, id: number): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from recovery_password_configs where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}

/** The blueprints whose devices have it. */
export async function listBlueprintsOfRecoveryPasswordConfig(reader: Reader, id: number): Promise<number[]> {
  const rows = await reader.many<{ id: number }>(
    sql`select id from blueprints where recovery_password_config_id = ${id} order by id`,
  );
  return rows.map((row) => row.id);
}
