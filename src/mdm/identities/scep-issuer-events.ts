/** Audit events of SCEP issuers; of their secrets they show digests. */
import { type AuditFacts, auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { ScepIssuer } from "./scep-issuer.ts";
import { type IssuerBackend, auditedSettings } from "./issuer-backend.ts";

/** An issuer with its backend opened. */
export type OpenedIssuer = { readonly issuer: ScepIssuer; readonly backend: IssuerBackend };

/** What happened to an issuer: `previous` is absent for a creation, `next` for a deletion. */
export function scepIssuerChanged(
  action: AuditFacts["action"],
  { previous, next }: { readonly previous?: OpenedIssuer; readonly next?: OpenedIssuer },
): DomainEvent {
  return auditEvent({
    action,
    model: "mdm.scepissuer",
    pk: (next ?? previous)?.issuer.id ?? "",
    ...(previous === undefined ? {} : { prevValue: publicFields(previous) }),
    ...(next === undefined ? {} : { newValue: publicFields(next) }),
    objectKey: "mdm_scep_issuer",
    app: "mdm",
  });
}

function publicFields({ issuer, backend }: OpenedIssuer): Readonly<Record<string, unknown>> {
  return {
    pk: issuer.id,
    name: issuer.name,
    description: issuer.description,
    url: issuer.url,
    key_size: issuer.keySize,
    key_usage: issuer.keyUsage,
    backend: issuer.backend,
    backend_kwargs: auditedSettings(backend),
    version: issuer.version,
    created_at: issuer.createdAt.toISOString(),
    updated_at: issuer.updatedAt.toISOString(),
  };
}
