/** Deletes sessions that ended, devices nobody confirmed, and counts of attempts long ago. */
import { secondsAfter } from "#platform/clock.ts";
import type { JobDefinition } from "#platform/jobs/job.ts";
import { attemptKeptSeconds } from "./login-attempt.ts";
import { deleteOldAttempts } from "./login-attempt-store.ts";
import { idleBorder } from "./session-operations.ts";
import { deleteEndedSessions } from "./session-store.ts";
import { unconfirmedSeconds } from "./verification-device.ts";
import { deleteUnconfirmedDevices } from "./verification-device-store.ts";

/** Rows of each kind deleted in one transaction. */
export const purgedRowsMax = 1_000;

/** Runs each hour. Idempotent: it only deletes what is past its time. */
export const purgeSessionsJob: JobDefinition = {
  name: "purge_sessions",
  schedule: "41 * * * *",
  run: async (_payload, { operate, signal }) => {
    let deleted = purgedRowsMax;
    while (deleted === purgedRowsMax && !signal.aborted) {
      deleted = await operate(async (op) => {
        const limit = purgedRowsMax;
        const counts = [
          await deleteEndedSessions(op.tx, { at: op.at, seenAfter: idleBorder(op.at), limit }),
          await deleteUnconfirmedDevices(op.tx, secondsAfter(op.at, -unconfirmedSeconds), limit),
          await deleteOldAttempts(op.tx, secondsAfter(op.at, -attemptKeptSeconds), limit),
        ];
        return Math.max(...counts);
      });
    }
  },
};
