// What became of an artifact version that a target was given (desired-state specification 2.6, 2.8; protocol 5.4).
// Answers to commands and status reports change it through the transitions below; plan decides from it.
// A failure never makes the same thing go out again at once: its retries are few, and each waits longer.
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";

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
