/** Runs jobs with graphile-worker; the queue itself is in the database (stack: "Jobs"). */
import { type Runner, Logger as WorkerLogger, parseCronItems, run, runMigrations } from "graphile-worker";
import type { Logger } from "../log.ts";
import { type OperationSource, jobActor, operate } from "../operation.ts";
import type { JobDefinition } from "./job.ts";
import { observeSchedule, registerSchedules } from "./schedule-operations.ts";

/** Jobs of one process at a time: background work must leave connections for the devices. */
const jobsConcurrentMax = 4;

export type JobRunner = { readonly close: () => Promise<void> };

/** Brings graphile-worker's own tables up to date; runs with our migrations, before anything enqueues. */
export async function migrateJobs(source: OperationSource): Promise<void> {
  await runMigrations({ pgPool: source.database.pool, logger: workerLogger(source.log) });
}

/** Starts running jobs; the runner must be closed before the database. */
export async function startJobRunner(
  source: OperationSource,
  definitions: readonly JobDefinition[],
): Promise<JobRunner> {
  await registerSchedules(source, definitions);
  const stop = new AbortController();
  const runner: Runner = await run({
    pgPool: source.database.pool,
    concurrency: jobsConcurrentMax,
    noHandleSignals: true,
    logger: workerLogger(source.log),
    taskList: Object.fromEntries(
      definitions.map((definition) => [
        definition.name,
        async (payload: unknown) =>
          observeSchedule(source, definition, () =>
            definition.run((payload ?? {}) as Readonly<Record<string, unknown>>, {
              operate: (work) => operate(source, jobActor(definition.name), work),
              signal: stop.signal,
            }),
          ),
      ]),
    ),
    parsedCronItems: parseCronItems(
      definitions.flatMap((definition) =>
        definition.schedule === undefined ? [] : [{ task: definition.name, match: definition.schedule }],
      ),
    ),
  });
  return {
    close: async () => {
      stop.abort();
      await runner.stop();
    },
  };
}

function workerLogger(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message, meta) => {
    const method = level === "error" ? "error" : level === "warning" ? "warn" : "debug";
    const { error } = meta ?? {};
    // What else the library tells is the job as it is stored, and its errors quote rows: the log knows better.
    log[method](error === undefined ? {} : { err: error }, message);
  });
}
