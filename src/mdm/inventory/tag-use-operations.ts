/** Tells of what a tag takes along when it goes: scopes that named it are for others from then on. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { Operation } from "#platform/operation.ts";
import { findTagUses } from "./tag-use-store.ts";

/** Called before the deletion: afterwards nobody can tell who named the tag. */
export async function noteTagDeletion(
  op: Operation,
  deps: DesiredStateDeps,
  which: Parameters<typeof findTagUses>[1],
): Promise<void> {
  const { artifactIds, blueprintIds } = await findTagUses(op.tx, which);
  if (artifactIds.length > 0) await deps.noteDesiredStateChange(op, { kind: "artifacts", artifactIds });
  if (blueprintIds.length > 0) await deps.noteDesiredStateChange(op, { kind: "blueprints", blueprintIds });
}
