// What a change of a blueprint would do: the tree as it would be, and what of it differs for one target.
// The preview asks it for the devices of a blueprint; nothing is written, and nothing is sent.
// It speaks of what is in scope and never of what devices have: that a target lacks something today is not the change's doing.
import type { ArtifactId, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { ItemScope } from "#mdm/artifacts/item-scope.ts";
import type { BlueprintTree, TreeArtifact } from "./blueprint-tree.ts";
import type { ScopeFacts } from "./target-facts.ts";
import { walkTree } from "./walk-tree.ts";

export type ProposedItem = { readonly artifactId: ArtifactId; readonly scope: ItemScope };

/** A change that somebody thinks about. */
export type ProposedChange = {
  /** Links as they would be: new ones, and the present ones with another scope. */
  readonly links: readonly ProposedItem[];
  /** Artifacts whose link would be gone. */
  readonly unlinked: readonly ArtifactId[];
  /** Artifacts that would get a version above the present ones. */
  readonly versions: readonly ProposedItem[];
};

/** Devices that one preview looks at; of a larger fleet it says that it is not complete. */
export const previewDevicesMax = 1_000;
/** Devices that a preview names. */
export const previewSampleMax = 20;
/** Items of each list of a proposed change. */
export const proposedItemsMax = 500;

/** Stands for the version that a proposed one would be; no version has it. */
export const proposedVersionId = "00000000-0000-0000-0000-000000000000" as ArtifactVersionId;

/** The artifacts a change names. */
export function artifactsOf({ links, unlinked, versions }: ProposedChange): readonly ArtifactId[] {
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
    const proposed = { id: proposedVersionId, version, scope, adamId: artifact.versions[0]?.adamId ?? null };
    return { ...artifact, link, versions: [proposed, ...artifact.versions] };
  };
  const artifacts = [...tree.artifacts].map(([id, artifact]) => [id, apply(artifact)] as const);
  return { ...tree, artifacts: new Map(artifacts) };
}

/** What a change means for one target. */
export type Difference = {
  readonly installs: readonly ArtifactId[];
  readonly updates: readonly ArtifactId[];
  readonly removals: readonly ArtifactId[];
};

/** Compares what is in the scope of a target in two trees. */
export function compareTrees(before: BlueprintTree, after: BlueprintTree, facts: ScopeFacts): Difference {
  const [old, next] = [versionsInScope(before, facts), versionsInScope(after, facts)];
  const ids = [...next.keys()];
  return {
    installs: ids.filter((id) => !old.has(id)),
    updates: ids.filter((id) => old.has(id) && old.get(id) !== next.get(id)),
    removals: [...old.keys()].filter((id) => !next.has(id)),
  };
}

/** Whether a change means nothing for a target. */
export function isEmptyDifference({ installs, updates, removals }: Difference): boolean {
  return installs.length + updates.length + removals.length === 0;
}

function versionsInScope(tree: BlueprintTree, facts: ScopeFacts): ReadonlyMap<ArtifactId, ArtifactVersionId> {
  const entries = [...walkTree(tree, facts)].flatMap(([id, walked]) =>
    walked.scope === "in" ? [[id, walked.version.id] as const] : [],
  );
  return new Map(entries);
}
