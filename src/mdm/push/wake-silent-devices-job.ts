/** The heartbeat: wakes devices that were silent too long, so that what is planned at a connect happens (6.3). */
import type { JobDefinition } from "#platform/jobs/job.ts";
import { requestHeartbeats } from "./push-operations.ts";
import type { WakePacing } from "./push-request.ts";

/**
 * Runs every minute, one bounded batch each; the longest silent first. It is also what brings a device whose inventory is
 * old or whose certificate nears its end: both are planned when it connects.
 */
export const wakeSilentDevicesJob = (pacing: WakePacing): JobDefinition => ({
  name: "wake_silent_devices",
  schedule: "* * * * *",
  run: async (_payload, { operate }) => {
    await operate((op) => requestHeartbeats(op, pacing));
  },
});
