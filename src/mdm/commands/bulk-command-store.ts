/** Rows of `bulk_commands` and their targets, and the commands of a batch: one statement each, whatever its size. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { BulkCommand, BulkResult, BulkSelection, BulkTarget } from "./bulk-command.ts";

const columns = sql`
  b.id, b.name, b.arguments, b.secrets_sealed, b.selection, b.not_before, b.expires_at, b.supersede_key,
  b.spread_seconds, b.generates_secrets, b.devices_max, b.device_count, b.refusal, b.cursor_id, b.created_at,
  b.finished_at`;

/** JSON text instead of the documents. */
export type NewBulkCommand = Omit<
  BulkCommand,
  "arguments" | "selection" | "cursorId" | "finishedAt" | "deviceCount" | "refusal"
> & {
  readonly arguments: string;
  readonly selection: string;
};

export function insertBulkCommand(tx: Tx, bulk: NewBulkCommand): Promise<BulkCommand> {
  return tx.one(sql`
    insert into bulk_commands as b (id, name, arguments, secrets_sealed, selection, not_before, expires_at,
                                    supersede_key, spread_seconds, generates_secrets, devices_max, created_at)
    values (${bulk.id}, ${bulk.name}, ${bulk.arguments}::jsonb, ${bulk.secretsSealed}, ${bulk.selection}::jsonb,
            ${bulk.notBefore}, ${bulk.expiresAt}, ${bulk.supersedeKey}, ${bulk.spreadSeconds},
            ${bulk.generatesSecrets}, ${bulk.devicesMax}, ${bulk.createdAt})
    returning ${columns}`);
}

export function findBulkCommand(reader: Reader, id: string): Promise<BulkCommand | null> {
  return reader.maybe(sql`select ${columns} from bulk_commands b where b.id = ${id}`);
}

/** The request, locked, when it is unfinished and nobody else works on it. */
export function lockUnfinished(tx: Tx, id: string): Promise<BulkCommand | null> {
  return tx.maybe(sql`
    select ${columns} from bulk_commands b where b.id = ${id} and b.finished_at is null for update skip locked`);
}

export async function listUnfinishedIds(reader: Reader): Promise<string[]> {
  const rows = await reader.many<{ id: string }>(
    sql`select id from bulk_commands where finished_at is null order by created_at limit 100`,
  );
  return rows.map(({ id }) => id);
}

export async function listBulkCommands(
  reader: Reader,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly count: number; readonly rows: readonly BulkCommand[] }> {
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from bulk_commands`,
  );
  const rows = await reader.many<BulkCommand>(sql`
    select ${columns} from bulk_commands b order by b.created_at desc, b.id limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

/** The devices that are named or described, in the order of their ids; those that enrolled later are not meant. */
export async function listSelectedIds(
  reader: Reader,
  selection: Omit<BulkSelection, "matching">,
  createdUntil: Date,
): Promise<number[]> {
  const conditions: Sql[] = [sql`d.created_at <= ${createdUntil}`, ...selectionConditions(selection)];
  const rows = await reader.many<{ id: number }>(
    sql`select d.id from devices d where ${joinSql(conditions, sql` and `)} order by d.id`,
  );
  return rows.map(({ id }) => id);
}

/** Notes for whom a request is, once and for all; `refusal` ends it. */
export async function recordDevices(
  tx: Tx,
  id: string,
  found: {
    readonly deviceIds: readonly number[];
    readonly deviceCount: number;
    readonly refusal: string | null;
    readonly finishedAt: Date | null;
  },
): Promise<void> {
  await tx.run(sql`
    update bulk_commands set device_ids = ${found.deviceIds}::integer[], device_count = ${found.deviceCount},
                             refusal = ${found.refusal}, finished_at = ${found.finishedAt} where id = ${id}`);
}

/** The next of the devices that a request is for. */
export async function listNextIds(
  reader: Reader,
  id: string,
  { afterId, limit }: { readonly afterId: number; readonly limit: number },
): Promise<number[]> {
  const rows = await reader.many<{ id: number }>(sql`
    select n.id from bulk_commands b, unnest(b.device_ids) as n(id)
     where b.id = ${id} and n.id > ${afterId} order by n.id limit ${limit}`);
  return rows.map((row) => row.id);
}

function selectionConditions(selection: Omit<BulkSelection, "matching">): Sql[] {
  const { devices, serial_numbers: serialNumbers, udids, tags, platforms, blueprint } = selection;
  return [
    ...(devices === undefined ? [] : [sql`d.id = any(${devices}::integer[])`]),
    ...(serialNumbers === undefined ? [] : [sql`d.serial_number = any(${serialNumbers}::text[])`]),
    ...(udids === undefined ? [] : [sql`d.udid = any(${udids}::text[])`]),
    ...(platforms === undefined ? [] : [sql`d.platform = any(${platforms}::text[])`]),
    ...(blueprint === undefined ? [] : [sql`d.blueprint_id = ${blueprint}`]),
    ...(tags === undefined
      ? []
      : [
          sql`exists (select from machine_tags m
                       where m.serial_number = d.serial_number and m.tag_id = any(${tags}::integer[]))`,
        ]),
  ];
}

/** How many commands wait in the device channels of some devices. */
export async function countWaiting(
  reader: Reader,
  deviceIds: readonly number[],
): Promise<Map<number, number>> {
  const rows = await reader.many<{ deviceId: number; count: number }>(sql`
    select device_id, count(*)::integer as count from commands
     where device_id = any(${deviceIds}::integer[]) and device_user_id is null group by device_id`);
  return new Map(rows.map(({ deviceId, count }) => [deviceId, count]));
}

/** What the devices of a batch get. */
export type BulkRow = {
  readonly uuid: string;
  readonly deviceId: number;
  readonly requestType: string;
  /** Not secret. */
  readonly arguments: unknown;
  /** JSON text of what may be shown of them; null when it is too long to be kept. */
  readonly shownArguments: string | null;
  /** Base64; null when the device has no secrets of its own. */
  readonly secretsSealed: string | null;
};

/** Queues the commands of a batch. */
export async function insertBulkRows(
  tx: Tx,
  bulk: Pick<BulkCommand, "id" | "name" | "notBefore" | "expiresAt">,
  batch: {
    readonly rows: string;
    readonly priority: number;
    readonly supersedeKey: string | null;
    readonly at: Date;
  },
): Promise<void> {
  await tx.run(sql`
    insert into commands (uuid, device_id, name, request_type, arguments, secrets_sealed, shown_arguments, state,
                          priority, not_before, expires_at, supersede_key, bulk_command_id, created_at, updated_at)
    select r.uuid, r."deviceId", ${bulk.name}, r."requestType", r.arguments,
           decode(r."secretsSealed", 'base64'), r."shownArguments"::jsonb, 'queued', ${batch.priority}::smallint,
           ${bulk.notBefore}::timestamptz, ${bulk.expiresAt}::timestamptz, ${batch.supersedeKey}, ${bulk.id}::uuid,
           ${batch.at}::timestamptz, ${batch.at}::timestamptz
      from jsonb_to_recordset(${batch.rows}::jsonb)
        as r(uuid uuid, "deviceId" integer, "requestType" text, arguments jsonb, "secretsSealed" text,
             "shownArguments" text)`);
}

/** Notes what each device of a batch got, and how far the work has come. */
export async function recordBatch(
  tx: Tx,
  id: string,
  batch: {
    readonly targets: readonly {
      readonly deviceId: number;
      readonly uuid: string | null;
      readonly refusal: string | null;
    }[];
    readonly cursorId: number;
    readonly finishedAt: Date | null;
  },
): Promise<void> {
  await tx.run(sql`
    with done as (
      insert into bulk_command_targets (bulk_command_id, device_id, command_uuid, refusal)
      select ${id}::uuid, t."deviceId", t.uuid, t.refusal
        from jsonb_to_recordset(${JSON.stringify(batch.targets)}::jsonb)
          as t("deviceId" integer, uuid uuid, refusal text))
    update bulk_commands set cursor_id = ${batch.cursorId}, finished_at = ${batch.finishedAt} where id = ${id}`);
}

const targetsOf = (id: string): Sql => sql`(
  select t.device_id, t.command_uuid, t.refusal,
         case when t.refusal is not null then 'refused'
              when c.cancelled_at is not null then 'cancelled'
              when c.parked_at is not null then 'parked'
              when c.uuid is not null then c.state
              when h.outcome <> 'answered' then h.outcome
              when h.status = 'CommandFormatError' then 'command_format_error'
              when h.status = 'NotNow' then 'not_now'
              when h.status is not null then lower(h.status)
              else 'removed' end as status
    from bulk_command_targets t
    left join commands c on c.uuid = t.command_uuid
    left join command_history h on h.uuid = t.command_uuid
      -- No older partition can hold them.
      and h.updated_at >= (select b.created_at from bulk_commands b where b.id = ${id})
   where t.bulk_command_id = ${id})`;

export function countTargets(
  reader: Reader,
  id: string,
): Promise<{ readonly status: BulkResult; readonly count: number }[]> {
  return reader.many(sql`select status, count(*)::integer as count from ${targetsOf(id)} t group by status`);
}

/** One page of the devices of a bulk command, in the order of their ids. */
export async function listTargets(
  reader: Reader,
  filter: { readonly id: string; readonly status?: BulkResult },
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly count: number; readonly rows: readonly BulkTarget[] }> {
  const where = filter.status === undefined ? sql`true` : sql`t.status = ${filter.status}`;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from ${targetsOf(filter.id)} t where ${where}`,
  );
  const rows = await reader.many<BulkTarget>(sql`
    select t.*, d.udid, d.serial_number from ${targetsOf(filter.id)} t join devices d on d.id = t.device_id
     where ${where} order by t.device_id limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}
