// What is to be done about one artifact on one target, as far as that artifact alone decides it.
// Plan asks it of each artifact in scope and of each leftover, and judges itself what these require.
// The install test is desired-state.md 2.4; failures are tried again a few times, each later than the last.
import { artifactTypeFacts, type ReinstallOnOsUpdate } from "#mdm/artifacts/artifact.ts";
import { parseOsVersion } from "#protocol/mdm/os-version.ts";
import type { TreeArtifact, TreeVersion } from "./blueprint-tree.ts";
import type { ManifestEntry } from "./manifest.ts";
import type { OutOfScope, Reason } from "./reason.ts";
import { isPresent, isRetryDue, type TargetArtifact, type TargetArtifactStatus } from "./target-artifact.ts";
import type { TargetFacts } from "./target-facts.ts";
import type { VerdictState } from "./verdict.ts";

export type Judgement = { readonly state: VerdictState; readonly reason: Reason };

/** An artifact in scope, and the rows of the target for all its versions, the highest first. */
export type ScopedArtifact = {
  readonly artifact: TreeArtifact;
  readonly version: TreeVersion;
  readonly rows: readonly TargetArtifact[];
};

const millisecondsPerDay = 24 * 60 * 60 * 1000;

/** The install test of an artifact that commands deliver. */
export function judgeByCommand(scoped: ScopedArtifact, target: TargetFacts, at: Date): Judgement {
  const { artifact, version, rows } = scoped;
  const row = rows.find(({ versionId }) => versionId === version.id);
  if (target.pendingVersionIds.has(version.id))
    return { state: "waiting", reason: { kind: "command_pending" } };
  if (row !== undefined && row.status !== "Uninstalled") return judgeRow(artifact, { row, target, at });
  const installed = rows.find(isPresent);
  if (installed === undefined) return { state: "to_install", reason: { kind: "not_installed" } };
  const installedVersion = installed.version;
  if (!artifact.autoUpdate) return { state: "kept", reason: { kind: "auto_update_off", installedVersion } };
  return { state: "to_update", reason: { kind: "new_version", installedVersion } };
}

/** How far an artifact is that the manifest declares. */
export function judgeByDeclaration(scoped: ScopedArtifact, entry: ManifestEntry, at: Date): Judgement {
  const row = scoped.rows.find(({ versionId }) => versionId === scoped.version.id);
  if (row === undefined) {
    const installed = scoped.rows.find(isPresent);
    if (installed === undefined) return { state: "to_install", reason: { kind: "not_installed" } };
    return { state: "to_update", reason: { kind: "new_version", installedVersion: installed.version } };
  }
  if (!isPresent(row)) {
    if (row.status === "Uninstalled") return { state: "waiting", reason: { kind: "inactive" } };
    return judgeUnconfirmed(row, at);
  }
  const isCurrent = row.uniqueInstallIdentifier === entry.serverToken;
  return isCurrent
    ? { state: "current", reason: { kind: "as_desired" } }
    : { state: "to_reinstall", reason: { kind: "declaration_changed" } };
}

/** When an artifact that is as it should be is to be installed again because of its age; null for never. */
export function findReinstallTime({ artifact, version, rows }: ScopedArtifact, at: Date): Date | null {
  const row = rows.find(({ versionId }) => versionId === version.id);
  if (row === undefined || !isPresent(row) || row.installedAt === null) return null;
  const time = intervalEnd(row.installedAt, artifact.reinstallInterval);
  return time !== null && time.getTime() > at.getTime() ? time : null;
}

type Removal = {
  readonly because: OutOfScope;
  readonly target: Pick<TargetFacts, "pendingVersionIds">;
  readonly at: Date;
};

/** The row that tells how an artifact out of scope stands: the one whose version may be on the target. */
export function findLeftover(rows: readonly TargetArtifact[]): TargetArtifact | undefined {
  const tests = [
    isPresent,
    hasStatus("AwaitingConfirmation"),
    hasStatus("RemovalFailed"),
    hasStatus("Uninstalled"),
  ];
  return tests.map((test) => rows.find(test)).find((row) => row !== undefined) ?? rows[0];
}

function hasStatus(status: TargetArtifactStatus): (row: TargetArtifact) => boolean {
  return (row) => row.status === status;
}

/** What is to be done by commands about an artifact that is not in scope. */
export function judgeRemoval(leftover: TargetArtifact, { because, target, at }: Removal): Judgement {
  const { artifactType, status } = leftover;
  if (target.pendingVersionIds.has(leftover.versionId)) {
    return { state: "waiting", reason: { kind: "command_pending" } };
  }
  const canRemove = artifactTypeFacts[artifactType].isRemovableByCommand;
  if (isPresent(leftover)) {
    if (!canRemove) return { state: "kept", reason: { kind: "not_removable", because } };
    return { state: "to_remove", reason: { kind: "out_of_scope", because } };
  }
  if (status === "RemovalFailed") {
    if (canRemove && isRetryDue(leftover, at)) return { state: "to_remove", reason: retryReason(leftover) };
    return { state: "failed", reason: failureReason(leftover) };
  }
  return judgeAbsent(leftover, because);
}

/** What there is to say of an artifact that is not in scope and not on the target. */
export function judgeAbsent({ status }: TargetArtifact, because: OutOfScope): Judgement {
  if (status === "AwaitingConfirmation")
    return { state: "waiting", reason: { kind: "awaiting_confirmation" } };
  if (status === "Uninstalled") return { state: "removed", reason: { kind: "out_of_scope", because } };
  return { state: "excluded", reason: because };
}

type JudgedRow = { readonly row: TargetArtifact; readonly target: TargetFacts; readonly at: Date };

function judgeRow(artifact: TreeArtifact, { row, target, at }: JudgedRow): Judgement {
  if (!isPresent(row)) return judgeUnconfirmed(row, at);
  const reason = reinstallReason(artifact, { row, target, at });
  if (reason !== null) return { state: "to_reinstall", reason };
  return { state: "current", reason: { kind: "as_desired" } };
}

/** Failed, RemovalFailed, AwaitingConfirmation and ForceReinstall: nothing is sent before a retry is due. */
function judgeUnconfirmed(row: TargetArtifact, at: Date): Judgement {
  if (isRetryDue(row, at)) return { state: "to_install", reason: retryReason(row) };
  if (row.status === "Failed" || row.status === "RemovalFailed") {
    return { state: "failed", reason: failureReason(row) };
  }
  return { state: "waiting", reason: { kind: "awaiting_confirmation" } };
}

function retryReason({ retryCount, maxRetryCount }: TargetArtifact): Reason {
  return { kind: "retry", retryCount, maxRetryCount };
}

/** Why what failed is not tried now. */
export function failureReason({ status, retryCount, maxRetryCount, retryAt }: TargetArtifact): Reason {
  const kind = status === "RemovalFailed" ? "removal_failed" : "failed";
  return { kind, retryCount, maxRetryCount, retryAt };
}

function reinstallReason(artifact: TreeArtifact, { row, target, at }: JudgedRow): Reason | null {
  const from = row.osVersionAtInstallTime ?? "";
  if (isOsUpdated(artifact.reinstallOnOsUpdate, from, target.osVersion)) {
    return { kind: "os_updated", from, to: target.osVersion };
  }
  const days = artifact.reinstallInterval;
  if (days <= 0) return null;
  const end = row.installedAt === null ? null : intervalEnd(row.installedAt, days);
  return end !== null && at.getTime() < end.getTime() ? null : { kind: "interval_elapsed", days };
}

const componentCounts: { readonly [On in ReinstallOnOsUpdate]: number } = {
  No: 0,
  Major: 1,
  Minor: 2,
  Patch: 3,
};

/** Whether the first components of a version are greater than those of the one it was installed under. */
function isOsUpdated(on: ReinstallOnOsUpdate, from: string, to: string): boolean {
  const [before, now] = [parseOsVersion(from).numbers, parseOsVersion(to).numbers];
  for (let index = 0; index < componentCounts[on]; index += 1) {
    const difference = (now[index] ?? 0) - (before[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** The first moment after the interval: an installation is renewed when more than its days have passed. */
function intervalEnd(installedAt: Date, days: number): Date | null {
  return days <= 0 ? null : new Date(installedAt.getTime() + days * millisecondsPerDay + 1);
}
