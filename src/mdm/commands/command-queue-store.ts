/** Lists what was queued for a device or one of its users, live and finished. */
import type { Reader } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { CommandProgress, QueuedCommand } from "./command.ts";

/** Live and finished commands with what the queue knows of them. */
const everyQueued = sql`(
  select uuid, device_id, device_user_id, name, artifact_version, artifact_operation, not_before, sent_at,
         null::bytea as result, result_time, case when result_time is not null then 'NotNow' end as status,
         null::jsonb as error_chain, created_at, updated_at, delivery_count,
         case when cancelled_at is not null then 'cancelled' when parked_at is not null then 'parked'
              else state end as state,
         priority, not_now_count, expires_at, supersede_key, retry_at, parked_at, cancelled_at
    from commands
  union all
  select uuid, device_id, device_user_id, name, artifact_version, artifact_operation, not_before, sent_at, result,
         result_time, status, error_chain, created_at, updated_at, delivery_count, outcome,
         null::smallint, 0, null::timestamptz, null::text, null::timestamptz, null::timestamptz, null::timestamptz
    from command_history)`;

/** One page of what was queued for a device, or for one of its users, newest first. */
export async function listQueue(
  reader: Reader,
  filter: {
    readonly deviceId: number;
    /** Null: the device's own. */
    readonly deviceUserId: number | null;
    readonly state?: CommandProgress;
  },
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly count: number; readonly rows: readonly QueuedCommand[] }> {
  const conditions: Sql[] = [
    sql`c.device_id = ${filter.deviceId} and c.device_user_id is not distinct from ${filter.deviceUserId}`,
  ];
  if (filter.state !== undefined) conditions.push(sql`c.state = ${filter.state}`);
  const where = joinSql(conditions, sql` and `);
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from ${everyQueued} c where ${where}`,
  );
  const rows = await reader.many<QueuedCommand>(sql`
    select c.* from ${everyQueued} c where ${where}
     order by c.created_at desc, c.uuid desc limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

/** One command of a device channel, or of a user channel, as {@link listQueue} has it. */
export function findQueued(
  reader: Reader,
  { channel, uuid }: { readonly channel: "Device" | "User"; readonly uuid: string },
): Promise<QueuedCommand | null> {
  return reader.maybe(sql`
    select c.* from ${everyQueued} c
     where c.uuid = ${uuid} and (c.device_user_id is not null) = ${channel === "User"}`);
}
