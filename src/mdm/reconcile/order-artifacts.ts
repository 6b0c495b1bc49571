// The order in which artifacts can be installed: what others require or refer to comes before them.
// The walk asks for it. It depends on the tree alone.
// Where dependencies leave a choice: linked artifacts as they were linked, then the others by name, then id.
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import type { BlueprintTree, TreeArtifact } from "./blueprint-tree.ts";
import type { CycleReason } from "./reason.ts";

export type OrderedArtifacts = {
  readonly ordered: readonly TreeArtifact[];
  /** What is in a cycle, or requires what is: there is no order for it. */
  readonly inCycles: ReadonlyMap<TreeArtifact, CycleReason>;
};

type Graph = {
  readonly predecessors: ReadonlyMap<ArtifactId, ReadonlySet<ArtifactId>>;
  readonly successors: ReadonlyMap<ArtifactId, readonly TreeArtifact[]>;
};

/** Orders a tree in batches: all that is ready, then all that became ready by it. */
export function orderArtifacts(tree: BlueprintTree): OrderedArtifacts {
  const ranked = rankArtifacts(tree);
  const rank = new Map(ranked.map((artifact, index) => [artifact.id, index]));
  const graph = buildGraph(tree, ranked);
  const missing = new Map([...graph.predecessors].map(([id, { size }]) => [id, size]));
  const ordered: TreeArtifact[] = [];
  let batch = ranked.filter(({ id }) => missing.get(id) === 0);
  while (batch.length > 0) {
    ordered.push(...batch);
    batch = takeReady(batch, graph, missing);
    batch.sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0));
  }
  return { ordered, inCycles: explainCycles(ranked, { graph, done: new Set(ordered.map(({ id }) => id)) }) };
}

function rankArtifacts(tree: BlueprintTree): readonly TreeArtifact[] {
  const artifacts = [...tree.artifacts.values()];
  const others = artifacts.filter(({ link }) => link === null);
  others.sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id));
  return [...artifacts.filter(({ link }) => link !== null), ...others];
}

function buildGraph(tree: BlueprintTree, artifacts: readonly TreeArtifact[]): Graph {
  const predecessors = new Map<ArtifactId, ReadonlySet<ArtifactId>>();
  const successors = new Map<ArtifactId, TreeArtifact[]>(artifacts.map(({ id }) => [id, []]));
  for (const artifact of artifacts) {
    const ids = [...artifact.requires, ...artifact.references].filter((id) => tree.artifacts.has(id));
    predecessors.set(artifact.id, new Set(ids));
    for (const id of new Set(ids)) successors.get(id)?.push(artifact);
  }
  return { predecessors, successors };
}

function takeReady(
  batch: readonly TreeArtifact[],
  { successors }: Graph,
  missing: Map<ArtifactId, number>,
): TreeArtifact[] {
  const ready: TreeArtifact[] = [];
  for (const successor of batch.flatMap(({ id }) => successors.get(id) ?? [])) {
    const left = (missing.get(successor.id) ?? 0) - 1;
    missing.set(successor.id, left);
    if (left === 0) ready.push(successor);
  }
  return ready;
}

function explainCycles(
  ranked: readonly TreeArtifact[],
  { graph, done }: { readonly graph: Graph; readonly done: ReadonlySet<ArtifactId> },
): ReadonlyMap<TreeArtifact, CycleReason> {
  const reasons = new Map<TreeArtifact, CycleReason>();
  for (const artifact of ranked.filter(({ id }) => !done.has(id))) {
    const artifactId = [...(graph.predecessors.get(artifact.id) ?? [])].find((id) => !done.has(id));
    const isWithin = artifactId === undefined || reachesItself(graph, artifact.id);
    reasons.set(artifact, isWithin ? { kind: "in_a_cycle" } : { kind: "requires_a_cycle", artifactId });
  }
  return reasons;
}

function reachesItself({ predecessors }: Graph, start: ArtifactId): boolean {
  const seen = new Set(predecessors.get(start));
  // A set is walked in the order of insertion, and what is added meanwhile is walked too.
  for (const id of seen) for (const next of predecessors.get(id) ?? []) seen.add(next);
  return seen.has(start);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
