/** Holds the graph of artifacts free of cycles; called by whoever has just written what an artifact needs. */
import { OperationRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import { artifactCycle, findArtifactCycle } from "./artifact-cycle.ts";
import { listArtifactNeeds, lockArtifactNeeds } from "./artifact-cycle-store.ts";

/**
 * Refuses what was written in this transaction when an artifact now needs itself, through requirements and references of
 * declarations. The writer has called {@link lockArtifactGraph} before it locked anything else.
 *
 * @throws {OperationRefused} `artifact_cycle` on `field`, with the chain by name.
 */
export async function refuseCycle(
  op: Operation,
  { artifactId, field }: { readonly artifactId: string; readonly field: string },
): Promise<void> {
  const start = asUuid<"Artifact">(artifactId);
  const names = findArtifactCycle(start, await listArtifactNeeds(op.tx, start));
  if (names !== null) throw new OperationRefused(artifactCycle(field, names));
}

/**
 * Lets one writer of artifacts in at a time, until its operation ends: what is written is rare, and small. First of all
 * locks of an operation.
 */
export async function lockArtifactGraph(op: Operation): Promise<void> {
  await lockArtifactNeeds(op.tx);
}
