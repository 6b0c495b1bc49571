/** The partitions of `command_history`. Their names are read by `readMonth`, so that no other table is ever touched. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { identifier, sql, timeLiteral } from "#platform/db/sql.ts";
import { type HistoryMonth, readMonth } from "./command-history.ts";

/**
 * Lets one transaction at a time change partitions, and makes it give up before it holds up the devices. The limit is
 * below PostgreSQL's `deadlock_timeout` (1 s): when the devices' transactions and this one wait for each other, this one yields.
 */
export async function lockPartitions(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended('command_history', 0))`);
  await tx.run(sql`set local lock_timeout = '500ms'`);
}

/** Names of all partitions, the default one included. */
export async function listPartitions(reader: Reader): Promise<string[]> {
  const rows = await reader.many<{ name: string }>(sql`
    select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'command_history'::regclass order by 1`);
  return rows.map(({ name }) => name);
}

/** Makes the partition of a month, with what the default partition holds of that month. */
export async function createPartition(tx: Tx, { partition, startAt, endAt }: HistoryMonth): Promise<void> {
  const name = identifier(partition);
  await tx.run(sql`create table ${name} (like command_history including defaults including constraints)`);
  // Nothing may come in between the move and the attachment, which would then be refused.
  await tx.run(sql`lock table command_history_default in access exclusive mode`);
  await tx.run(sql`
    with moved as (
      delete from command_history_default where updated_at >= ${startAt} and updated_at < ${endAt} returning *)
    insert into ${name} select * from moved`);
  // Attached rather than made in place: that leaves the history open to readers and to answers.
  await tx.run(sql`
    alter table command_history attach partition ${name}
      for values from (${timeLiteral(startAt)}) to (${timeLiteral(endAt)})`);
}

/** Drops the partition of a month. */
export async function dropPartition(tx: Tx, partition: string): Promise<void> {
  if (readMonth(partition) === null) throw new TypeError(`"${partition}" is no month of the history`);
  await tx.run(sql`drop table if exists ${identifier(partition)}`);
}

/** Deletes what ended before a time and found no month. @returns How many rows, `limit` at most. */
export function deleteStrayHistory(tx: Tx, before: Date, limit: number): Promise<number> {
  return tx.run(sql`
    delete from command_history_default where ctid = any(array(
      select ctid from command_history_default where updated_at < ${before} limit ${limit}))`);
}
