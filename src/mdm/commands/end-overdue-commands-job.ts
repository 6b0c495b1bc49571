/** Ends commands whose time is over, so that lists show it and queues stay short. */
import type { JobDefinition } from "#platform/jobs/job.ts";
import { endOverdue } from "./command-queue-operations.ts";

/** Rows moved in one transaction. */
const batchRowsMax = 1_000;

/** Runs every minute. Nothing depends on it: what expired is not handed out in the meantime. */
export const endOverdueCommandsJob: JobDefinition = {
  name: "end_overdue_commands",
  schedule: "* * * * *",
  run: async (_payload, { operate, signal }) => {
    let ended = batchRowsMax;
    while (ended === batchRowsMax && !signal.aborted)
      ended = await operate((op) => endOverdue(op, batchRowsMax));
  },
};
