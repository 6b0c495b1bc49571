/** Keeps what is known of scheduled jobs: the runner calls this around each of their runs. */
import { jobActor, operate, type OperationSource } from "../operation.ts";
import type { JobDefinition } from "./job.ts";
import { describeError, findNextRun } from "./schedule.ts";
import { replaceSchedules, updateScheduleFinished, updateScheduleStarted } from "./schedule-store.ts";

/** Writes down which jobs run by the clock, and when next; those that are no more go. */
export async function registerSchedules(
  source: OperationSource,
  definitions: readonly JobDefinition[],
): Promise<void> {
  await operate(source, jobActor("schedules"), (op) =>
    replaceSchedules(
      op.tx,
      definitions.flatMap(({ name, schedule }) =>
        schedule === undefined ? [] : [{ name, pattern: schedule, nextRunAt: findNextRun(schedule, op.at) }],
      ),
    ),
  );
}

/** Runs a job and writes down when it began and how it ended; what it throws is thrown on. */
export async function observeSchedule(
  source: OperationSource,
  { name, schedule }: JobDefinition,
  run: () => Promise<void>,
): Promise<void> {
  if (schedule === undefined) return run();
  const actor = jobActor(name);
  await operate(source, actor, ({ tx, at }) =>
    updateScheduleStarted(tx, { name, at, nextRunAt: findNextRun(schedule, at) }),
  );
  try {
    await run();
  } catch (error) {
    const text = describeError(error);
    await operate(source, actor, ({ tx, at }) => updateScheduleFinished(tx, { name, at, error: text }));
    throw error;
  }
  await operate(source, actor, ({ tx, at }) => updateScheduleFinished(tx, { name, at, error: null }));
}
