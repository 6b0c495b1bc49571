// A change as operators propose it for a preview: what it stands for, and why it would be refused.
// The preview's operation asks it; the change itself is that of preview.ts.
// It refuses exactly what the real writes refuse, in their words, under the place in the lists.
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import { readItemScope } from "#mdm/artifacts/item-scope-fields.ts";
import { refuseScope, refuseUnknownTags, type ScopeTags } from "#mdm/artifacts/item-scope-rules.ts";
import {
  blueprintArtifactTaken,
  judgedLinkScope,
  type LinkedArtifact,
  listLinkRefusals,
  planLinkScope,
} from "#mdm/blueprints/blueprint-artifact.ts";
import type { LinkChanges, LinkItem } from "#mdm/blueprints/blueprint-change-fields.ts";
import { refusalsUnder, unknownPk } from "#mdm/blueprints/blueprint-refusal.ts";
import type { Refusal } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import type { ProposedChange } from "./preview.ts";

/** By the names on the wire. */
export type PreviewInput = LinkChanges & {
  readonly artifact_versions?: readonly LinkItem[];
  readonly legacy_profiles_via_ddm?: boolean;
};

/** The artifacts an input names. */
export function namedBy(input: PreviewInput): readonly string[] {
  const items = [...(input.blueprint_artifacts ?? []), ...(input.artifact_versions ?? [])];
  return [...new Set([...items.map(({ artifact }) => artifact), ...(input.removed ?? [])])];
}

/** What the writes would make of an input: of a link that is there, what is omitted stays. */
export function planChange(input: PreviewInput, blueprint: BlueprintTree): ProposedChange {
  const artifactId = (id: string): ArtifactId => asUuid<"Artifact">(id);
  return {
    links: (input.blueprint_artifacts ?? []).map((item) => {
      const link = blueprint.artifacts.get(artifactId(item.artifact))?.link ?? undefined;
      const scope = planLinkScope({ ...item, blueprint: blueprint.id }, link);
      return { artifactId: artifactId(item.artifact), scope };
    }),
    unlinked: (input.removed ?? []).map(artifactId),
    versions: (input.artifact_versions ?? []).map((item) => ({
      artifactId: artifactId(item.artifact),
      scope: readItemScope(item),
    })),
    legacyProfilesViaDdm: input.legacy_profiles_via_ddm ?? null,
  };
}

type JudgedInput = {
  readonly change: ProposedChange;
  readonly blueprint: BlueprintTree;
  readonly artifacts: ReadonlyMap<string, LinkedArtifact>;
  readonly tags: ScopeTags;
};

/** Refuses what the writes would refuse. */
export function refuseChange(input: PreviewInput, judged: JudgedInput): readonly Refusal[] {
  const links = (input.blueprint_artifacts ?? []).flatMap((item, index) =>
    refusalsUnder(`blueprint_artifacts.${index}`, refuseLink(item, index, judged)),
  );
  const removed = (input.removed ?? [])
    .filter((id) => !judged.artifacts.has(id))
    .map((id) => unknownPk("removed", id));
  const versions = (input.artifact_versions ?? []).flatMap((item, index) =>
    refusalsUnder(`artifact_versions.${index}`, refuseVersion(item, index, judged)),
  );
  return [...links, ...removed, ...versions];
}

function refuseLink(
  item: LinkItem,
  index: number,
  { change, blueprint, artifacts, tags }: JudgedInput,
): readonly Refusal[] {
  const linked = change.links[index];
  if (linked === undefined) return [];
  const artifact = artifacts.get(item.artifact) ?? null;
  const body = { ...item, blueprint: blueprint.id };
  const named = { pk: blueprint.id, name: blueprint.name };
  const unknown = listLinkRefusals(body, { blueprint: named, artifact });
  const refused = [...unknown, ...refuseUnknownTags(linked.scope, tags)].filter((each) => each !== null);
  if (refused.length > 0 || artifact === null) return refused;
  const isFirst = change.links.findIndex(({ artifactId }) => artifactId === linked.artifactId) === index;
  if (!isFirst) return [blueprintArtifactTaken];
  return refuseScope(judgedLinkScope(body, linked.scope), artifact.platforms, tags);
}

function refuseVersion(
  item: LinkItem,
  index: number,
  { change, artifacts, tags }: JudgedInput,
): readonly Refusal[] {
  const proposed = change.versions[index];
  if (proposed === undefined) return [];
  const artifact = artifacts.get(item.artifact);
  const refused = [
    ...(artifact === undefined ? [unknownPk("artifact", item.artifact)] : []),
    ...refuseUnknownTags(proposed.scope, tags),
  ];
  if (refused.length > 0 || artifact === undefined) return refused;
  return refuseScope(proposed.scope, artifact.platforms, tags);
}
