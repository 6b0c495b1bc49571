/** Tags of machines: enrollments add theirs when a device authenticates (protocol specification 1.2). */
import type { Operation } from "#platform/operation.ts";
import { insertMachineTags } from "./machine-tag-store.ts";

/** Adds tags to a machine and records each one that is new to it. */
export async function addMachineTags(
  op: Operation,
  serialNumber: string,
  tagIds: readonly number[],
): Promise<void> {
  if (tagIds.length === 0) return;
  for (const tag of await insertMachineTags(op.tx, serialNumber, tagIds)) {
    op.record({
      type: "machine_tag",
      tags: [],
      serialNumber,
      payload: { action: "added", tag: { pk: tag.id, name: tag.name } },
    });
  }
}
