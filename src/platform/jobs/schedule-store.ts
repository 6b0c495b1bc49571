/** Rows of `schedules`. */
import type { Reader, Tx } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Schedule } from "./schedule.ts";

/** All of them, by name. */
export function listSchedules(reader: Reader): Promise<Schedule[]> {
  return reader.many(sql`
    select name, pattern, last_started_at, last_finished_at, last_outcome, last_error, next_run_at
      from schedules order by name`);
}

/** Makes the rows those of some jobs; what is known of their runs stays. */
export async function replaceSchedules(
  tx: Tx,
  schedules: readonly Pick<Schedule, "name" | "pattern" | "nextRunAt">[],
): Promise<void> {
  await tx.run(sql`delete from schedules where name <> all(${schedules.map(({ name }) => name)}::text[])`);
  await tx.run(sql`
    insert into schedules (name, pattern, next_run_at)
    select s.name, s.pattern, s."nextRunAt"
      from jsonb_to_recordset(${JSON.stringify(schedules)}::jsonb)
        as s(name text, pattern text, "nextRunAt" timestamptz)
     order by s.name
    on conflict (name) do update set pattern = excluded.pattern, next_run_at = excluded.next_run_at`);
}

/** Notes that a run began. */
export async function updateScheduleStarted(
  tx: Tx,
  { name, at, nextRunAt }: { readonly name: string; readonly at: Date; readonly nextRunAt: Date | null },
): Promise<void> {
  await tx.run(sql`
    update schedules set last_started_at = ${at}, next_run_at = ${nextRunAt} where name = ${name}`);
}

/** Notes how a run ended; no error is a success. */
export async function updateScheduleFinished(
  tx: Tx,
  { name, at, error }: { readonly name: string; readonly at: Date; readonly error: string | null },
): Promise<void> {
  await tx.run(sql`
    update schedules set last_finished_at = ${at}, last_error = ${error},
                         last_outcome = ${error === null ? "succeeded" : "failed"}
     where name = ${name}`);
}
