/** The blueprint of devices, where many get it at once. */
import type { DeviceId } from "#mdm/devices/device.ts";
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

/** A device that has another blueprint than before. */
export type Reassigned = { readonly id: DeviceId; readonly previousBlueprintId: number | null };

/** Gives devices a blueprint, or none: one statement, whatever their number. Those that have it are left alone. */
export function reassignDevices(
  tx: Tx,
  deviceIds: readonly number[],
  { blueprintId, at }: { readonly blueprintId: number | null; readonly at: Date },
): Promise<Reassigned[]> {
  // Locked in one order, so that two of these do not wait for each other.
  return tx.many(sql`
    with meant as (
      select id, blueprint_id from devices
       where id = any(${deviceIds}::integer[]) and blueprint_id is distinct from ${blueprintId}::integer
       order by udid collate "C" for no key update),
    changed as (
      update devices d set blueprint_id = ${blueprintId}::integer, updated_at = ${at}::timestamptz
        from meant m where d.id = m.id returning d.id)
    select m.id, m.blueprint_id as previous_blueprint_id from meant m join changed c on c.id = m.id order by m.id`);
}
