/** Audit events of meta business units. */
import { type AuditFacts, auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { MetaBusinessUnit } from "./meta-business-unit.ts";

/** What happened to a unit: `previous` is absent for a creation, `next` for a deletion. */
export function unitChanged(
  action: AuditFacts["action"],
  { previous, next }: { readonly previous?: MetaBusinessUnit; readonly next?: MetaBusinessUnit },
): DomainEvent {
  return auditEvent({
    action,
    model: "inventory.metabusinessunit",
    pk: (next ?? previous)?.id ?? "",
    ...(previous === undefined ? {} : { prevValue: publicFields(previous) }),
    ...(next === undefined ? {} : { newValue: publicFields(next) }),
    objectKey: "meta_business_unit",
    app: "inventory",
  });
}

function publicFields(unit: MetaBusinessUnit): Readonly<Record<string, unknown>> {
  return {
    pk: unit.id,
    name: unit.name,
    api_enrollment_enabled: unit.apiEnrollmentEnabled,
    created_at: unit.createdAt.toISOString(),
    updated_at: unit.updatedAt.toISOString(),
  };
}
