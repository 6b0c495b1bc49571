/** Records what became of the artifacts of a target; the device row is locked by the caller. */
import type { ArtifactId, ArtifactType } from "#mdm/artifacts/artifact.ts";
import { storableJson, storableText, type Target } from "#mdm/devices/device.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { isUuid } from "#protocol/ddm/identifiers.ts";
import { decideTargetArtifactChanges, type TargetArtifactChanges } from "./target-artifact-changes.ts";
import { targetArtifactUpdated } from "./target-artifact-events.ts";
import {
  deleteTargetArtifacts,
  insertTargetArtifacts,
  listTargetArtifacts,
  listVersionSubjects,
  targetArtifactRecord,
  updateTargetArtifacts,
} from "./target-artifact-store.ts";
import { keyOf, type TargetKey } from "./target.ts";
import { isRetryable, resetRetries, type TargetArtifactResult } from "./target-artifact.ts";

/** What a device says of why something failed; more is left out. */
const extraInfoCharactersMax = 20_000;
const identifierBytesMax = 256;

export type TargetArtifactReport = {
  readonly target: Target;
  readonly results: readonly TargetArtifactResult[];
  /** The types of which the results are all there is on the target: the others of these types are gone. */
  readonly exhaustiveTypes?: readonly ArtifactType[];
};

/**
 * Records results with at most five statements, however many they are, and an event for each row that
 * changed. Results for versions that are gone are skipped: the rest of a report is not lost with them.
 *
 * @returns Whether anything changed.
 */
export async function recordTargetArtifacts(
  op: Operation,
  { target, results, exhaustiveTypes = [] }: TargetArtifactReport,
): Promise<boolean> {
  if (results.length === 0 && exhaustiveTypes.length === 0) return false;
  const key = keyOf(target);
  const rows = await listTargetArtifacts(op.tx, key);
  const stored = results.filter(({ versionId }) => isUuid(versionId)).map(storableResult);
  const known = new Set(rows.map(({ versionId }) => versionId));
  const unknownIds = stored.map(({ versionId }) => versionId).filter((id) => !known.has(id));
  const subjects = unknownIds.length === 0 ? [] : await listVersionSubjects(op.tx, unknownIds);
  const moment = { at: op.at, osVersion: target.device.osVersion };
  const changes = decideTargetArtifactChanges({ rows, results: stored, subjects, exhaustiveTypes }, moment);
  await writeChanges(op, key, changes);
  recordChanges(op, target, changes);
  return changes.created.length + changes.updated.length + changes.deleted.length > 0;
}

/**
 * Tries an artifact of a target again, at once and with fresh retries: all its versions that failed or were
 * not confirmed.
 *
 * @throws OperationRefused `target_artifact_not_found` when the target was never given the artifact,
 *   `target_artifact_not_failed` when nothing of it failed.
 */
export async function resetTargetArtifact(
  op: Operation,
  { target, artifactId }: { readonly target: Target; readonly artifactId: ArtifactId },
): Promise<void> {
  const key = keyOf(target);
  const rows = (await listTargetArtifacts(op.tx, key)).filter((row) => row.artifactId === artifactId);
  if (rows.length === 0) {
    throw new OperationRefused({
      kind: "not_found",
      code: "target_artifact_not_found",
      detail: "The device was never given this artifact.",
    });
  }
  const updated = rows
    .filter(isRetryable)
    .map((row) => ({ ...row, ...resetRetries(row, op.at), updatedAt: op.at }));
  if (updated.length === 0) {
    throw new OperationRefused({
      kind: "invalid",
      code: "target_artifact_not_failed",
      detail: "Nothing of this artifact failed on the device.",
    });
  }
  const changes = { created: [], updated, deleted: [] };
  await writeChanges(op, key, changes);
  recordChanges(op, target, changes);
}

/** Devices report text that cannot be stored; a reason that is too long is none. */
function storableResult(result: TargetArtifactResult): TargetArtifactResult {
  const json = storableJson(result.extraInfo, extraInfoCharactersMax);
  return {
    ...result,
    // What a JSON object is written as is read back as one.
    extraInfo: json === null ? {} : (JSON.parse(json) as TargetArtifactResult["extraInfo"]),
    uniqueInstallIdentifier: storableText(result.uniqueInstallIdentifier, identifierBytesMax),
  };
}

async function writeChanges(op: Operation, key: TargetKey, changes: TargetArtifactChanges): Promise<void> {
  const { created, updated, deleted } = changes;
  const encode = (rows: TargetArtifactChanges["created"]): string =>
    JSON.stringify(rows.map(targetArtifactRecord));
  if (deleted.length > 0) {
    await deleteTargetArtifacts(
      op.tx,
      key,
      deleted.map(({ versionId }) => versionId),
    );
  }
  if (updated.length > 0) await updateTargetArtifacts(op.tx, key, { json: encode(updated), at: op.at });
  if (created.length > 0) await insertTargetArtifacts(op.tx, key, { json: encode(created), at: op.at });
}

function recordChanges(op: Operation, target: Target, changes: TargetArtifactChanges): void {
  const times = { createdAt: op.at, updatedAt: op.at };
  for (const row of changes.created)
    op.record(targetArtifactUpdated(target, "created", { ...row, ...times }));
  for (const row of changes.updated) op.record(targetArtifactUpdated(target, "updated", row));
  for (const row of changes.deleted) op.record(targetArtifactUpdated(target, "deleted", row));
}
