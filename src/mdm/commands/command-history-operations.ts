/** Makes and drops the months of the command history. */
import { isLockTimeout } from "#platform/db/database.ts";
import type { JobRun } from "#platform/jobs/job.ts";
import type { Logger } from "#platform/log.ts";
import type { Operation } from "#platform/operation.ts";
import { planDrops, planMonths } from "./command-history.ts";
import { createPartition, dropPartition, listPartitions, lockPartitions } from "./command-history-store.ts";

/** Makes the partitions that are missing of this month and the next ones. Any number of processes may do so at once. */
export async function ensureHistoryPartitions(op: Operation): Promise<void> {
  await lockPartitions(op.tx);
  const existing = await listPartitions(op.tx);
  for (const month of planMonths(op.at)) {
    if (!existing.includes(month.partition)) await createPartition(op.tx, month);
  }
}

/** Drops the oldest month that wholly ended before a time. @returns Whether there was one. */
export async function dropOldestMonth(op: Operation, keepSince: Date): Promise<boolean> {
  await lockPartitions(op.tx);
  const [oldest] = planDrops(await listPartitions(op.tx), keepSince);
  if (oldest === undefined) return false;
  await dropPartition(op.tx, oldest);
  return true;
}

/** {@link ensureHistoryPartitions} at a start, which does not fail when other processes are busy: the job tries again. */
export async function prepareHistory(operate: JobRun["operate"], log: Logger): Promise<void> {
  try {
    await operate(ensureHistoryPartitions);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    log.warn("The history is busy; its partitions are made by maintain_command_history");
  }
}
