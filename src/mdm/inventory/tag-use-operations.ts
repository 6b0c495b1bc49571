/** Tells of what a tag takes along when it goes: scopes that named it are for others from then on. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { Operation } from "#platform/operation.ts";
import { findTagUses, lockTags, type WhichTags } from "./tag-use-store.ts";

/** Called before the deletion: afterwards nobody can tell who named the tag. */
export async function noteTagDeletion(
  op: Operation,
  deps: DesiredStateDeps,
  which: WhichTags,
): Promise<void> {
  await lockTags(op.tx, which);
  const { artifactIds, blueprintIds } = await findTagUses(op.tx, which);
  if (artifactIds.length + blueprintIds.length === 0) return;
  // One change, because several would lock the blueprints in an order of their own.
  await deps.noteDesiredStateChange(op, { kind: "artifacts", artifactIds, blueprintIds });
}
