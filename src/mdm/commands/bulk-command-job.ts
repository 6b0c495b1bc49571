/** Carries out bulk commands, each batch in a transaction of its own. */
import type { JobDefinition, JobRun } from "#platform/jobs/job.ts";
import { type BulkDeps, runBulkBatch, runBulkCommandName } from "./bulk-command-operations.ts";
import { listUnfinishedIds } from "./bulk-command-store.ts";

/**
 * Makes the jobs: one that each request asks for, and one that takes up every minute what a stop or a crash left
 * unfinished. Both may run at once; a request is in the hands of one.
 */
export function bulkCommandJobs(deps: BulkDeps): readonly JobDefinition[] {
  return [
    { name: runBulkCommandName, run: ({ id }, run) => runToEnd(deps, String(id), run) },
    {
      name: "resume_bulk_commands",
      schedule: "* * * * *",
      run: async (_payload, run) => {
        for (const id of await run.operate((op) => listUnfinishedIds(op.tx))) await runToEnd(deps, id, run);
      },
    },
  ];
}

async function runToEnd(deps: BulkDeps, id: string, { operate, signal }: JobRun): Promise<void> {
  let isUnfinished = true;
  while (isUnfinished && !signal.aborted) isUnfinished = await operate((op) => runBulkBatch(op, deps, id));
}
