// What of a blueprint's tree is in the scope of a target, in the order it can be installed (desired-state.md 2.3).
// Plan, manifest and digests are made from a walk. It knows nothing of what the target already has.
// A cycle cannot be saved; should there be one all the same, what is in it stays as it is, and nothing else does.
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import type { BlueprintTree, TreeArtifact, TreeVersion } from "./blueprint-tree.ts";
import { judgeScope } from "./judge-scope.ts";
import { orderArtifacts } from "./order-artifacts.ts";
import type { CycleReason, OutOfScope, ScopeFailure } from "./reason.ts";
import type { ScopeFacts } from "./target-facts.ts";

export type WalkedArtifact =
  | { readonly artifact: TreeArtifact; readonly scope: "in"; readonly version: TreeVersion }
  | { readonly artifact: TreeArtifact; readonly scope: "out"; readonly reason: OutOfScope }
  | { readonly artifact: TreeArtifact; readonly scope: "undecided"; readonly reason: CycleReason };

/** By artifact, predecessors first. */
export type Walk = ReadonlyMap<ArtifactId, WalkedArtifact>;

/** Walks a tree for a target: every artifact of the tree, also those of the other channel. */
export function walkTree(tree: BlueprintTree, facts: ScopeFacts): Walk {
  const { ordered, inCycles } = orderArtifacts(tree);
  const walk = new Map<ArtifactId, WalkedArtifact>();
  const context = { tree, facts, walk, reached: reachFromRoots(tree, facts) };
  for (const artifact of ordered) walk.set(artifact.id, judgeArtifact(artifact, context));
  for (const [artifact, reason] of inCycles) {
    const reasonOut = judgeReach(artifact, context);
    walk.set(
      artifact.id,
      reasonOut === null
        ? { artifact, scope: "undecided", reason }
        : { artifact, scope: "out", reason: reasonOut },
    );
  }
  return walk;
}

/**
 * What must be there before an artifact: what it requires, then what it refers to, those that the tree has,
 * each once.
 */
export function listPredecessors(tree: BlueprintTree, artifact: TreeArtifact): readonly TreeArtifact[] {
  const ids = new Set([...artifact.requires, ...artifact.references]);
  return [...ids].flatMap((id) => tree.artifacts.get(id) ?? []);
}

/** Why the link of an artifact does not make it a root; null when it does. */
function judgeRoot(artifact: TreeArtifact, facts: ScopeFacts): OutOfScope | null {
  if (artifact.channel !== facts.channel) return { kind: "channel" };
  if (artifact.link === null) return { kind: "not_required" };
  const failure = judgeScope({ key: artifact.id, scope: artifact.link }, facts);
  if (failure !== null) return failure;
  const isTooEarly = facts.isAwaitingConfiguration && !artifact.installDuringSetupAssistant;
  return isTooEarly ? { kind: "setup_assistant" } : null;
}

/** The closure over requirements and references: these are not asked for links of their own. */
function reachFromRoots(tree: BlueprintTree, facts: ScopeFacts): ReadonlySet<ArtifactId> {
  const pending = [...tree.artifacts.values()].filter((artifact) => judgeRoot(artifact, facts) === null);
  const reached = new Set(pending.map(({ id }) => id));
  for (let artifact = pending.pop(); artifact !== undefined; artifact = pending.pop()) {
    for (const next of listPredecessors(tree, artifact)) {
      if (reached.has(next.id)) continue;
      reached.add(next.id);
      pending.push(next);
    }
  }
  return reached;
}

type WalkContext = {
  readonly tree: BlueprintTree;
  readonly facts: ScopeFacts;
  readonly reached: ReadonlySet<ArtifactId>;
  readonly walk: Walk;
};

function judgeReach(artifact: TreeArtifact, { facts, reached }: WalkContext): OutOfScope | null {
  if (artifact.channel !== facts.channel) return { kind: "channel" };
  return reached.has(artifact.id) ? null : (judgeRoot(artifact, facts) ?? { kind: "not_required" });
}

function judgeArtifact(artifact: TreeArtifact, context: WalkContext): WalkedArtifact {
  const reason = judgeReach(artifact, context) ?? findMissingRequirement(artifact, context);
  if (reason !== null) return { artifact, scope: "out", reason };
  const version = artifact.versions.find((each) => judgeVersion(each, context.facts) === null);
  if (version !== undefined) return { artifact, scope: "in", version };
  return { artifact, scope: "out", reason: describeNoVersion(artifact, context.facts) };
}

/** An artifact whose requirement cannot be on the target cannot be either. */
function findMissingRequirement(artifact: TreeArtifact, { tree, walk }: WalkContext): OutOfScope | null {
  const missing = listPredecessors(tree, artifact).find(({ id }) => walk.get(id)?.scope !== "in");
  return missing === undefined ? null : { kind: "requires_out_of_scope", artifactId: missing.id };
}

function judgeVersion(version: TreeVersion, facts: ScopeFacts): ScopeFailure | null {
  return judgeScope({ key: version.id, scope: version.scope }, facts);
}

function describeNoVersion({ versions }: TreeArtifact, facts: ScopeFacts): OutOfScope {
  const [highest] = versions;
  if (highest === undefined) return { kind: "no_version", version: null, because: null };
  return { kind: "no_version", version: highest.version, because: judgeVersion(highest, facts) };
}
