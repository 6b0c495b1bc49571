/** Keeps the months of the command history: some ahead, and none past its time. */
import { secondsAfter } from "#platform/clock.ts";
import type { JobDefinition } from "#platform/jobs/job.ts";
import { dropOldestMonth, ensureHistoryPartitions } from "./command-history-operations.ts";
import { deleteStrayHistory } from "./command-history-store.ts";

/** Rows without a month deleted in one transaction. */
const batchRowsMax = 1_000;

/** Makes the job; it runs at night. Idempotent, and safe beside another process. */
export function maintainCommandHistoryJob(retentionDays: number): JobDefinition {
  const keepSince = (at: Date): Date => secondsAfter(at, -retentionDays * 86_400);
  return {
    name: "maintain_command_history",
    schedule: "27 3 * * *",
    run: async (_payload, { operate, signal }) => {
      await operate(ensureHistoryPartitions);
      let hasMore = true;
      while (hasMore && !signal.aborted)
        hasMore = await operate((op) => dropOldestMonth(op, keepSince(op.at)));
      let deleted = batchRowsMax;
      while (deleted === batchRowsMax && !signal.aborted)
        deleted = await operate((op) => deleteStrayHistory(op.tx, keepSince(op.at), batchRowsMax));
    },
  };
}
