/** The event of one request that gave many devices a blueprint. */
import { type BulkSelection, describeSelection } from "#mdm/commands/bulk-command.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { Named } from "./blueprint.ts";

/** Who was meant, and how many changed. Each device has an audit event beside it, up to a number of them. */
export function blueprintAssigned(facts: {
  readonly blueprint: Named | null;
  readonly selection: BulkSelection;
  readonly count: number;
}): DomainEvent {
  const { blueprint, selection, count } = facts;
  return {
    type: "blueprint_assigned",
    tags: ["mdm"],
    payload: { blueprint, devices: count, selection: describeSelection(selection) },
    ...(blueprint === null ? {} : { objects: { mdm_blueprint: [String(blueprint.pk)] } }),
  };
}
