// What a target should have, what it lacks, and the one next step towards it: the decision of reconcile.
// Connect, the API of a device's artifacts and preview ask it; the shell reads the facts, and acts.
// Whatever the facts and the tree are, a plan is made; the same facts in another order make the same plan.
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import { findDeclarationsUnavailable } from "./delivery.ts";
import { digestWalk } from "./desired-digest.ts";
import { findReinstallTime } from "./judge-artifact.ts";
import { assembleManifest, findNextTokenTime, type Manifest, type ManifestContext } from "./manifest.ts";
import type { DeclarationsUnavailable } from "./reason.ts";
import type { TargetFacts } from "./target-facts.ts";
import type { Verdict } from "./verdict.ts";
import { groupRows, type JudgedTarget, judgeTarget, type TargetVerdicts } from "./judge-target.ts";
import { type Walk, walkTree } from "./walk-tree.ts";

/** The one command that goes out now. */
export type CommandStep = {
  readonly operation: "INSTALLATION" | "REMOVAL";
  readonly artifactId: ArtifactId;
  readonly name: string;
  readonly type: ArtifactType;
  readonly versionId: ArtifactVersionId;
  readonly version: number;
};

export type PlannedDeclarations =
  | { readonly unavailable: DeclarationsUnavailable; readonly manifest: null; readonly isSyncDue: false }
  /** `isSyncDue`: a DeclarativeManagement command is to be sent, before any artifact command. */
  | { readonly unavailable: null; readonly manifest: Manifest; readonly isSyncDue: boolean };

export type Plan = {
  /**
   * In the order of the tree's dependencies, what is first installed first; then leftovers by name. One for
   * each artifact of the tree on the target's channel, and for each artifact the target has that is not in
   * the tree.
   */
  readonly verdicts: readonly Verdict[];
  /** What the target should have. */
  readonly desiredVersionIds: ReadonlySet<ArtifactVersionId>;
  /** Null: no artifact command is to be sent. */
  readonly next: CommandStep | null;
  readonly declarations: PlannedDeclarations;
  /** The next moment at which time alone changes the outcome; null for never. */
  readonly dueAt: Date | null;
  /** As `desiredDigest` of desired-digest.ts makes it: 32 bytes. */
  readonly desiredDigest: Buffer;
};

export type PlanContext = ManifestContext;

/** Plans one target. Without a tree the target has no blueprint: what it was given is to be removed. */
export function plan(target: TargetFacts, tree: BlueprintTree | null, context: PlanContext): Plan {
  const walk: Walk = tree === null ? new Map() : walkTree(tree, target);
  const declarations = planDeclarations({ target, tree, walk }, context);
  const rows = groupRows(target.artifacts);
  const judged: JudgedTarget = { target, tree, walk, rows, declarations, at: context.at };
  const verdicts = judgeTarget(judged);
  return {
    verdicts: [...verdicts.ofTree, ...verdicts.leftovers],
    desiredVersionIds: new Set(
      [...walk.values()].flatMap((walked) => (walked.scope === "in" ? [walked.version.id] : [])),
    ),
    next: findNextStep(verdicts),
    declarations,
    dueAt: findDueTime(judged, verdicts),
    desiredDigest: digestWalk(target, tree, walk),
  };
}

/**
 * Whether a command that is under way is still what a plan wants. The plan counted its version as pending: nothing else is
 * sent for it meanwhile, whichever way the command goes.
 */
export function isStillWanted(
  { verdicts, desiredVersionIds }: Pick<Plan, "verdicts" | "desiredVersionIds">,
  { versionId, operation }: Pick<CommandStep, "operation"> & { readonly versionId: string | null },
): boolean {
  const pending = verdicts.find(
    (verdict) => verdict.versionId === versionId && verdict.reason.kind === "command_pending",
  );
  if (pending === undefined || pending.versionId === null) return false;
  return desiredVersionIds.has(pending.versionId) === (operation === "INSTALLATION");
}

function planDeclarations(
  { target, tree, walk }: Pick<JudgedTarget, "target" | "tree" | "walk">,
  context: PlanContext,
): PlannedDeclarations {
  const unavailable = findDeclarationsUnavailable(target, tree !== null);
  if (unavailable !== null) return { unavailable, manifest: null, isSyncDue: false };
  if (tree === null) return { unavailable: { kind: "no_blueprint" }, manifest: null, isSyncDue: false };
  const manifest = assembleManifest({ target, tree, walk }, context);
  const isSyncDue = !target.isDeclarative || target.declarationsToken !== manifest.token;
  return { unavailable: null, manifest, isSyncDue };
}

/** Installations first, what is required before what requires it; then removals, the other way round. */
function findNextStep({ ofTree, leftovers }: TargetVerdicts): CommandStep | null {
  const byCommand = (verdict: Verdict): boolean => verdict.delivery === "command";
  const install = ofTree.find((verdict) => byCommand(verdict) && isInstallation(verdict));
  if (install !== undefined) return makeStep("INSTALLATION", install);
  const removal = [...ofTree.toReversed(), ...leftovers].find(
    (verdict) => byCommand(verdict) && verdict.state === "to_remove",
  );
  return removal === undefined ? null : makeStep("REMOVAL", removal);
}

function isInstallation({ state }: Verdict): boolean {
  return state === "to_install" || state === "to_update" || state === "to_reinstall";
}

function makeStep(operation: CommandStep["operation"], verdict: Verdict): CommandStep | null {
  const { artifactId, name, type, versionId, version } = verdict;
  if (versionId === null || version === null) return null;
  return { operation, artifactId, name, type, versionId, version };
}

function findDueTime(judged: JudgedTarget, { ofTree, leftovers }: TargetVerdicts): Date | null {
  const { target, walk, rows, declarations, at } = judged;
  const versionIds = new Set([...ofTree, ...leftovers].map(({ versionId }) => versionId));
  const retries = target.artifacts.map((row) => (versionIds.has(row.versionId) ? row.retryAt : null));
  const reinstallations = ofTree.map((verdict) => {
    const walked = walk.get(verdict.artifactId);
    if (walked?.scope !== "in" || verdict.delivery !== "command") return null;
    const { artifact, version } = walked;
    return findReinstallTime({ artifact, version, rows: rows.get(artifact.id) ?? [] }, at);
  });
  const token =
    declarations.manifest === null ? null : findNextTokenTime(declarations.manifest, target, judged);
  const times = [...retries, ...reinstallations, token].flatMap((time) =>
    time !== null && time.getTime() > at.getTime() ? [time.getTime()] : [],
  );
  return times.length === 0 ? null : new Date(Math.min(...times));
}
