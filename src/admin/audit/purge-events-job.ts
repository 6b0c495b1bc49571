/** Deletes events past their retention, in small transactions, so that nothing waits for it. */
import { secondsAfter } from "#platform/clock.ts";
import type { JobDefinition } from "#platform/jobs/job.ts";
import { deleteEventsBefore } from "./event-record-store.ts";

/** Events deleted in one transaction. */
export const purgeRowsMax = 2_000;

/**
 * Makes the job; it runs every hour, so that each run finds little. Idempotent.
 *
 * Rows are deleted rather than partitions dropped: events come with the clock of whoever records them, and a row must
 * never be refused because a partition is missing. The index of time finds the oldest without a scan.
 */
export function purgeEventsJob(retentionDays: number): JobDefinition {
  return {
    name: "purge_events",
    schedule: "41 * * * *",
    run: async (_payload, { operate, signal }) => {
      let deleted = purgeRowsMax;
      while (deleted === purgeRowsMax && !signal.aborted) {
        deleted = await operate((op) =>
          deleteEventsBefore(op.tx, secondsAfter(op.at, -retentionDays * 86_400), purgeRowsMax),
        );
      }
    },
  };
}
