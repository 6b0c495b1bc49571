/** Plans a target from what is stored of it, and takes the next step towards what it should have (protocol 5.1). */
import type { Reader } from "#platform/db/database.ts";
import { secondsAfter } from "#platform/clock.ts";
import { invariant } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { encodeSyncTokens } from "#protocol/ddm/declaration-json.ts";
import type { ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { CommandDeps, HandedOut } from "#mdm/commands/command-delivery-operations.ts";
import type { CommandName } from "#mdm/commands/command.ts";
import { isInScope } from "#mdm/commands/command-scope.ts";
import { renderedNames } from "#mdm/commands/artifact-command.ts";
import {
  listPlannedCommandsOf,
  type PlannedCommand,
  startPlannedCommand,
  withdrawPlannedCommands,
} from "#mdm/commands/planned-command-operations.ts";
import { channelOf, type Target } from "#mdm/devices/device.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import type { BlueprintTrees } from "./blueprint-tree-operations.ts";
import type { EligibilityFacts } from "./delivery.ts";
import type { Manifest } from "./manifest.ts";
import { isPlanDue, planKey } from "./plan-key.ts";
import { type CommandStep, isStillWanted, type Plan, plan } from "./plan.ts";
import type { ManifestKeeper } from "./manifest-keeper-operations.ts";
import type { MeterDeps } from "./reconcile-meter.ts";
import { findEnforcementTie } from "./enforcement.ts";
import { keyOf, type TargetKey } from "./target.ts";
import type { TargetArtifact } from "./target-artifact.ts";
import { listTargetArtifacts } from "./target-artifact-store.ts";
import type { ManifestFacts, ManifestRow, TargetFacts } from "./target-facts.ts";
import {
  findTarget,
  patchTargetDeclarations,
  type TargetRow,
  upsertTargetPlan,
} from "./target-plan-store.ts";

export type PlanDeps = MeterDeps & {
  readonly trees: BlueprintTrees;
  /** As `identifierPrefix` of protocol/mdm makes it from the API host name. */
  readonly identifierPrefix: string;
};

/** What it takes to promise declarations to a target. */
export type SyncDeps = PlanDeps & { readonly manifests: ManifestKeeper };

export type ReconcileDeps = SyncDeps & CommandDeps;

/** Most artifacts of one target that cannot be made and are passed over in one connect; the next one goes on. */
const stepsMax = 10;
/** A target that could not be given what is next, for a reason outside of its plan, is planned again after this long. */
const obstructedSeconds = 4 * 3600;

/** A target with all that its plan was made from. */
export type PlannedTarget = {
  readonly row: TargetRow;
  readonly tree: BlueprintTree | null;
  readonly artifacts: readonly TargetArtifact[];
  readonly plan: Plan;
};

/** The target's tree: that of its blueprint, or none. */
export async function findTree(
  reader: Reader,
  { trees }: Pick<PlanDeps, "trees">,
  { blueprintId, blueprintRevision }: Pick<TargetRow, "blueprintId" | "blueprintRevision">,
): Promise<BlueprintTree | null> {
  if (blueprintId === null || blueprintRevision === null) return null;
  return trees.find(reader, blueprintId, blueprintRevision);
}

/** What a manifest is made from, and whether there can be one. */
export function manifestFactsOf(
  row: TargetRow,
  artifacts: readonly ManifestRow[],
): ManifestFacts & EligibilityFacts {
  return {
    channel: row.deviceUserId === null ? "Device" : "User",
    platform: row.platform,
    osVersion: row.osVersion,
    serialNumber: row.serialNumber,
    tagIds: new Set(row.tagIds),
    isAwaitingConfiguration: row.awaitingConfiguration === true,
    isUserEnrollment: row.userEnrollment === true,
    createdAt: row.createdAt,
    // Licences come with Apps and Books; until then nobody has one.
    licences: new Set(),
    clientCapabilities: row.stored?.clientCapabilities ?? null,
    artifacts,
  };
}

/** What a plan is made from. */
export function factsOf(
  row: TargetRow,
  state: Pick<TargetFacts, "artifacts" | "pendingVersionIds">,
): TargetFacts {
  return {
    ...manifestFactsOf(row, state.artifacts),
    ...state,
    isDeclarative: row.isDeclarative,
    declarationsToken: row.stored?.declarationsToken ?? "",
  };
}

/** Plans a target that was loaded. The tree is read once a revision; beside it this is one statement. */
export async function planTarget(
  reader: Reader,
  deps: PlanDeps,
  { row, pendingVersionIds, at }: PlanQuestion,
): Promise<PlannedTarget> {
  const key = { deviceId: row.deviceId, deviceUserId: row.deviceUserId };
  const tree = await findTree(reader, deps, row);
  const artifacts = await listTargetArtifacts(reader, key);
  const { identifierPrefix } = deps;
  const facts = factsOf(row, { artifacts, pendingVersionIds });
  return { row, tree, artifacts, plan: plan(facts, tree, { at, identifierPrefix }) };
}

export type PlanQuestion = {
  readonly row: TargetRow;
  readonly pendingVersionIds: ReadonlySet<ArtifactVersionId>;
  readonly at: Date;
};

/** The versions that commands are under way for. Asking whether one has arrived is none of these. */
export function pendingOf(
  commands: readonly Pick<PlannedCommand, "name" | "artifactVersion">[],
): ReadonlySet<ArtifactVersionId> {
  const rendered = commands.filter(({ name }) => renderedNames.includes(name));
  // A command for an artifact names a version.
  return new Set(rendered.flatMap(({ artifactVersion }) => (artifactVersion ?? []) as ArtifactVersionId));
}

/** No command is under way. */
export const nothingPending: ReadonlySet<ArtifactVersionId> = new Set();

/**
 * Takes the next step of a target whose device is locked: declarations first, then an installation, then a removal. When
 * there is nothing to do that is written down, and the target costs nothing more until something changes.
 */
export async function takeNextStep(
  op: Operation,
  deps: ReconcileDeps,
  target: Target,
): Promise<HandedOut | null> {
  const passed = new Set<ArtifactVersionId>();
  for (let step = 0; step < stepsMax; step++) {
    const row = await findTarget(op.tx, keyOf(target));
    if (row === null || !isPlanDue(row, row.stored, op.at)) return null;
    const next = await stepOnce(op, deps, { target, row, passed });
    if (next !== "passed_over") return next;
  }
  op.log.warn({ udid: target.device.udid, stepsMax }, "Too many artifacts of a target cannot be made");
  return null;
}

type Due = {
  readonly target: Target;
  readonly row: TargetRow;
  /** What was tried in this connect and could not be sent. */
  readonly passed: Set<ArtifactVersionId>;
};

async function stepOnce(
  op: Operation,
  deps: ReconcileDeps,
  { target, row, passed }: Due,
): Promise<HandedOut | null | "passed_over"> {
  const commands = await listPlannedCommandsOf(op.tx, target);
  const pendingVersionIds = pendingOf(commands);
  const planned = await planTarget(op.tx, deps, { row, pendingVersionIds, at: op.at });
  deps.reconcileMeter?.countPlan();
  const unwanted = commands.filter((command) => isUnwanted(command, planned.plan));
  if (unwanted.length > 0) {
    await withdrawPlannedCommands(op, unwanted);
    return "passed_over";
  }
  const isSyncing = commands.some(({ name }) => name === "DeclarativeManagement");
  const { declarations, next } = planned.plan;
  if (declarations.isSyncDue && !isSyncing && !isSyncHeld(row, op.at)) {
    const command = await startSync(op, deps, { target, planned, manifest: declarations.manifest });
    if (command !== null) {
      deps.reconcileMeter?.countStep("synchronisation");
      return command;
    }
  }
  if (next !== null) return startStep(op, deps, { target, planned, next, passed });
  // What is under way is planned again when it has ended; a list of applications has nothing to do with what is next.
  if (commands.every(({ name }) => name === "InstalledApplicationList"))
    await finishPlan(op, planned, dueAtOf(planned));
  return null;
}

/** A command that was put off, and is not what the plan wants any more. */
function isUnwanted(command: PlannedCommand, wanted: Plan): boolean {
  const { name, state, artifactVersion: versionId, artifactOperation } = command;
  if (state === "sent" || !renderedNames.includes(name)) return false;
  return !isStillWanted(wanted, { versionId, operation: artifactOperation ?? "INSTALLATION" });
}

function isSyncHeld({ stored }: TargetRow, at: Date): boolean {
  const until = stored?.syncRetryAt ?? null;
  return until !== null && until > at;
}

/** A synchronisation that failed is due again, too. */
function dueAtOf({ row, plan: { dueAt, declarations } }: PlannedTarget): Date | null {
  const held = declarations.isSyncDue ? (row.stored?.syncRetryAt ?? null) : null;
  if (dueAt === null || held === null) return dueAt ?? held;
  return held < dueAt ? held : dueAt;
}

async function finishPlan(
  op: Operation,
  { row, tree, plan }: PlannedTarget,
  dueAt: Date | null,
): Promise<void> {
  warnOfTie(op, row, tree);
  const blueprintRevision = tree?.revision ?? row.blueprintRevision;
  await upsertTargetPlan(op.tx, row, {
    plan: {
      planKey: planKey({ ...row, blueprintRevision }),
      blueprintId: row.blueprintId,
      revision: blueprintRevision,
      dueAt,
      desiredDigest: plan.desiredDigest,
    },
    at: op.at,
  });
}

/** Said once a plan, when it is settled: which of two enforcements counts is nothing that anybody has decided. */
function warnOfTie(op: Operation, row: TargetRow, tree: BlueprintTree | null): void {
  if (tree === null || row.deviceUserId !== null) return;
  const facts = factsOf(row, { artifacts: [], pendingVersionIds: nothingPending });
  const tied = findEnforcementTie(tree.enforcements, facts);
  if (tied.length === 0) return;
  const { serialNumber } = row;
  op.log.warn(
    { serialNumber, blueprint: tree.name, enforcements: tied },
    "Software update enforcements conflict",
  );
}

/** The command that has a target synchronise: with the token of now, which its acknowledgement confirms. */
async function startSync(
  op: Operation,
  deps: ReconcileDeps,
  {
    target,
    planned,
    manifest,
  }: {
    readonly target: Target;
    readonly planned: PlannedTarget;
    readonly manifest: Manifest;
  },
): Promise<HandedOut | null> {
  if (!isInScope("DeclarativeManagement", target)) return null;
  const { blueprintId } = planned.row;
  invariant(blueprintId !== null, "a manifest is that of a blueprint");
  await deps.manifests.keep(manifest, blueprintId, op.at);
  const request = {
    name: "DeclarativeManagement" as const,
    arguments: {
      blueprint_pk: blueprintId,
      declarations_token: manifest.token,
      data: encodeSyncTokens(manifest.token, op.at),
    },
  };
  return startPlannedCommand(op, deps, { target, request });
}

/** Notes which manifest a target has acknowledged, or was told of with its tokens. */
export async function promiseManifest(
  op: Operation,
  key: TargetKey,
  declarationsToken: string,
): Promise<void> {
  const patch = { declarationsToken, offeredToken: "", syncRetryAt: null };
  await patchTargetDeclarations(op.tx, key, { patch, at: op.at });
}

/** The command for each type, installed and removed. */
const commandsOf: Partial<Record<ArtifactType, Partial<Record<CommandStep["operation"], CommandName>>>> = {
  Profile: { INSTALLATION: "InstallProfile", REMOVAL: "RemoveProfile" },
  "Provisioning Profile": {
    INSTALLATION: "InstallProvisioningProfile",
    REMOVAL: "RemoveProvisioningProfile",
  },
  "Enterprise App": { INSTALLATION: "InstallEnterpriseApplication" },
};

type Step = { readonly target: Target; readonly planned: PlannedTarget; readonly next: CommandStep };

async function startStep(
  op: Operation,
  deps: ReconcileDeps,
  { target, planned, next, passed }: Step & Pick<Due, "passed">,
): Promise<HandedOut | null | "passed_over"> {
  const name = commandsOf[next.type]?.[next.operation];
  const isTried = passed.has(next.versionId);
  if (name === undefined || isTried || !isInScope(name, target))
    return obstructed(op, { target, planned, next });
  const { versionId, operation } = next;
  const request = { name, arguments: {}, artifact: { versionId, operation } };
  const command = await startPlannedCommand(op, deps, { target, request });
  if (command !== null) {
    deps.reconcileMeter?.countStep(operation === "INSTALLATION" ? "installation" : "removal");
    return command;
  }
  // It could not be made, which is written down with its state by now, or the queue is full.
  passed.add(next.versionId);
  return "passed_over";
}

/** Nothing of this target's plan can change what is in the way, so the target is left alone for a while. */
async function obstructed(op: Operation, { target, planned, next }: Step): Promise<null> {
  const { udid } = target.device;
  const channel = channelOf(target);
  op.log.warn({ udid, channel, artifact: next.name, operation: next.operation }, "A step cannot be taken");
  const later = secondsAfter(op.at, obstructedSeconds);
  const due = dueAtOf(planned);
  await finishPlan(op, planned, due !== null && due < later ? due : later);
  return null;
}
