/** Audit events of ACME issuers; of their secrets they show digests. */
import { type AuditFacts, auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { AcmeIssuer } from "./acme-issuer.ts";
import { type IssuerBackend, auditedSettings } from "./issuer-backend.ts";

/** An issuer with its backend opened. */
export type OpenedAcmeIssuer = { readonly issuer: AcmeIssuer; readonly backend: IssuerBackend };

/** What happened to an issuer: `previous` is absent for a creation, `next` for a deletion. */
export function acmeIssuerChanged(
  action: AuditFacts["action"],
  { previous, next }: { readonly previous?: OpenedAcmeIssuer; readonly next?: OpenedAcmeIssuer },
): DomainEvent {
  return auditEvent({
    action,
    model: "mdm.acmeissuer",
    pk: (next ?? previous)?.issuer.id ?? "",
    ...(previous === undefined ? {} : { prevValue: publicFields(previous) }),
    ...(next === undefined ? {} : { newValue: publicFields(next) }),
    objectKey: "mdm_acme_issuer",
    app: "mdm",
  });
}

function publicFields({ issuer, backend }: OpenedAcmeIssuer): Readonly<Record<string, unknown>> {
  return {
    pk: issuer.id,
    name: issuer.name,
    description: issuer.description,
    directory_url: issuer.directoryUrl,
    key_type: issuer.keyType,
    key_size: issuer.keySize,
    usage_flags: issuer.usageFlags,
    extended_key_usage: issuer.extendedKeyUsage,
    hardware_bound: issuer.hardwareBound,
    attest: issuer.attest,
    backend: issuer.backend,
    backend_kwargs: auditedSettings(backend),
    version: issuer.version,
    created_at: issuer.createdAt.toISOString(),
    updated_at: issuer.updatedAt.toISOString(),
  };
}
