/** Looks at what a change of a blueprint would do to its devices, and changes nothing (issue 4, item 6). */
import { setImmediate } from "node:timers/promises";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { ReadOperation } from "#platform/operation.ts";
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import { findScopeTags } from "#mdm/artifacts/item-scope-operations.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import { findBlueprintTree } from "./blueprint-tree-store.ts";
import { desiredDigest } from "./desired-digest.ts";
import { countBlueprintDevices } from "./desired-state-store.ts";
import { plan, type PlanContext } from "./plan.ts";
import {
  applyChange,
  artifactsOf,
  compareEffects,
  type Difference,
  listEffects,
  isEmptyDifference,
  previewDevicesMax,
  previewSampleMax,
} from "./preview.ts";
import { namedBy, planChange, type PreviewInput, refuseChange } from "./preview-input.ts";
import { listLinkedArtifacts } from "./preview-store.ts";
import { factsOf, nothingPending, type PlanDeps } from "./reconcile-operations.ts";
import type { TargetArtifact } from "./target-artifact.ts";
import { listArtifactsOfDevices } from "./target-artifact-store.ts";
import { listTargets, type TargetRow } from "./target-plan-store.ts";

/** Targets that are looked at before others of the process have their turn. */
const targetsPerTurn = 25;
/** Targets whose artifacts are read with one statement. */
const targetsPerRead = 100;

export type ArtifactCounts = {
  readonly artifactId: ArtifactId;
  readonly name: string;
  installs: number;
  updates: number;
  removals: number;
};

export type Preview = {
  readonly deviceCount: number;
  readonly examinedCount: number;
  readonly affectedCount: number;
  readonly artifacts: readonly ArtifactCounts[];
  /** The first targets it means something for. */
  readonly sample: readonly { readonly target: TargetRow; readonly difference: Difference }[];
  readonly nameOf: (id: ArtifactId) => string;
};

/**
 * Compares what devices of a blueprint would be sent as things are with what they would be sent after a change.
 *
 * @throws {OperationRefused} `blueprint_unknown`; and in the words of the real writes, what these would refuse.
 */
export async function previewChange(
  { tx, at }: Pick<ReadOperation, "tx" | "at">,
  { identifierPrefix }: Pick<PlanDeps, "identifierPrefix">,
  { blueprintId, input }: { readonly blueprintId: number; readonly input: PreviewInput },
): Promise<Preview> {
  const before = await findBlueprintTree(tx, blueprintId, namedBy(input));
  if (before === null) throw new OperationRefused(blueprintUnknown);
  const change = planChange(input, before);
  const artifacts = await listLinkedArtifacts(tx, artifactsOf(change));
  const scopes = [...change.links, ...change.versions].map(({ scope }) => scope);
  const tags = await findScopeTags(tx, ...scopes);
  throwIfRefused(...refuseChange(input, { change, blueprint: before, artifacts, tags }));
  const after = applyChange(before, change);
  const page = { afterDeviceId: 0, devicesMax: previewDevicesMax };
  const rows = await listTargets(tx, { kind: "blueprint", blueprintId }, page);
  const concerned = await listConcerned(rows, before, after);
  const affected = await listAffected(tx, concerned, { before, after, context: { at, identifierPrefix } });
  return {
    deviceCount: await countBlueprintDevices(tx, blueprintId),
    examinedCount: new Set(rows.map(({ deviceId }) => deviceId)).size,
    affectedCount: new Set(affected.map(({ target }) => target.deviceId)).size,
    artifacts: countByArtifact(after, affected),
    sample: affected.slice(0, previewSampleMax),
    nameOf: (id) => after.artifacts.get(id)?.name ?? id,
  };
}

/** Targets that should have something else after a change: of the others nothing more needs to be known. */
async function listConcerned(
  rows: readonly TargetRow[],
  before: BlueprintTree,
  after: BlueprintTree,
): Promise<TargetRow[]> {
  const concerned: TargetRow[] = [];
  for (const [index, row] of rows.entries()) {
    const facts = factsOf(row, { artifacts: [], pendingVersionIds: nothingPending });
    if (!desiredDigest(facts, before).equals(desiredDigest(facts, after))) concerned.push(row);
    if (index % targetsPerTurn === targetsPerTurn - 1) await setImmediate();
  }
  return concerned;
}

type Affected = Preview["sample"];
type Comparison = {
  readonly before: BlueprintTree;
  readonly after: BlueprintTree;
  readonly context: PlanContext;
};

async function listAffected(
  reader: Reader,
  concerned: readonly TargetRow[],
  comparison: Comparison,
): Promise<Affected> {
  const affected: { target: TargetRow; difference: Difference }[] = [];
  for (let start = 0; start < concerned.length; start += targetsPerRead) {
    const targets = concerned.slice(start, start + targetsPerRead);
    const artifactsOfTarget = await readArtifacts(reader, targets);
    for (const [index, target] of targets.entries()) {
      const difference = compareTarget(target, artifactsOfTarget(target), comparison);
      if (!isEmptyDifference(difference)) affected.push({ target, difference });
      if (index % targetsPerTurn === targetsPerTurn - 1) await setImmediate();
    }
  }
  return affected;
}

async function readArtifacts(
  reader: Reader,
  targets: readonly TargetRow[],
): Promise<(target: TargetRow) => readonly TargetArtifact[]> {
  const deviceIds = [...new Set(targets.map(({ deviceId }) => deviceId))];
  const rows = await listArtifactsOfDevices(reader, deviceIds);
  const keyOfRow = ({ deviceId, deviceUserId }: Pick<TargetRow, "deviceId" | "deviceUserId">): string =>
    `${deviceId}:${deviceUserId ?? ""}`;
  const byTarget = Map.groupBy(rows, keyOfRow);
  return (target) => byTarget.get(keyOfRow(target)) ?? [];
}

function compareTarget(
  target: TargetRow,
  artifacts: readonly TargetArtifact[],
  { before, after, context }: Comparison,
): Difference {
  const facts = factsOf(target, { artifacts, pendingVersionIds: nothingPending });
  const effectsOf = (tree: BlueprintTree) => listEffects(plan(facts, tree, context).verdicts, artifacts);
  return compareEffects(effectsOf(before), effectsOf(after));
}

function countByArtifact(tree: BlueprintTree, affected: Affected): readonly ArtifactCounts[] {
  const counts = new Map<ArtifactId, ArtifactCounts>();
  const countOf = (artifactId: ArtifactId): ArtifactCounts => {
    const name = tree.artifacts.get(artifactId)?.name ?? artifactId;
    const known = counts.get(artifactId) ?? { artifactId, name, installs: 0, updates: 0, removals: 0 };
    counts.set(artifactId, known);
    return known;
  };
  for (const { difference } of affected) {
    for (const kind of ["installs", "updates", "removals"] as const) {
      for (const id of difference[kind]) countOf(id)[kind]++;
    }
  }
  return [...counts.values()].sort(
    (a, b) => a.name.localeCompare(b.name, "en") || a.artifactId.localeCompare(b.artifactId, "en"),
  );
}

/** The refusal of an id that names no blueprint. */
export const blueprintUnknown = {
  kind: "not_found",
  code: "blueprint_unknown",
  detail: "No Blueprint matches the given query.",
} as const;
