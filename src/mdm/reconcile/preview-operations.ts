/** Looks at what a change of a blueprint would do to its devices, and changes nothing (issue 4, item 6). */
import { setImmediate } from "node:timers/promises";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import { findBlueprintTree } from "./blueprint-tree-store.ts";
import { countBlueprintDevices } from "./desired-state-store.ts";
import {
  applyChange,
  artifactsOf,
  compareTrees,
  type Difference,
  isEmptyDifference,
  previewDevicesMax,
  previewSampleMax,
  type ProposedChange,
} from "./preview.ts";
import { factsOf, nothingPending } from "./reconcile-operations.ts";
import { listTargets, type TargetRow } from "./target-plan-store.ts";

/** Targets that are looked at before others of the process have their turn. */
const targetsPerTurn = 25;

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
 * Compares what the devices of a blueprint should have with what they should have after a change.
 *
 * @throws {OperationRefused} `blueprint_unknown`; `unknown_pk` for artifacts that are not there.
 */
export async function previewChange(
  reader: Reader,
  blueprintId: number,
  change: ProposedChange,
): Promise<Preview> {
  const before = await findBlueprintTree(reader, blueprintId, artifactsOf(change));
  if (before === null) throw new OperationRefused(blueprintUnknown);
  refuseUnknown(before, change);
  const after = applyChange(before, change);
  const page = { afterDeviceId: 0, devicesMax: previewDevicesMax };
  const rows = await listTargets(reader, { kind: "blueprint", blueprintId }, page);
  const affected = await listAffected(rows, before, after);
  return {
    deviceCount: await countBlueprintDevices(reader, blueprintId),
    examinedCount: new Set(rows.map(({ deviceId }) => deviceId)).size,
    affectedCount: new Set(affected.map(({ target }) => target.deviceId)).size,
    artifacts: countByArtifact(after, affected),
    sample: affected.slice(0, previewSampleMax),
    nameOf: (id) => after.artifacts.get(id)?.name ?? id,
  };
}

type Affected = Preview["sample"];

async function listAffected(
  rows: readonly TargetRow[],
  before: BlueprintTree,
  after: BlueprintTree,
): Promise<Affected> {
  const affected: { target: TargetRow; difference: Difference }[] = [];
  for (const [index, target] of rows.entries()) {
    const facts = factsOf(target, { artifacts: [], pendingVersionIds: nothingPending });
    const difference = compareTrees(before, after, facts);
    if (!isEmptyDifference(difference)) affected.push({ target, difference });
    if (index % targetsPerTurn === targetsPerTurn - 1) await setImmediate();
  }
  return affected;
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

function refuseUnknown(tree: BlueprintTree, change: ProposedChange): void {
  const fields = [
    ["blueprint_artifacts", change.links.map(({ artifactId }) => artifactId)],
    ["removed", change.unlinked],
    ["artifact_versions", change.versions.map(({ artifactId }) => artifactId)],
  ] as const;
  const refusals = fields.flatMap(([field, ids]) =>
    ids
      .filter((id) => !tree.artifacts.has(id))
      .map((id) => ({
        kind: "invalid" as const,
        code: "unknown_pk",
        field,
        detail: `Invalid pk "${id}" - object does not exist.`,
      })),
  );
  throwIfRefused(...refusals);
}

/** The refusal of an id that names no blueprint. */
export const blueprintUnknown = {
  kind: "not_found",
  code: "blueprint_unknown",
  detail: "No Blueprint matches the given query.",
} as const;
