/** Deletes task results that nobody will ask for any more. */
import { secondsAfter } from "../clock.ts";
import type { JobDefinition } from "./job.ts";
import { taskResultKeptSeconds } from "./task-result.ts";
import { deleteTaskResults } from "./task-result-store.ts";

/** Rows deleted in one transaction. */
const batchRowsMax = 1_000;

/** Runs at night. Idempotent: it only deletes what is past its time. */
export const purgeTaskResultsJob: JobDefinition = {
  name: "purge_task_results",
  schedule: "31 3 * * *",
  run: async (_payload, { operate, signal }) => {
    let deleted = batchRowsMax;
    while (deleted === batchRowsMax && !signal.aborted) {
      deleted = await operate((op) =>
        deleteTaskResults(op.tx, secondsAfter(op.at, -taskResultKeptSeconds), batchRowsMax),
      );
    }
  },
};
