/** Audit events of tags and taxonomies, and the event of a machine that gets or loses a tag. */
import { type AuditFacts, auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { Tag } from "./tag.ts";
import type { Taxonomy } from "./taxonomy.ts";

type Change<Row> = { readonly previous?: Row; readonly next?: Row };

/** What happened to a tag: `previous` is absent for a creation, `next` for a deletion. */
export function tagChanged(action: AuditFacts["action"], { previous, next }: Change<Tag>): DomainEvent {
  return auditEvent({
    action,
    model: "inventory.tag",
    pk: (next ?? previous)?.id ?? "",
    ...(previous === undefined ? {} : { prevValue: tagFields(previous) }),
    ...(next === undefined ? {} : { newValue: tagFields(next) }),
    objectKey: "tag",
    app: "inventory",
  });
}

/** What happened to a taxonomy. */
export function taxonomyChanged(
  action: AuditFacts["action"],
  { previous, next }: Change<Taxonomy>,
): DomainEvent {
  return auditEvent({
    action,
    model: "inventory.taxonomy",
    pk: (next ?? previous)?.id ?? "",
    ...(previous === undefined ? {} : { prevValue: taxonomyFields(previous) }),
    ...(next === undefined ? {} : { newValue: taxonomyFields(next) }),
    objectKey: "taxonomy",
    app: "inventory",
  });
}

/** A tag as events of machines name it. */
export type MachineTag = Pick<Tag, "id" | "name" | "taxonomyId" | "taxonomyName">;

/** A machine got or lost a tag (protocol specification 10). */
export function machineTagChanged(
  action: "added" | "removed",
  serialNumber: string,
  tag: MachineTag,
): DomainEvent {
  return {
    type: "machine_tag",
    tags: [],
    serialNumber,
    payload: {
      action,
      tag: { pk: tag.id, name: tag.name },
      ...(tag.taxonomyId === null ? {} : { taxonomy: { pk: tag.taxonomyId, name: tag.taxonomyName } }),
    },
  };
}

function tagFields(tag: Tag): Readonly<Record<string, unknown>> {
  return {
    pk: tag.id,
    name: tag.name,
    slug: tag.slug,
    color: tag.color,
    taxonomy: named(tag.taxonomyId, tag.taxonomyName),
    meta_business_unit: named(tag.metaBusinessUnitId, tag.metaBusinessUnitName),
  };
}

function taxonomyFields(taxonomy: Taxonomy): Readonly<Record<string, unknown>> {
  return {
    pk: taxonomy.id,
    name: taxonomy.name,
    meta_business_unit: named(taxonomy.metaBusinessUnitId, taxonomy.metaBusinessUnitName),
    created_at: taxonomy.createdAt.toISOString(),
    updated_at: taxonomy.updatedAt.toISOString(),
  };
}

function named(pk: number | null, name: string | null): { pk: number; name: string | null } | null {
  return pk === null ? null : { pk, name };
}
