// What a list of results does to all rows of a target (desired-state specification 2.8).
// Operations load the rows, ask this, and write what came out in a few statements.
// A list may be exhaustive for some types: then what it does not mention of them is gone from the target.
import type { ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import {
  advanceTargetArtifact,
  comparePresence,
  isPresent,
  isUnmade,
  type RecordingMoment,
  startTargetArtifact,
  type TargetArtifact,
  type TargetArtifactResult,
  type TargetArtifactState,
  type TargetArtifactSubject,
} from "./target-artifact.ts";

export type ResultsToRecord = {
  readonly rows: readonly TargetArtifact[];
  readonly results: readonly TargetArtifactResult[];
  /**
   * What the versions of results without a row are; a version that is gone is not among them, and its result
   * is skipped.
   */
  readonly subjects: readonly TargetArtifactSubject[];
  readonly exhaustiveTypes: readonly ArtifactType[];
};

export type TargetArtifactChanges = {
  readonly created: readonly (TargetArtifactSubject & TargetArtifactState)[];
  readonly updated: readonly TargetArtifact[];
  readonly deleted: readonly TargetArtifact[];
};

/** Decides what to write. Of several results for one version the most present one counts. */
export function decideTargetArtifactChanges(
  { rows, results, subjects, exhaustiveTypes }: ResultsToRecord,
  moment: RecordingMoment,
): TargetArtifactChanges {
  const byVersion = mostPresentResults(results);
  const known = new Map<ArtifactVersionId, TargetArtifactSubject>(
    [...subjects, ...rows].map((subject) => [subject.versionId, subject]),
  );
  const listed = [...byVersion.values()].filter(({ versionId }) => known.has(versionId));
  const rowVersions = new Set(rows.map(({ versionId }) => versionId));
  const created = listed.flatMap((result) => {
    const subject = known.get(result.versionId);
    if (subject === undefined || rowVersions.has(result.versionId)) return [];
    return [{ ...subject, ...startTargetArtifact(result, moment) }];
  });
  const updated = rows.flatMap((row) => {
    const result = byVersion.get(row.versionId);
    const next = result === undefined ? row : advanceTargetArtifact(row, result, moment);
    return next === row ? [] : [{ ...row, ...next, updatedAt: moment.at }];
  });
  const replacing = listed.filter((result) => isPresent(result) || result.status === "Uninstalled");
  const isGone = goneTest({ known, listed, replacing, exhaustiveTypes });
  const isKept = keptTest({ known, replacing });
  const deleted = rows.filter((row) => !byVersion.has(row.versionId) && !isKept(row) && isGone(row));
  return { created, updated, deleted };
}

/**
 * What could not be made for the target is not what the device speaks of: it stays until a higher version is there, or
 * it would be promised again at once.
 */
function keptTest({
  known,
  replacing,
}: Pick<GoneFacts, "known" | "replacing">): (row: TargetArtifact) => boolean {
  const present = replacing.flatMap(({ versionId }) => known.get(versionId) ?? []);
  return (row) =>
    isUnmade(row) &&
    !present.some(({ artifactId, version }) => artifactId === row.artifactId && version > row.version);
}

function mostPresentResults(
  results: readonly TargetArtifactResult[],
): ReadonlyMap<ArtifactVersionId, TargetArtifactResult> {
  const byVersion = new Map<ArtifactVersionId, TargetArtifactResult>();
  for (const result of results) {
    const other = byVersion.get(result.versionId);
    if (other !== undefined && comparePresence(result.status, other.status) <= 0) continue;
    byVersion.set(result.versionId, result);
  }
  return byVersion;
}

type GoneFacts = {
  readonly known: ReadonlyMap<ArtifactVersionId, TargetArtifactSubject>;
  readonly listed: readonly TargetArtifactResult[];
  readonly replacing: readonly TargetArtifactResult[];
  readonly exhaustiveTypes: readonly ArtifactType[];
};

/** A row goes when another version took its place, or when an exhaustive list does not know its artifact. */
function goneTest({
  known,
  listed,
  replacing,
  exhaustiveTypes,
}: GoneFacts): (row: TargetArtifact) => boolean {
  const artifactsOf = (results: readonly TargetArtifactResult[]): ReadonlySet<string | undefined> =>
    new Set(results.map(({ versionId }) => known.get(versionId)?.artifactId));
  const listedArtifacts = artifactsOf(listed);
  const replacedArtifacts = artifactsOf(replacing);
  const exhaustive = new Set(exhaustiveTypes);
  return ({ artifactId, artifactType }) =>
    replacedArtifacts.has(artifactId) || (exhaustive.has(artifactType) && !listedArtifacts.has(artifactId));
}
