/** Deletes challenges that ended a while ago. What they let issue stays, as the record of the CA. */
import { secondsAfter } from "#platform/clock.ts";
import type { JobDefinition } from "#platform/jobs/job.ts";
import { deleteExpiredScepChallenges } from "./scep-challenge-store.ts";

/** Kept this long after they ended, so that a late device is told apart from an unknown one. */
export const scepChallengeKeptSeconds = 7 * 86_400;
/** Rows deleted in one transaction. */
const batchRowsMax = 1_000;

/** Runs at night. Idempotent: it only deletes what is past its time. */
export const purgeScepChallengesJob: JobDefinition = {
  name: "purge_scep_challenges",
  schedule: "17 3 * * *",
  run: async (_payload, { operate, signal }) => {
    let deleted = batchRowsMax;
    while (deleted === batchRowsMax && !signal.aborted) {
      deleted = await operate((op) =>
        deleteExpiredScepChallenges(op.tx, secondsAfter(op.at, -scepChallengeKeptSeconds), batchRowsMax),
      );
    }
  },
};
