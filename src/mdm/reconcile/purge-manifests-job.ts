/** Forgets manifests that no device asks for any more. */
import { secondsAfter } from "#platform/clock.ts";
import type { JobDefinition } from "#platform/jobs/job.ts";
import { deleteForgottenManifests } from "./target-plan-store.ts";

/** A device that was shown a manifest fetches from it within minutes; one that is away longer synchronises anew. */
export const manifestKeptSeconds = 7 * 86_400;
/** Manifests of one transaction. */
const batchMax = 500;

export const purgeManifestsJob: JobDefinition = {
  name: "purge_declaration_manifests",
  schedule: "40 3 * * *",
  run: async (_payload, { operate, signal }) => {
    let count = batchMax;
    while (count === batchMax && !signal.aborted) {
      count = await operate((op) => {
        const advertisedBefore = secondsAfter(op.at, -manifestKeptSeconds);
        return deleteForgottenManifests(op.tx, { advertisedBefore, limit: batchMax });
      });
    }
  },
};
