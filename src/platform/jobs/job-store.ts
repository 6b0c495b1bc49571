/** Jobs are rows of graphile-worker's schema: enqueueing joins the caller's transaction. */
import type { Reader, Tx } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { JobRequest } from "./job.ts";

/** Most tries of a job, with exponential back-off some hours in all; then it stays visible as failed. */
export const jobAttemptsMax = 12;

/** Writes the jobs of one operation. */
export async function insertJobs(tx: Tx, jobs: readonly JobRequest[]): Promise<void> {
  const specifications = jobs.map((job) => ({
    identifier: job.name,
    payload: job.payload,
    job_key: job.key ?? null,
    run_at: job.runAt?.toISOString() ?? null,
    max_attempts: jobAttemptsMax,
  }));
  await tx.run(sql`
    select graphile_worker.add_jobs(array(
      select json_populate_record(null::graphile_worker.job_spec, spec)
        from json_array_elements(${JSON.stringify(specifications)}::json) spec), job_key_preserve_run_at => true)`);
}

/** How many jobs are due, wait for their time, run, or were given up. */
export type JobCounts = {
  readonly due: number;
  readonly waiting: number;
  readonly running: number;
  readonly failed: number;
};

/** Counts the jobs of the queue. */
export function countJobs(reader: Reader, at: Date): Promise<JobCounts> {
  return reader.one(sql`
    select count(*) filter (where locked_at is not null)::integer as running,
           count(*) filter (where locked_at is null and attempts >= max_attempts)::integer as failed,
           count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= ${at})::integer as due,
           count(*) filter (where locked_at is null and attempts < max_attempts and run_at > ${at})::integer as waiting
      from graphile_worker.jobs`);
}
