/** Versions together with their payloads: what is the same for all payloads of creating, changing and deleting one. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { invariant } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import { artifactVersionChanged } from "./artifact-version-events.ts";
import type { ArtifactVersion, SatelliteKind } from "./artifact-version.ts";
import {
  type ArtifactVersionWrite,
  auditArtifactVersions,
  createArtifactVersion,
  deleteArtifactVersion,
  updateArtifactVersion,
} from "./artifact-version-operations.ts";

/** What audit events tell of a payload; null when the version has none of the kind. */
export type AuditPayload = (
  op: Operation,
  id: ArtifactVersionId,
) => Promise<Readonly<Record<string, unknown>> | null>;

export type PayloadWrite = ArtifactVersionWrite & {
  /** Checks the payload and writes it, the first time and over the one that is there; answers warnings. */
  readonly writePayload: (version: ArtifactVersion) => Promise<readonly string[] | void>;
  readonly auditPayload: AuditPayload;
};

/** Makes a version with its payload, and records it. */
export async function createVersionWithPayload(
  op: Operation,
  deps: DesiredStateDeps,
  { writePayload, auditPayload, ...write }: PayloadWrite,
): Promise<ArtifactVersion> {
  const { kind } = write;
  const version = await createArtifactVersion(op, deps, write);
  const warnings = (await writePayload(version)) ?? [];
  const next = await auditVersion(op, version, await auditPayload(op, version.id));
  op.record(artifactVersionChanged("created", { kind, next, warnings }));
  return version;
}

/** Changes a version and its payload in place, and records what was and what is. */
export async function updateVersionWithPayload(
  op: Operation,
  deps: DesiredStateDeps,
  { writePayload, auditPayload, ...write }: PayloadWrite & { readonly id: string },
): Promise<ArtifactVersion> {
  const { kind } = write;
  const { previous, next } = await updateArtifactVersion(op, deps, write);
  const before = await auditVersion(op, previous, await auditPayload(op, next.id));
  const warnings = (await writePayload(next)) ?? [];
  const after = await auditVersion(op, next, await auditPayload(op, next.id));
  op.record(artifactVersionChanged("updated", { kind, previous: before, next: after, warnings }));
  return next;
}

/** Deletes a version with its payload, and records what it was. */
export async function deleteVersionWithPayload(
  op: Operation,
  deps: DesiredStateDeps,
  { kind, id, auditPayload }: { kind: SatelliteKind; id: string; auditPayload: AuditPayload },
): Promise<ArtifactVersion> {
  const payload = await auditPayload(op, id as ArtifactVersionId);
  const version = await deleteArtifactVersion(op, deps, { kind, id });
  const previous = await auditVersion(op, version, payload);
  op.record(artifactVersionChanged("deleted", { kind, previous }));
  return version;
}

async function auditVersion(
  op: Operation,
  version: ArtifactVersion,
  payload: Readonly<Record<string, unknown>> | null,
): Promise<Readonly<Record<string, unknown>> & { readonly pk: string }> {
  invariant(payload !== null, "a version of the kind has its payload");
  const [audited] = await auditArtifactVersions(op, version);
  return { ...audited, ...payload, pk: version.id };
}
