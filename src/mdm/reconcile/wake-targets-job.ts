/** Wakes the targets that a change concerns, each batch in a transaction of its own. */
import type { JobDefinition, JobRun } from "#platform/jobs/job.ts";
import {
  runWakeBatch,
  wakeBatchesMax,
  wakeJob,
  wakeTargetsName,
  type Wave,
} from "./desired-state-operations.ts";
import type { PlanDeps } from "./reconcile-operations.ts";
import type { TargetSelection } from "./target-plan-store.ts";

/** Makes the job. A stop or a long wave goes on from where it came to, with a job of its own. */
export function wakeTargetsJob(deps: PlanDeps): JobDefinition {
  return { name: wakeTargetsName, run: (payload, run) => runWave(deps, readWave(payload), run) };
}

async function runWave(deps: PlanDeps, first: Wave, { operate, signal }: JobRun): Promise<void> {
  let wave: Wave | null = first;
  for (let batch = 1; wave !== null; batch++) {
    const current: Wave = wave;
    wave = await operate(async (op) => {
      const next = await runWakeBatch(op, deps, current);
      if (next === null || (batch < wakeBatchesMax && !signal.aborted)) return next;
      op.enqueue(wakeJob(next));
      return null;
    });
  }
}

/** What this slice wrote as payload. */
function readWave(payload: Readonly<Record<string, unknown>>): Wave {
  const { selection, afterDeviceId, spreadSeconds } = payload;
  return {
    selection: selection as TargetSelection,
    afterDeviceId: typeof afterDeviceId === "number" ? afterDeviceId : 0,
    spreadSeconds: typeof spreadSeconds === "number" ? spreadSeconds : null,
  };
}
