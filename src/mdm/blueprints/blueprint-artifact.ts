// An artifact in a blueprint, and for which of its devices.
// Operators change it; reconcile starts its walk at these links.
// It never links what is only reached through declarations, and the pair is unique.
import { type Artifact, artifactTypeFacts } from "#mdm/artifacts/artifact.ts";
import type { ItemScope } from "#mdm/artifacts/item-scope.ts";
import { type ItemScopeBody, readItemScope } from "#mdm/artifacts/item-scope-fields.ts";
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";
import type { Named } from "./blueprint.ts";
import { refuseField, unknownPk } from "./blueprint-refusal.ts";

export type BlueprintArtifactId = Id<"BlueprintArtifact">;

/** What is linked, as far as a link cares. */
export type LinkedArtifact = Pick<Artifact, "id" | "name" | "type" | "platforms">;

export type BlueprintArtifact = {
  readonly id: BlueprintArtifactId;
  readonly blueprint: Named;
  readonly artifact: LinkedArtifact;
  readonly scope: ItemScope;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What operators send, by its names on the wire (http-api 2.8). */
export type BlueprintArtifactInput = ItemScopeBody & {
  readonly blueprint: number;
  readonly artifact: string;
};

/** The reference allows 1 for versions alone. */
export const shardModuloMin = 2;

export const blueprintArtifactUnknown: Refusal = {
  kind: "not_found",
  code: "blueprint_artifact_unknown",
  detail: "No BlueprintArtifact matches the given query.",
};

export const blueprintArtifactTaken: Refusal = refuseField(
  "non_field_errors",
  "blueprint_artifact_taken",
  "The fields blueprint, artifact must make a unique set.",
);

/**
 * The scope that is stored: what is omitted stays, but for the tags, which are replaced. A default shard that was omitted
 * follows a smaller modulo: it stands for the same share, all.
 */
export function planLinkScope(input: BlueprintArtifactInput, current: ItemScope | undefined): ItemScope {
  const scope = readItemScope(input, current);
  if (input.default_shard !== undefined) return scope;
  return { ...scope, defaultShard: Math.min(scope.defaultShard, scope.shardModulo) };
}

/** The scope that is judged: platforms count as they were sent, whatever is stored (http-api 2.8). */
export function judgedLinkScope(input: BlueprintArtifactInput, stored: ItemScope): ItemScope {
  return { ...stored, platforms: readItemScope(input).platforms };
}

/** Refuses keys that name nothing, and artifacts that cannot be linked. */
export function listLinkRefusals(
  input: BlueprintArtifactInput,
  found: { readonly blueprint: Named | null; readonly artifact: LinkedArtifact | null },
): (Refusal | null)[] {
  return [
    found.blueprint === null ? unknownPk("blueprint", input.blueprint) : null,
    found.artifact === null ? unknownPk("artifact", input.artifact) : refuseType(found.artifact),
  ];
}

/** The reference's console refuses these, its API takes them and never delivers them by the link. */
function refuseType({ type }: LinkedArtifact): Refusal | null {
  if (artifactTypeFacts[type].isLinkable) return null;
  const detail = `An artifact of the type ${type} is reached through declarations, not through a blueprint`;
  return refuseField("artifact", "artifact_not_linkable", detail);
}
