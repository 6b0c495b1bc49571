/** Artifacts need others: by requirement, and by what their declarations refer to. No chain may come back to its start. */
import type { Refusal } from "#platform/errors.ts";
import type { ArtifactId } from "./artifact.ts";

/** One artifact that needs another. */
export type ArtifactNeed = {
  readonly from: ArtifactId;
  readonly to: ArtifactId;
  /** The name of `from`. */
  readonly fromName: string;
};

/** The names of the shortest chain that leads from an artifact back to it; null when none does. */
export function findArtifactCycle(start: ArtifactId, needs: readonly ArtifactNeed[]): string[] | null {
  const needsOf = Map.groupBy(needs, ({ from }) => from);
  const names = new Map(needs.map(({ from, fromName }) => [from, fromName]));
  const cameFrom = new Map<ArtifactId, ArtifactId>();
  const queue: ArtifactId[] = [start];
  for (const current of queue) {
    for (const { to } of needsOf.get(current) ?? []) {
      if (to === start) return chainTo(start, current, cameFrom).map((id) => names.get(id) ?? id);
      if (!cameFrom.has(to)) {
        cameFrom.set(to, current);
        queue.push(to);
      }
    }
  }
  return null;
}

/** From the start to the last one, and the start once more. */
function chainTo(
  start: ArtifactId,
  last: ArtifactId,
  cameFrom: ReadonlyMap<ArtifactId, ArtifactId>,
): ArtifactId[] {
  const chain = [start];
  for (let id = last; id !== start; id = cameFrom.get(id) ?? start) chain.unshift(id);
  return [start, ...chain];
}

/** The refusal of what closes a chain; beyond the reference, where nothing of it would ever be installed. */
export function artifactCycle(field: string, names: readonly string[]): Refusal {
  const detail = `No artifact can need itself: ${names.join(" → ")}`;
  return { kind: "invalid", code: "artifact_cycle", field, detail };
}
