// What a device's report of its declarations says of the artifacts behind them (protocol 1.6, desired-state 4.9).
// Status processing records the results. Declarations that are no artifact's, and tokens that name no version, are
// somebody else's: they are passed over, and the rest of the report counts (risk register 5).
import { decodeArtifactIdentifier } from "#protocol/ddm/identifiers.ts";
import { versionIdOfServerToken } from "#protocol/ddm/server-token.ts";
import type { DeclarationStatus } from "#protocol/ddm/status-report.ts";
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import {
  type TargetArtifactResult,
  type TargetArtifactStatus,
  targetArtifactStatuses,
} from "./target-artifact.ts";

/** The status of an artifact, from what the device says of its declaration. */
export function statusOfDeclaration({
  valid,
  active,
}: Pick<DeclarationStatus, "valid" | "active">): TargetArtifactStatus {
  if (valid === "valid") return active ? "Installed" : "Uninstalled";
  if (valid === "unknown") return active ? "AwaitingConfirmation" : "Uninstalled";
  return "Failed";
}

export type DeclarationResults = {
  /** One for each version: of several the most present. */
  readonly results: readonly TargetArtifactResult[];
  /** Reports of a version beyond the first; worth a warning. */
  readonly duplicateCount: number;
};

/** Reads the results of a report. */
export function readDeclarationResults(
  identifierPrefix: string,
  declarations: readonly DeclarationStatus[],
): DeclarationResults {
  const results = new Map<string, TargetArtifactResult>();
  let duplicateCount = 0;
  for (const declaration of declarations) {
    const result = readResult(identifierPrefix, declaration);
    if (result === null) continue;
    const other = results.get(result.versionId);
    if (other !== undefined) duplicateCount++;
    if (other === undefined || rank(result) > rank(other)) results.set(result.versionId, result);
  }
  return { results: [...results.values()], duplicateCount };
}

const rank = ({ status }: TargetArtifactResult): number => targetArtifactStatuses.indexOf(status);

function readResult(prefix: string, declaration: DeclarationStatus): TargetArtifactResult | null {
  const { identifier, serverToken, active, valid, reasons } = declaration;
  const versionId = versionIdOfServerToken(serverToken);
  if (versionId === null || decodeArtifactIdentifier(prefix, identifier) === null) return null;
  return {
    // The recording looks it up: one that is gone is skipped there.
    versionId: versionId as ArtifactVersionId,
    status: statusOfDeclaration(declaration),
    extraInfo: { active, valid, ...(reasons === null ? {} : { reasons }) },
    uniqueInstallIdentifier: serverToken,
  };
}
