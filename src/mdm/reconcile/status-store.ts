/** Status reports as they came, and the items that all of them together say. */
import type { StatusItemChange } from "#protocol/ddm/flatten-status-items.ts";
import type { Reader, Tx } from "#platform/db/database.ts";
import { isSame, type Sql, sql } from "#platform/db/sql.ts";
import type { TargetKey } from "./target.ts";

/** Reports kept of a target, the latest. */
export const statusReportsKept = 10;

/** Items kept of a target, the latest: a device may make up others with every report. A busy Mac has about 2,000. */
export const statusItemsKept = 25_000;
/** And what they take as they are stored, compressed; what one report brings may come on top. */
export const statusItemBytesKept = 32 * 1024 * 1024;

/**
 * What was reported again so soon is not written again: a report repeats hundreds of items for the sake of one.
 */
export const freshSeconds = 3600;

export type LatestReport = {
  /** Of what was received: 32 bytes; null for one that was kept before digests were. */
  readonly digest: Buffer | null;
  readonly receivedAt: Date;
};

const ofTarget = ({ deviceId, deviceUserId }: TargetKey): Sql =>
  sql`device_id = ${deviceId} and ${isSame(sql`device_user_id`, deviceUserId)}`;

/** The report of a target that came last, told by its digest; null for none. */
export async function findLatestReport(reader: Reader, key: TargetKey): Promise<LatestReport | null> {
  return reader.maybe<LatestReport>(sql`
    select digest, received_at from status_reports where ${ofTarget(key)} order by id desc limit 1`);
}

/** Keeps a report and forgets those before the last ten. */
export async function insertStatusReport(
  tx: Tx,
  key: TargetKey,
  { report, digest, at }: { readonly report: string; readonly digest: Buffer; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    with older as (
      delete from status_reports
       where id in (select id from status_reports where ${ofTarget(key)} order by id desc offset ${statusReportsKept - 1})
    )
    insert into status_reports (device_id, device_user_id, report, digest, received_at)
    values (${key.deviceId}, ${key.deviceUserId}, ${report}::jsonb, ${digest}, ${at})`);
}

/**
 * Merges what a report says into the items of a target, with two statements however many there are.
 *
 * @param report.isFull What the report does not name is gone.
 */
export async function mergeStatusItems(
  tx: Tx,
  key: TargetKey,
  report: { readonly items: readonly StatusItemChange[]; readonly isFull: boolean; readonly at: Date },
): Promise<void> {
  const { items, isFull, at } = report;
  const kept = items.filter(({ isRemoved }) => !isRemoved);
  const room = Math.max(0, statusItemsKept - items.length);
  const named = isFull ? kept : items.filter(({ isRemoved }) => isRemoved);
  const isNamed = sql`(s.name, s.identifier) in (
    select * from unnest(${named.map(({ name }) => name)}::text[],
                         ${named.map(({ identifier }) => identifier)}::text[]))`;
  await tx.run(sql`
    delete from status_items s
     where ${ofTarget(key)} and (${isFull ? sql`not ${isNamed}` : isNamed}
       or (s.name, s.identifier) in (
         select o.name, o.identifier
           from (select name, identifier, row_number() over latest as place,
                        sum(pg_column_size(value)) over latest as bytes
                   from status_items where ${ofTarget(key)}
                 window latest as (order by reported_at desc, name, identifier rows unbounded preceding)) o
          where o.place > ${room} or o.bytes > ${statusItemBytesKept}))`);
  await tx.run(sql`
    insert into status_items (device_id, device_user_id, name, identifier, value, reported_at)
    select ${key.deviceId}::integer, ${key.deviceUserId}::integer, r.name, r.identifier, coalesce(r.value, 'null'),
           ${at}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(kept)}::jsonb) r(name text, identifier text, value jsonb)
    on conflict on constraint status_items_unique do update
      set value = excluded.value, reported_at = excluded.reported_at
      where status_items.value <> excluded.value
         or status_items.reported_at <= ${at}::timestamptz - make_interval(secs => ${freshSeconds})`);
}

export type ListedStatusItem = {
  readonly name: string;
  readonly identifier: string;
  readonly value: unknown;
  readonly reportedAt: Date;
};

type Page = { readonly limit: number; readonly offset: number };

/** One page of the items of a target, by name. */
export async function listStatusItems(
  reader: Reader,
  key: TargetKey,
  { page, prefix }: { readonly page: Page; readonly prefix: string },
): Promise<{ readonly count: number; readonly rows: readonly ListedStatusItem[] }> {
  const condition = sql`${ofTarget(key)} and starts_with(name, ${prefix})`;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from status_items where ${condition}`,
  );
  const rows = await reader.many<ListedStatusItem>(sql`
    select name, identifier, value, reported_at from status_items where ${condition}
     order by name, identifier limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

export type ListedStatusReport = { readonly report: unknown; readonly receivedAt: Date };

/** One page of the reports of a target, the latest first. */
export async function listStatusReports(
  reader: Reader,
  key: TargetKey,
  page: Page,
): Promise<{ readonly count: number; readonly rows: readonly ListedStatusReport[] }> {
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from status_reports where ${ofTarget(key)}`,
  );
  const rows = await reader.many<ListedStatusReport>(sql`
    select report, received_at from status_reports where ${ofTarget(key)}
     order by id desc limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}
