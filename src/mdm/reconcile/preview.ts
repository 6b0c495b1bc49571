// What a change of a blueprint would do: the tree as it would be, and what of it differs for one target.
// The preview asks it for the devices of a blueprint; nothing is written, and nothing is sent.
// It is the difference of two plans: that a target lacks something today is not the change's doing.
import { createHash } from "node:crypto";
import type { ArtifactId, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { ItemScope } from "#mdm/artifacts/item-scope.ts";
import type { BlueprintTree, TreeArtifact } from "./blueprint-tree.ts";
import { isPresent, type TargetArtifact } from "./target-artifact.ts";
import type { Verdict } from "./verdict.ts";

export type ProposedItem = { readonly artifactId: ArtifactId; readonly scope: ItemScope };

/** A change that somebody thinks about. */
export type ProposedChange = {
  /** Links as they would be: new ones, and the present ones with another scope. */
  readonly links: readonly ProposedItem[];
  /** Artifacts whose link would be gone. */
  readonly unlinked: readonly ArtifactId[];
  /** Artifacts that would get a version above the present ones. */
  readonly versions: readonly ProposedItem[];
  /** The setting of the blueprint as it would be; null for as it is. */
  readonly legacyProfilesViaDdm: boolean | null;
};

/** Devices that one preview looks at; of a larger fleet it says that it is not complete. */
export const previewDevicesMax = 1_000;
/** Devices that a preview names. */
export const previewSampleMax = 20;

/**
 * Stands for the id that the proposed version of an artifact would get. Which devices are in a shard depends on the id, so
 * of a sharded version a preview tells how many it reaches, and not which.
 */
export function proposedVersionId(artifactId: ArtifactId): ArtifactVersionId {
  const digest = createHash("sha256").update(`proposed version of ${artifactId}`, "utf8").digest("hex");
  const parts = [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20)];
  // It has the form of an id, and no version has it.
  return [...parts, digest.slice(20, 32)].join("-") as ArtifactVersionId;
}

/** The artifacts a change names. */
export function artifactsOf(
  change: Pick<ProposedChange, "links" | "unlinked" | "versions">,
): readonly ArtifactId[] {
  const { links, unlinked, versions } = change;
  const named = [...links, ...versions].map(({ artifactId }) => artifactId);
  return [...new Set([...named, ...unlinked])];
}

/** The tree as it would be. What the change names is in the tree, linked or not. */
export function applyChange(tree: BlueprintTree, change: ProposedChange): BlueprintTree {
  const links = new Map(change.links.map(({ artifactId, scope }) => [artifactId, scope]));
  const versions = new Map(change.versions.map(({ artifactId, scope }) => [artifactId, scope]));
  const unlinked = new Set(change.unlinked);
  const apply = (artifact: TreeArtifact): TreeArtifact => {
    const link = links.get(artifact.id) ?? (unlinked.has(artifact.id) ? null : artifact.link);
    const scope = versions.get(artifact.id);
    if (scope === undefined) return { ...artifact, link };
    const version = (artifact.versions[0]?.version ?? 0) + 1;
    const id = proposedVersionId(artifact.id);
    const proposed = { id, version, scope, adamId: artifact.versions[0]?.adamId ?? null };
    return { ...artifact, link, versions: [proposed, ...artifact.versions] };
  };
  const artifacts = [...tree.artifacts].map(([id, artifact]) => [id, apply(artifact)] as const);
  const legacyProfilesViaDdm = change.legacyProfilesViaDdm ?? tree.legacyProfilesViaDdm;
  return { ...tree, legacyProfilesViaDdm, artifacts: new Map(artifacts) };
}

/** What a change means for one target. */
export type Difference = {
  readonly installs: readonly ArtifactId[];
  readonly updates: readonly ArtifactId[];
  readonly removals: readonly ArtifactId[];
};

/** What a plan comes to in the end for one artifact of a target. */
export type Effect = {
  readonly kind: keyof Difference;
  readonly versionId: ArtifactVersionId | null;
};

/**
 * What the verdicts of a plan come to in the end. What waits for something that comes is counted; what waits for
 * something that failed or cannot be there is not.
 */
export function listEffects(
  verdicts: readonly Verdict[],
  rows: readonly TargetArtifact[],
): ReadonlyMap<ArtifactId, Effect> {
  const present = new Map<ArtifactId, ArtifactVersionId>();
  for (const row of rows) if (isPresent(row)) present.set(row.artifactId, row.versionId);
  const stuck = new Set<ArtifactId>();
  const effects = new Map<ArtifactId, Effect>();
  // What is required comes first in a plan.
  for (const verdict of verdicts) {
    if (isStuck(verdict, stuck)) {
      stuck.add(verdict.artifactId);
      continue;
    }
    const kind = effectKind(verdict, present.get(verdict.artifactId));
    if (kind !== null) effects.set(verdict.artifactId, { kind, versionId: verdict.versionId });
  }
  return effects;
}

function isStuck({ state, reason }: Verdict, stuck: ReadonlySet<ArtifactId>): boolean {
  if (state === "failed" || state === "blocked") return true;
  return state === "waiting" && reason.kind === "requires" && stuck.has(reason.artifactId);
}

function effectKind(
  { state, reason, versionId }: Verdict,
  presentId: ArtifactVersionId | undefined,
): keyof Difference | null {
  switch (state) {
    case "to_install":
      return "installs";
    case "to_update":
    case "to_reinstall":
      return "updates";
    case "to_remove":
      return "removals";
    case "waiting":
      if (reason.kind !== "requires" && reason.kind !== "declarations_unavailable") return null;
      if (presentId === undefined) return "installs";
      return presentId === versionId ? null : "updates";
    default:
      return null;
  }
}

type Effects = ReadonlyMap<ArtifactId, Effect>;

/** What comes of the plan after a change and would not without it. */
export function compareEffects(before: Effects, after: Effects): Difference {
  const isNew = ([id, { kind, versionId }]: readonly [ArtifactId, Effect]): boolean => {
    const was = before.get(id);
    return was === undefined || was.kind !== kind || was.versionId !== versionId;
  };
  const news = [...after].filter(isNew);
  const ofKind = (wanted: keyof Difference) =>
    news.flatMap(([id, { kind }]) => (kind === wanted ? [id] : []));
  return { installs: ofKind("installs"), updates: ofKind("updates"), removals: ofKind("removals") };
}

/** Whether a change means nothing for a target. */
export function isEmptyDifference({ installs, updates, removals }: Difference): boolean {
  return installs.length + updates.length + removals.length === 0;
}
