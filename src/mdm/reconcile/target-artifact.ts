// What became of an artifact version that a target was given (desired-state.md 2.6, 2.8; protocol.md 5.4).
// Answers to commands and status reports change it through the transitions below; plan decides from it.
// A failure never makes the same thing go out again at once: its retries are few, and each waits longer.
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import { parseServerToken } from "#protocol/ddm/server-token.ts";

export const targetArtifactStatuses = [
  "Failed",
  "RemovalFailed",
  "Uninstalled",
  "AwaitingConfirmation",
  "ForceReinstall",
  "Acknowledged",
  "Installed",
] as const;

/** By ascending presence: of two reports of one version the later in this list counts. */
export type TargetArtifactStatus = (typeof targetArtifactStatuses)[number];

/** The artifact of a row, as events and verdicts name it. */
export type TargetArtifactSubject = {
  readonly artifactId: ArtifactId;
  readonly artifactName: string;
  readonly artifactType: ArtifactType;
  readonly versionId: ArtifactVersionId;
  readonly version: number;
};

/** What a row of `target_artifacts` says of how it went. */
export type TargetArtifactState = {
  readonly status: TargetArtifactStatus;
  readonly extraInfo: Readonly<Record<string, unknown>>;
  readonly installedAt: Date | null;
  readonly osVersionAtInstallTime: string | null;
  /** A command UUID, or the server token of a declaration; empty when the version is not present. */
  readonly uniqueInstallIdentifier: string;
  readonly installCount: number;
  /** Retries that were granted; part of a declaration's server token. */
  readonly retryCount: number;
  readonly maxRetryCount: number;
  /** When a failure is tried again; null on a failure for never. */
  readonly retryAt: Date | null;
};

/** A row of `target_artifacts` with the artifact it is of. */
export type TargetArtifact = TargetArtifactSubject &
  TargetArtifactState & { readonly createdAt: Date; readonly updatedAt: Date };

/** What a command or a status report says of one version. */
export type TargetArtifactResult = {
  readonly versionId: ArtifactVersionId;
  readonly status: TargetArtifactStatus;
  readonly extraInfo: Readonly<Record<string, unknown>>;
  /** A command UUID, or the server token as the device reported it; kept only when the version is present. */
  readonly uniqueInstallIdentifier: string;
};

/** How often a failure is tried again before it stays one; each success grants as many again (2.8). */
export const retriesMax = 2;
/** How long the first retry waits; each further one waits twice as long. */
export const firstRetrySeconds = 5 * 60;
/** The longest wait for a retry. */
export const retrySecondsMax = 24 * 60 * 60;

/** When something is recorded, and the OS version that the device has then. */
export type RecordingMoment = { readonly at: Date; readonly osVersion: string };

/** Whether a version is on the target. */
export function isPresent({ status }: Pick<TargetArtifactState, "status">): boolean {
  return status === "Acknowledged" || status === "Installed";
}

/** Orders reports of one version: the more present one is greater. */
export function comparePresence(a: TargetArtifactStatus, b: TargetArtifactStatus): number {
  return targetArtifactStatuses.indexOf(a) - targetArtifactStatuses.indexOf(b);
}

/** Whether the time of a retry has come. */
export function isRetryDue({ retryAt }: Pick<TargetArtifactState, "retryAt">, at: Date): boolean {
  return retryAt !== null && retryAt.getTime() <= at.getTime();
}

/**
 * The retries of a declaration that its server token counts: a retry that waits is not counted before its
 * time, because the token is what makes the device try again (4.3).
 */
export function grantedRetries(state: Pick<TargetArtifactState, "retryAt" | "retryCount">, at: Date): number {
  const waits = state.retryAt !== null && !isRetryDue(state, at);
  return Math.max(0, waits ? state.retryCount - 1 : state.retryCount);
}

/** How long the retry of this number waits. */
export function retryDelaySeconds(retryCount: number): number {
  return Math.min(firstRetrySeconds * 2 ** Math.max(0, retryCount - 1), retrySecondsMax);
}

/** The state of a version that had none. */
export function startTargetArtifact(
  result: TargetArtifactResult,
  { at, osVersion }: RecordingMoment,
): TargetArtifactState {
  const isThere = isPresent(result);
  const retryCount = isCountedAgainst(result.status) ? 1 : 0;
  return {
    status: result.status,
    extraInfo: result.extraInfo,
    installedAt: isThere ? at : null,
    osVersionAtInstallTime: isThere ? osVersion : null,
    uniqueInstallIdentifier: isThere ? result.uniqueInstallIdentifier : "",
    installCount: isThere ? 1 : 0,
    retryCount,
    maxRetryCount: retriesMax,
    retryAt: isFailure(result.status) ? addSeconds(at, retryDelaySeconds(retryCount)) : null,
  };
}

/**
 * The state after a further result; the very same state when the result says nothing new.
 *
 * A success grants new retries, and nothing else does: an app that is accepted and then fails would be tried
 * for ever.
 */
export function advanceTargetArtifact(
  row: TargetArtifactState & Pick<TargetArtifactSubject, "versionId">,
  result: TargetArtifactResult,
  moment: RecordingMoment,
): TargetArtifactState {
  if (isSameFailure(row, result, moment.at))
    return settle(row, { ...stateOf(row), extraInfo: result.extraInfo });
  return settle(row, {
    status: result.status,
    extraInfo: result.extraInfo,
    ...advanceInstall(row, result, moment),
    ...advanceRetries(row, result, moment.at),
  });
}

/**
 * The state after an operator asked for another try: due at once, with a fresh number of retries. The count
 * grows, so that a declaration gets another server token.
 */
export function resetRetries(row: TargetArtifactState, at: Date): TargetArtifactState {
  const isWaiting = row.retryAt !== null && !isRetryDue(row, at);
  const retryCount = isWaiting ? row.retryCount : row.retryCount + 1;
  return { ...stateOf(row), retryCount, maxRetryCount: retryCount + retriesMax, retryAt: at };
}

/**
 * Whether the server could not make a version for its target: a failure of ours, of which the device knows nothing. Its
 * reason is one of `RenderFailureReason`; devices' own failures have reasons of another form.
 */
export function isUnmade({ status, extraInfo }: Pick<TargetArtifactState, "status" | "extraInfo">): boolean {
  return status === "Failed" && typeof extraInfo["reason"] === "string";
}

/** Whether a version could not be made for its target, and is not tried again before a later time. */
export function isHeldBack(
  state: Pick<TargetArtifactState, "status" | "extraInfo" | "retryAt">,
  at: Date,
): boolean {
  return isUnmade(state) && !isRetryDue(state, at);
}

/** Whether an operator can ask for another try: something failed, or was never confirmed. */
export function isRetryable({ status }: Pick<TargetArtifactState, "status">): boolean {
  return isFailure(status) || status === "AwaitingConfirmation";
}

function isFailure(status: TargetArtifactStatus): boolean {
  return status === "Failed" || status === "RemovalFailed";
}

function isCountedAgainst(status: TargetArtifactStatus): boolean {
  return isFailure(status) || status === "ForceReinstall";
}

/** A device reports a declaration that failed with each of its reports, not only after another try. */
function isSameFailure(
  row: TargetArtifactState & Pick<TargetArtifactSubject, "versionId">,
  result: TargetArtifactResult,
  at: Date,
): boolean {
  if (!isFailure(result.status) || row.status !== result.status) return false;
  if (row.retryAt !== null && !isRetryDue(row, at)) return true;
  const token = parseServerToken(result.uniqueInstallIdentifier);
  return token?.versionId === row.versionId && token.retryCount < row.retryCount;
}

type InstallMembers = "installedAt" | "osVersionAtInstallTime" | "uniqueInstallIdentifier" | "installCount";

/** What is known of the installation changes with its identifier alone. */
function advanceInstall(
  row: TargetArtifactState,
  result: TargetArtifactResult,
  { at, osVersion }: RecordingMoment,
): Pick<TargetArtifactState, InstallMembers> {
  const isThere = isPresent(result);
  const uniqueInstallIdentifier = isThere ? result.uniqueInstallIdentifier : "";
  const { installedAt, osVersionAtInstallTime, installCount } = row;
  if (uniqueInstallIdentifier === row.uniqueInstallIdentifier) {
    return { installedAt, osVersionAtInstallTime, installCount, uniqueInstallIdentifier };
  }
  return {
    installedAt: isThere ? at : null,
    osVersionAtInstallTime: isThere ? osVersion : null,
    installCount: installCount + (isThere ? 1 : 0),
    uniqueInstallIdentifier,
  };
}

type RetryMembers = "retryCount" | "maxRetryCount" | "retryAt";

function advanceRetries(
  row: TargetArtifactState,
  { status }: TargetArtifactResult,
  at: Date,
): Pick<TargetArtifactState, RetryMembers> {
  const { retryCount, maxRetryCount } = row;
  if (!isCountedAgainst(status)) {
    const isSuccess = isPresent({ status }) || (status === "Uninstalled" && row.status === "RemovalFailed");
    return { retryCount, maxRetryCount: isSuccess ? retryCount + retriesMax : maxRetryCount, retryAt: null };
  }
  const isExhausted = retryCount >= maxRetryCount;
  const next = isExhausted ? maxRetryCount : retryCount + 1;
  const retryAt = isExhausted || !isFailure(status) ? null : addSeconds(at, retryDelaySeconds(next));
  return { retryCount: next, maxRetryCount, retryAt };
}

/** Keeps the row itself when nothing changed, so that nothing is written and no event tells of it. */
function settle(row: TargetArtifactState, next: TargetArtifactState): TargetArtifactState {
  return isSameState(row, next) ? row : next;
}

function stateOf(row: TargetArtifactState): TargetArtifactState {
  const { status, extraInfo, installedAt, osVersionAtInstallTime, uniqueInstallIdentifier } = row;
  const { installCount, retryCount, maxRetryCount, retryAt } = row;
  return {
    status,
    extraInfo,
    installedAt,
    osVersionAtInstallTime,
    uniqueInstallIdentifier,
    installCount,
    retryCount,
    maxRetryCount,
    retryAt,
  };
}

/** Member by member: a report brings hundreds of states, and nearly all of them are as they were. */
const comparisons: {
  readonly [Member in keyof TargetArtifactState]: (a: TargetArtifactState, b: TargetArtifactState) => boolean;
} = {
  status: (a, b) => a.status === b.status,
  extraInfo: (a, b) => isSameJson(a.extraInfo, b.extraInfo),
  installedAt: (a, b) => a.installedAt?.getTime() === b.installedAt?.getTime(),
  osVersionAtInstallTime: (a, b) => a.osVersionAtInstallTime === b.osVersionAtInstallTime,
  uniqueInstallIdentifier: (a, b) => a.uniqueInstallIdentifier === b.uniqueInstallIdentifier,
  installCount: (a, b) => a.installCount === b.installCount,
  retryCount: (a, b) => a.retryCount === b.retryCount,
  maxRetryCount: (a, b) => a.maxRetryCount === b.maxRetryCount,
  retryAt: (a, b) => a.retryAt?.getTime() === b.retryAt?.getTime(),
};
const allComparisons = Object.values(comparisons);

function isSameState(a: TargetArtifactState, b: TargetArtifactState): boolean {
  return allComparisons.every((isSame) => isSame(a, b));
}

/** Whatever order members are in: a database that stores JSON does not keep the one a device reported them in. */
function isSameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [members, others] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  if (members.size !== others.size) return false;
  return [...members].every(([key, member]) => others.has(key) && isSameJson(member, others.get(key)));
}

function addSeconds(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}
