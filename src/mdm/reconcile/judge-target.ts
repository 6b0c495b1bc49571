// The verdicts of a target: what each artifact's own state asks for, held back by what it requires (2.3, 2.5).
// Plan asks for them. A command waits until all that its artifact requires is on the target; declarations wait
// only for what is not declared itself, because the device puts declarations in order.
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import { artifactTypeFacts, type ArtifactType } from "#mdm/artifacts/artifact.ts";
import type { BlueprintTree, TreeArtifact } from "./blueprint-tree.ts";
import { isDdmManaged } from "./delivery.ts";
import {
  failureReason,
  findLeftover,
  judgeAbsent,
  judgeByCommand,
  judgeByDeclaration,
  type Judgement,
  judgeRemoval,
  type ScopedArtifact,
} from "./judge-artifact.ts";
import { findDoneForDeclarations, hasLicence, type ManifestEntry } from "./manifest.ts";
import type { PlannedDeclarations } from "./plan.ts";
import type { OutOfScope, RequirementState } from "./reason.ts";
import { isPresent, isRetryDue, isUnmade, type TargetArtifact } from "./target-artifact.ts";
import type { TargetFacts } from "./target-facts.ts";
import type { Verdict } from "./verdict.ts";
import { listPredecessors, type Walk, type WalkedArtifact } from "./walk-tree.ts";

export type JudgedTarget = {
  readonly target: TargetFacts;
  readonly tree: BlueprintTree | null;
  readonly walk: Walk;
  readonly rows: ReadonlyMap<ArtifactId, readonly TargetArtifact[]>;
  readonly declarations: PlannedDeclarations;
  readonly at: Date;
};

export type TargetVerdicts = { readonly ofTree: readonly Verdict[]; readonly leftovers: readonly Verdict[] };

/** The rows of a target by artifact, the highest version first. */
export function groupRows(
  rows: readonly TargetArtifact[],
): ReadonlyMap<ArtifactId, readonly TargetArtifact[]> {
  const groups = new Map<ArtifactId, TargetArtifact[]>();
  for (const row of rows.toSorted((a, b) => b.version - a.version)) {
    const group = groups.get(row.artifactId);
    if (group === undefined) groups.set(row.artifactId, [row]);
    else group.push(row);
  }
  return groups;
}

/** Judges everything a target should have, and everything it has. */
export function judgeTarget(judged: JudgedTarget): TargetVerdicts {
  const context = startJudging(judged);
  for (const walked of judged.walk.values()) judgeWalked(walked, context);
  const leftovers = [...judged.rows.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined || judged.walk.has(first.artifactId)) return [];
    const { artifactId, artifactName: name, artifactType: type } = first;
    const because: OutOfScope = { kind: judged.tree === null ? "no_blueprint" : "not_in_blueprint" };
    return [judgeOutOfScope({ artifactId, name, type }, { rows, because, context })];
  });
  return { ofTree: [...context.verdicts.values()], leftovers: leftovers.sort(byName) };
}

type Subject = Pick<Verdict, "artifactId" | "name" | "type">;

type JudgeContext = JudgedTarget & {
  /** Filled as the walk goes. */
  readonly verdicts: Map<ArtifactId, Verdict>;
  /** What commands need not wait for; filled as the walk goes. */
  readonly doneForCommands: Set<ArtifactId>;
  readonly doneForDeclarations: ReadonlySet<ArtifactId>;
  readonly entries: ReadonlyMap<ArtifactId, ManifestEntry>;
};

function startJudging(judged: JudgedTarget): JudgeContext {
  const { target, tree, walk, declarations } = judged;
  const entries = (declarations.manifest?.entries ?? []).flatMap((entry): [ArtifactId, ManifestEntry][] =>
    entry.artifact === null ? [] : [[entry.artifact.id, entry]],
  );
  const doneForDeclarations =
    tree === null ? new Set<ArtifactId>() : findDoneForDeclarations({ target, tree, walk }, judged.at);
  return {
    ...judged,
    verdicts: new Map(),
    doneForCommands: new Set(),
    doneForDeclarations,
    entries: new Map(entries),
  };
}

function judgeWalked(walked: WalkedArtifact, context: JudgeContext): void {
  const { artifact } = walked;
  const rows = context.rows.get(artifact.id) ?? [];
  const subject = { artifactId: artifact.id, name: artifact.name, type: artifact.type };
  // Artifacts of the other channel are somebody else's, unless the target was given them all the same.
  if (artifact.channel !== context.target.channel && rows.length === 0) return;
  if (walked.scope === "out") {
    const verdict = judgeOutOfScope(subject, { rows, because: walked.reason, context });
    context.verdicts.set(artifact.id, verdict);
    return;
  }
  if (walked.scope === "undecided") {
    context.verdicts.set(artifact.id, { ...subject, ...nothingDone(rows), reason: walked.reason });
    return;
  }
  const { id: versionId, version } = walked.version;
  const scoped = { artifact, version: walked.version, rows };
  const delivery = deliveryOf(artifact.type, context);
  const judgement = delivery === "ddm" ? judgeDeclared(scoped, context) : judgeCommanded(scoped, context);
  context.verdicts.set(artifact.id, { ...subject, versionId, version, delivery, ...judgement });
}

function nothingDone(
  rows: readonly TargetArtifact[],
): Pick<Verdict, "versionId" | "version" | "delivery" | "state"> {
  const row = findLeftover(rows);
  return {
    versionId: row?.versionId ?? null,
    version: row?.version ?? null,
    delivery: "none",
    state: "blocked",
  };
}

/** Profiles go by command until declarative management is active on the target (2.5). */
function deliveryOf(type: ArtifactType, { target, tree }: JudgeContext): "command" | "ddm" {
  if (artifactTypeFacts[type].isDdmOnly) return "ddm";
  return target.isDeclarative && isDdmManaged(type, tree) ? "ddm" : "command";
}

function judgeCommanded(scoped: ScopedArtifact, context: JudgeContext): Judgement {
  const { artifact, version, rows } = scoped;
  const { target, at, doneForCommands } = context;
  const judgement = judgeByCommand(scoped, target, at);
  const culprit = findCulprit(artifact, { ...context, done: doneForCommands });
  const asksForCommand = isInstallation(judgement);
  const isLicensed = hasLicence(version, target);
  const isComing = judgement.reason.kind === "command_pending" || (asksForCommand && isLicensed);
  // What is about to be replaced is not there for those who require it.
  if (culprit === null && !isComing && rows.some(isPresent)) doneForCommands.add(artifact.id);
  if (!asksForCommand) return judgement;
  if (!isLicensed) return missingLicence(version.adamId);
  return culprit === null ? judgement : waitFor(culprit, context);
}

function judgeDeclared(scoped: ScopedArtifact, context: JudgeContext): Judgement {
  const { artifact, version, rows } = scoped;
  const { target, at, declarations, entries, doneForCommands, doneForDeclarations } = context;
  const forCommands = findCulprit(artifact, { ...context, done: doneForCommands });
  if (forCommands === null && rows.some(isPresent)) doneForCommands.add(artifact.id);
  if (declarations.unavailable !== null) {
    const state = declarations.unavailable.kind === "awaiting_configuration" ? "waiting" : "blocked";
    return { state, reason: { kind: "declarations_unavailable", because: declarations.unavailable } };
  }
  if (!hasLicence(version, target)) return missingLicence(version.adamId);
  const unmade = rows.find((row) => row.versionId === version.id && isUnmade(row) && !isRetryDue(row, at));
  // It is not declared until its next try, or an earlier version is.
  if (unmade !== undefined) return { state: "failed", reason: failureReason(unmade) };
  const entry = entries.get(artifact.id);
  if (entry !== undefined) return judgeByDeclaration(scoped, entry, at);
  const culprit = findCulprit(artifact, { ...context, done: doneForDeclarations });
  return waitFor(culprit ?? artifact, context);
}

function missingLicence(adamId: string | null): Judgement {
  return { state: "blocked", reason: { kind: "missing_licence", adamId: adamId ?? "" } };
}

type CulpritContext = Pick<JudgeContext, "tree" | "rows"> & { readonly done: ReadonlySet<ArtifactId> };

/**
 * What keeps an artifact waiting: the first requirement that is not done; of one that is on the target, but
 * waits itself, what that waits for. Null when all is done.
 */
function findCulprit(artifact: TreeArtifact, { tree, rows, done }: CulpritContext): TreeArtifact | null {
  if (tree === null) return null;
  let culprit: TreeArtifact | null = null;
  let next: TreeArtifact | undefined = artifact;
  do {
    next = listPredecessors(tree, next).find(({ id }) => !done.has(id));
    culprit = next ?? culprit;
  } while (next !== undefined && rows.get(next.id)?.some(isPresent) === true);
  return culprit;
}

function waitFor({ id }: TreeArtifact, { verdicts, rows }: JudgeContext): Judgement {
  const isThere = rows.get(id)?.some(isPresent) === true;
  const state = requirementState(verdicts.get(id), isThere);
  return { state: "waiting", reason: { kind: "requires", artifactId: id, state } };
}

function requirementState(verdict: Verdict | undefined, isThere: boolean): RequirementState {
  if (verdict?.state === "failed" || verdict?.state === "blocked") return verdict.state;
  return isThere ? "updating" : "not_installed";
}

function isInstallation({ state }: Judgement): boolean {
  return state === "to_install" || state === "to_update" || state === "to_reinstall";
}

type OutOfScopeFacts = {
  readonly rows: readonly TargetArtifact[];
  readonly because: OutOfScope;
  readonly context: JudgeContext;
};

function judgeOutOfScope(subject: Subject, { rows, because, context }: OutOfScopeFacts): Verdict {
  const row = findLeftover(rows);
  if (row === undefined) {
    const nothing = { versionId: null, version: null, delivery: "none" } as const;
    return { ...subject, ...nothing, state: "excluded", reason: because };
  }
  const { versionId, version } = row;
  const delivery = deliveryOf(subject.type, context);
  const judgement =
    delivery === "ddm"
      ? judgeWithdrawal(row, because, context.declarations)
      : judgeRemoval(row, { because, target: context.target, at: context.at });
  return { ...subject, versionId, version, delivery, ...judgement };
}

/** A declaration is withdrawn by a manifest that does not have it. */
function judgeWithdrawal(
  row: TargetArtifact,
  because: OutOfScope,
  { unavailable }: PlannedDeclarations,
): Judgement {
  if (!isPresent(row)) return judgeAbsent(row, because);
  if (unavailable === null) return { state: "to_remove", reason: { kind: "out_of_scope", because } };
  return { state: "blocked", reason: { kind: "declarations_unavailable", because: unavailable } };
}

function byName(a: Verdict, b: Verdict): number {
  const [one, other] = a.name === b.name ? [a.artifactId, b.artifactId] : [a.name, b.name];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
