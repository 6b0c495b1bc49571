/** Commands of all device channels, live and finished, with the device of each: one page, and how many there are. */
import type { Reader } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { Page } from "#platform/page.ts";
import {
  type CommandRow,
  type CommandRowFilter,
  type CommandRowQuestion,
  commandRowsCountMax,
} from "./command-row.ts";

const everyCommand = sql`(
  select uuid, device_id, name, sent_at, result_time, created_at,
         case when result_time is not null then 'NotNow' end as status,
         case when cancelled_at is not null then 'cancelled' when parked_at is not null then 'parked'
              else state end as state
    from commands where device_user_id is null
  union all
  select uuid, device_id, name, sent_at, result_time, created_at, status, outcome
    from command_history where device_user_id is null)`;

/** One page. The count is exact up to {@link commandRowsCountMax}. */
export async function listCommandRows(
  reader: Reader,
  { filter, orderings, page }: CommandRowQuestion,
): Promise<Page<CommandRow>> {
  const isDown = orderings[0]?.isDescending ?? true;
  const direction = isDown ? sql`desc` : sql`asc`;
  const where = conditionsOf(filter);
  const { count } = await reader.one<{ count: number }>(sql`
    select count(*)::integer as count
      from (select from ${everyCommand} c where ${where} limit ${commandRowsCountMax + 1}) c`);
  const rows = await reader.many<CommandRow>(sql`
    with page as (
      select c.* from ${everyCommand} c where ${where}
       order by c.created_at ${direction}, c.uuid ${direction} limit ${page.limit} offset ${page.offset})
    select p.uuid, p.name, p.state, p.status, p.device_id, d.name as device_name, d.serial_number,
           p.sent_at, p.result_time, p.created_at
      from page p join devices d on d.id = p.device_id
     order by p.created_at ${direction}, p.uuid ${direction}`);
  return count > commandRowsCountMax
    ? { count: commandRowsCountMax, isCountMinimum: true, rows }
    : { count, rows };
}

function conditionsOf({ name, search, states, serialNumber, since, until }: CommandRowFilter): Sql {
  const pattern = `%${search?.replaceAll(/[\\%_]/g, "\\$&") ?? ""}%`;
  const conditions = [
    ...(name === undefined ? [] : [sql`c.name = ${name}`]),
    ...(search === undefined ? [] : [sql`c.name ilike ${pattern}`]),
    ...(states === undefined ? [] : [sql`c.state = any(${states}::text[])`]),
    ...(serialNumber === undefined
      ? []
      : [sql`c.device_id in (select d.id from devices d where d.serial_number = ${serialNumber})`]),
    ...(since === undefined ? [] : [sql`c.created_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`c.created_at < ${until}`]),
  ];
  return conditions.length === 0 ? sql`true` : joinSql(conditions, sql` and `);
}
