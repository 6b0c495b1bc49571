/** Writes of `device_activity` and of the activity columns of `device_users`. */
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

/** One sighting of a target. */
export type Sighting = {
  readonly deviceId: number;
  readonly deviceUserId: number | null;
  readonly ip: string | null;
  readonly at: Date;
};

/**
 * Writes sightings with one statement. Rows are touched in the order of their ids, so that two processes cannot lock
 * each other; targets that are gone are left out, and an older sighting never overwrites a newer one.
 */
export async function upsertSightings(tx: Tx, sightings: readonly Sighting[]): Promise<void> {
  const rows = sightings.map(({ deviceId, deviceUserId, ip, at }) => ({
    device_id: deviceId,
    device_user_id: deviceUserId,
    ip,
    at: at.toISOString(),
  }));
  await tx.run(sql`
    with seen as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as s(device_id integer, device_user_id integer, ip text, at timestamptz)
    ), known_users as (
      select u.id, s.ip, s.at from seen s join device_users u on u.id = s.device_user_id
       order by u.id for no key update of u
    ), users_seen as (
      update device_users u set last_ip = k.ip, last_seen_at = k.at
        from known_users k where u.id = k.id and (u.last_seen_at is null or u.last_seen_at <= k.at)
    )
    insert into device_activity as a (device_id, last_ip, last_seen_at)
    select s.device_id, s.ip, s.at from seen s join devices d on d.id = s.device_id
     where s.device_user_id is null order by s.device_id
    on conflict (device_id) do update set last_ip = excluded.last_ip, last_seen_at = excluded.last_seen_at
      where a.last_seen_at is null or a.last_seen_at <= excluded.last_seen_at`);
}
