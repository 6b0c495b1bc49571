/** Rows of blueprints, each with the names of what it refers to. */
import type { DeviceId } from "#mdm/devices/device.ts";
import { constraintViolation, type Reader, type Tx } from "#platform/db/database.ts";
import { emptySql, type Sql, sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";
import type { Blueprint, BlueprintFields, BlueprintId, BlueprintReferences, Named } from "./blueprint.ts";

type BlueprintRow = Omit<Blueprint, "filevaultConfig" | "recoveryPasswordConfig" | "enforcements"> & {
  readonly filevaultConfigId: number | null;
  readonly filevaultConfigName: string | null;
  readonly recoveryPasswordConfigId: number | null;
  readonly recoveryPasswordConfigName: string | null;
  readonly enforcements: readonly Named[];
};

const blueprintQuery: Sql = sql`
  select b.id, b.name, b.inventory_interval, b.collect_apps, b.collect_certificates, b.collect_profiles,
         b.legacy_profiles_via_ddm, b.filevault_config_id, f.name as filevault_config_name,
         b.recovery_password_config_id, r.name as recovery_password_config_name,
         coalesce((select jsonb_agg(jsonb_build_object('pk', e.id, 'name', e.name) order by e.id)
                     from blueprint_software_update_enforcements l
                     join software_update_enforcements e on e.id = l.software_update_enforcement_id
                    where l.blueprint_id = b.id), '[]') as enforcements,
         b.created_at, b.updated_at
    from blueprints b
    left join filevault_configs f on f.id = b.filevault_config_id
    left join recovery_password_configs r on r.id = b.recovery_password_config_id`;

function blueprintOf(row: BlueprintRow): Blueprint {
  const { filevaultConfigId, filevaultConfigName, recoveryPasswordConfigId, ...rest } = row;
  const { recoveryPasswordConfigName, ...blueprint } = rest;
  return {
    ...blueprint,
    filevaultConfig: named(filevaultConfigId, filevaultConfigName),
    recoveryPasswordConfig: named(recoveryPasswordConfigId, recoveryPasswordConfigName),
  };
}

function named(pk: number | null, name: string | null): Named | null {
  return pk === null ? null : { pk, name: name ?? "" };
}

export async function findBlueprint(reader: Reader, id: number): Promise<Blueprint | null> {
  const row = await reader.maybe<BlueprintRow>(sql`${blueprintQuery} where b.id = ${id}`);
  return row === null ? null : blueprintOf(row);
}

/** Locks the row. */
export async function findBlueprintForUpdate(tx: Tx, id: number): Promise<Blueprint | null> {
  const row = await tx.maybe<BlueprintRow>(sql`${blueprintQuery} where b.id = ${id} for no key update of b`);
  return row === null ? null : blueprintOf(row);
}

/** A blueprint that stays until the end of the transaction; null when there is none. */
export function holdBlueprint(tx: Tx, id: number): Promise<Named | null> {
  return tx.maybe(sql`select id as pk, name from blueprints where id = ${id} for key share`);
}

export async function listBlueprints(
  reader: Reader,
  filter: { readonly name?: string },
  page: PageRequest,
): Promise<Page<Blueprint>> {
  // An empty value means no filter (http-api 1.11).
  const where = filter.name ? sql`where b.name = ${filter.name}` : emptySql;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from blueprints b ${where}`,
  );
  const rows = await reader.many<BlueprintRow>(
    sql`${blueprintQuery} ${where} order by b.name, b.id limit ${page.limit} offset ${page.offset}`,
  );
  return { count, rows: rows.map(blueprintOf) };
}

/** Looks up what a request refers to, and holds it; `exceptId` is the blueprint being changed. */
export async function findBlueprintReferences(
  tx: Tx,
  fields: BlueprintFields,
  exceptId: BlueprintId | null,
): Promise<BlueprintReferences> {
  return tx.one<BlueprintReferences>(sql`
    with f as (select id from filevault_configs where id = ${fields.filevaultConfigId} for key share),
         r as (select id from recovery_password_configs
                where id = ${fields.recoveryPasswordConfigId} for key share),
         e as (select id from software_update_enforcements
                where id = any(${fields.enforcementIds}::integer[]) for key share)
    select exists (select from blueprints
                    where name = ${fields.name} and id is distinct from ${exceptId}::integer) as is_name_taken,
           (select id from f) as filevault_config_id, (select id from r) as recovery_password_config_id,
           array(select id from e) as enforcement_ids`);
}

/** Null when another one took the name in the meantime. */
export async function insertBlueprint(
  tx: Tx,
  fields: BlueprintFields,
  at: Date,
): Promise<BlueprintId | null> {
  const inserted = await tx.maybe<{ id: BlueprintId }>(sql`
    insert into blueprints (name, inventory_interval, collect_apps, collect_certificates, collect_profiles,
                            legacy_profiles_via_ddm, filevault_config_id, recovery_password_config_id,
                            created_at, updated_at)
    values (${fields.name}, ${fields.inventoryInterval}, ${fields.collectApps}, ${fields.collectCertificates},
            ${fields.collectProfiles}, ${fields.legacyProfilesViaDdm}, ${fields.filevaultConfigId},
            ${fields.recoveryPasswordConfigId}, ${at}, ${at})
    on conflict (name) do nothing
    returning id`);
  if (inserted !== null) await insertEnforcements(tx, inserted.id, fields.enforcementIds);
  return inserted?.id ?? null;
}

/** False when another one took the name in the meantime; the transaction cannot go on after it. */
export async function updateBlueprintRow(
  tx: Tx,
  id: BlueprintId,
  { fields, at }: { readonly fields: BlueprintFields; readonly at: Date },
): Promise<boolean> {
  try {
    await tx.run(sql`
      update blueprints
         set name = ${fields.name}, inventory_interval = ${fields.inventoryInterval},
             collect_apps = ${fields.collectApps}, collect_certificates = ${fields.collectCertificates},
             collect_profiles = ${fields.collectProfiles}, legacy_profiles_via_ddm = ${fields.legacyProfilesViaDdm},
             filevault_config_id = ${fields.filevaultConfigId},
             recovery_password_config_id = ${fields.recoveryPasswordConfigId}, updated_at = ${at}
       where id = ${id}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "blueprints_name_unique") return false;
    throw error;
  }
  await tx.run(sql`delete from blueprint_software_update_enforcements where blueprint_id = ${id}`);
  await insertEnforcements(tx, id, fields.enforcementIds);
  return true;
}

async function insertEnforcements(tx: Tx, id: BlueprintId, enforcementIds: readonly number[]): Promise<void> {
  await tx.run(sql`
    insert into blueprint_software_update_enforcements (blueprint_id, software_update_enforcement_id)
    select ${id}::integer, unnest(${enforcementIds}::integer[])`);
}

/** Everybody who has it. */
export async function listDevicesOfBlueprint(reader: Reader, id: number): Promise<DeviceId[]> {
  const rows = await reader.many<{ id: DeviceId }>(
    sql`select id from devices where blueprint_id = ${id} order by id`,
  );
  return rows.map((row) => row.id);
}

/** Deletes the row unless artifacts are linked to it; devices and enrollments lose their reference. */
export async function deleteBlueprintRow(tx: Tx, id: number): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from blueprints where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}
