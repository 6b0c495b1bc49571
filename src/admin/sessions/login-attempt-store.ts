/** Rows of login attempts. */
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

export type AttemptRow = { readonly failures: number; readonly blockedUntil: Date | null };

/** Locks the count of a key until the transaction ends, and makes it when there is none. */
export async function lockAttempts(
  tx: Tx,
  { key, at, forgottenBefore }: { readonly key: string; readonly at: Date; readonly forgottenBefore: Date },
): Promise<AttemptRow> {
  return tx.one(sql`
    insert into login_attempts as old (key, failures, last_at) values (${key}, 0, ${at})
    on conflict (key) do update
       set failures = case when old.last_at < ${forgottenBefore} then 0 else old.failures end,
           blocked_until = case when old.last_at < ${forgottenBefore} then null else old.blocked_until end
    returning failures, blocked_until`);
}

export async function updateAttempts(
  tx: Tx,
  row: AttemptRow & { readonly key: string; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    update login_attempts set failures = ${row.failures}, blocked_until = ${row.blockedUntil}, last_at = ${row.at}
     where key = ${row.key}`);
}

export async function deleteAttempts(tx: Tx, key: string): Promise<void> {
  await tx.run(sql`delete from login_attempts where key = ${key}`);
}

/** Takes back one attempt that turned out right. */
export async function forgiveAttempt(tx: Tx, key: string): Promise<void> {
  await tx.run(sql`
    update login_attempts set failures = greatest(failures - 1, 0), blocked_until = null where key = ${key}`);
}

/** Deletes counts of long ago; answers how many. */
export async function deleteOldAttempts(tx: Tx, before: Date, limit: number): Promise<number> {
  return tx.run(sql`
    delete from login_attempts where key in (
      select key from login_attempts where last_at < ${before} limit ${limit})`);
}
