/** Audit events of the payloads of versions (http-api 1.15). */
import { type AuditFacts, auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import { type SatelliteKind, satelliteFacts } from "./artifact-version.ts";

/** What an event tells of a version with its payload. */
export type AuditedVersion = Readonly<Record<string, unknown>> & { readonly pk: string };

/**
 * What happened to a version: `previous` is absent for a creation, `next` for a deletion. `warnings` is what Apple's
 * schema calls deprecated in the payload.
 */
export function artifactVersionChanged(
  action: AuditFacts["action"],
  {
    kind,
    previous,
    next,
    warnings = [],
  }: {
    readonly kind: SatelliteKind;
    readonly previous?: AuditedVersion;
    readonly next?: AuditedVersion;
    readonly warnings?: readonly string[];
  },
): DomainEvent {
  const event = auditEvent({
    action,
    model: `mdm.${satelliteFacts[kind].model.toLowerCase()}`,
    pk: (next ?? previous)?.pk ?? "",
    ...(previous === undefined ? {} : { prevValue: previous }),
    ...(next === undefined ? {} : { newValue: next }),
    objectKey: `mdm_${kind.replace(" ", "_")}`,
    app: "mdm",
  });
  return warnings.length === 0 ? event : { ...event, payload: { ...event.payload, warnings } };
}
