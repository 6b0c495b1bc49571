/** Audit events of artifacts. */
import { type AuditFacts, auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { Artifact, ArtifactId } from "./artifact.ts";

/** An artifact with the names of those it requires. */
export type AuditedArtifact = {
  readonly artifact: Artifact;
  readonly names: ReadonlyMap<ArtifactId, string>;
};

/** What happened to an artifact: `previous` is absent for a creation, `next` for a deletion. */
export function artifactChanged(
  action: AuditFacts["action"],
  { previous, next }: { readonly previous?: AuditedArtifact; readonly next?: AuditedArtifact },
): DomainEvent {
  return auditEvent({
    action,
    model: "mdm.artifact",
    pk: (next ?? previous)?.artifact.id ?? "",
    ...(previous === undefined ? {} : { prevValue: publicFields(previous) }),
    ...(next === undefined ? {} : { newValue: publicFields(next) }),
    objectKey: "mdm_artifact",
    app: "mdm",
  });
}

function publicFields({ artifact, names }: AuditedArtifact): Readonly<Record<string, unknown>> {
  return {
    pk: artifact.id,
    name: artifact.name,
    type: artifact.type,
    channel: artifact.channel,
    platforms: artifact.platforms,
    requires: artifact.requires.map((pk) => ({ pk, name: names.get(pk) ?? null })),
    install_during_setup_assistant: artifact.installDuringSetupAssistant,
    auto_update: artifact.autoUpdate,
    reinstall_interval: artifact.reinstallInterval,
    reinstall_on_os_update: artifact.reinstallOnOsUpdate,
    created_at: artifact.createdAt.toISOString(),
    updated_at: artifact.updatedAt.toISOString(),
  };
}
