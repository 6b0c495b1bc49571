/** What is done to the versions of artifacts, for the slices that have their payloads (http-api 2.9). */
import { randomUUID } from "node:crypto";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, invariant, throwIfRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import type { Page } from "#platform/page.ts";
import type { Refusal } from "#platform/errors.ts";
import { lockArtifactGraph } from "./artifact-cycle-operations.ts";
import type { ArtifactId, ArtifactVersionId } from "./artifact.ts";
import * as rules from "./artifact-version.ts";
import type {
  ArtifactVersion,
  ArtifactVersionInput,
  SatelliteKind,
  VersionArtifact,
} from "./artifact-version.ts";
import * as store from "./artifact-version-store.ts";
import type { ItemScope } from "./item-scope.ts";
import { auditItemScope, findScopeTags, replaceScopeTags } from "./item-scope-operations.ts";
import { refuseScope, refuseUnknownTags } from "./item-scope-rules.ts";

/** A version to be written. */
export type ArtifactVersionWrite = {
  readonly kind: SatelliteKind;
  readonly input: ArtifactVersionInput;
  /** What the caller found wrong with single fields of its own: told together with what is wrong with these. */
  readonly fieldRefusals?: readonly (Refusal | null)[];
};

/**
 * Makes a version; the caller then inserts its payload, and refuses it when it is wrong: everything rolls back.
 *
 * @throws {OperationRefused} In the order of http-api 2.9: fields, platforms, shards, tags, the number.
 */
export async function createArtifactVersion(
  op: Operation,
  deps: DesiredStateDeps,
  write: ArtifactVersionWrite,
): Promise<ArtifactVersion> {
  const id = asUuid<"ArtifactVersion">(randomUUID());
  await lockArtifactGraph(op);
  const artifacts = await lockArtifacts(op, [write.input.artifactId]);
  await refuseVersion(op, { ...write, artifacts, id });
  await store.insertVersion(op.tx, { id, input: write.input, at: op.at });
  return finishWrite(op, deps, { id, scope: write.input.scope, artifactIds: [write.input.artifactId] });
}

/**
 * Changes a version in place; all of it is written. The caller then updates its payload.
 *
 * @throws {OperationRefused} 404 for an id that no version of the kind has; else as for a new version.
 */
export async function updateArtifactVersion(
  op: Operation,
  deps: DesiredStateDeps,
  write: ArtifactVersionWrite & { readonly id: string },
): Promise<{ readonly previous: ArtifactVersion; readonly next: ArtifactVersion }> {
  const { kind, input } = write;
  const id = asUuid<"ArtifactVersion">(write.id);
  const { previous, artifacts } = await lockVersion(op, { kind, id, target: input.artifactId });
  await refuseVersion(op, { ...write, artifacts, id });
  await store.updateVersionRow(op.tx, { id, input, at: op.at });
  const artifactIds = [...new Set([previous.artifact.id, input.artifactId])];
  return { previous, next: await finishWrite(op, deps, { id, scope: input.scope, artifactIds }) };
}

/** Deletes a version with its payload, unless a target has it or a command names it. */
export async function deleteArtifactVersion(
  op: Operation,
  deps: DesiredStateDeps,
  { kind, id: key }: { readonly kind: SatelliteKind; readonly id: string },
): Promise<ArtifactVersion> {
  const id = asUuid<"ArtifactVersion">(key);
  const { previous } = await lockVersion(op, { kind, id, target: null });
  if (await store.isVersionCommanded(op.tx, id)) throw new OperationRefused(rules.versionInUse(kind));
  await deps.noteDesiredStateChange(op, { kind: "artifacts", artifactIds: [previous.artifact.id] });
  if ((await store.deleteVersionRow(op.tx, id)) === "in_use") {
    throw new OperationRefused(rules.versionInUse(kind));
  }
  return previous;
}

/** Finds a version of any kind. */
export async function findArtifactVersion(reader: Reader, id: string): Promise<ArtifactVersion | null> {
  return store.findVersion(reader, asUuid<"ArtifactVersion">(id));
}

/** Finds a version that has a payload of the kind. */
export async function findArtifactVersionOfKind(
  reader: Reader,
  kind: SatelliteKind,
  id: string,
): Promise<ArtifactVersion | null> {
  return store.findVersionOfKind(reader, kind, asUuid<"ArtifactVersion">(id));
}

/** One page of the versions that have a payload of the kind; the caller then reads the payloads of the page. */
export async function listArtifactVersions(
  reader: Reader,
  kind: SatelliteKind,
  list: store.VersionList,
): Promise<Page<ArtifactVersion>> {
  return store.listVersions(reader, kind, list);
}

/** Versions as audit events show them: `pk` is the version's own (http-api 1.15). */
export async function auditArtifactVersions<Versions extends readonly ArtifactVersion[]>(
  op: Operation,
  ...versions: Versions
): Promise<{ readonly [Index in keyof Versions]: Readonly<Record<string, unknown>> }> {
  const tags = await findScopeTags(op.tx, ...versions.map(({ scope }) => scope));
  const audited = versions.map((version) => ({
    pk: version.id,
    artifact: { pk: version.artifact.id, name: version.artifact.name },
    version: version.version,
    ...auditItemScope(version.scope, tags),
    created_at: version.createdAt.toISOString(),
    updated_at: version.updatedAt.toISOString(),
  }));
  // A mapped tuple: as many as came in.
  return audited as never;
}

function lockArtifacts(op: Operation, ids: readonly ArtifactId[]): Promise<VersionArtifact[]> {
  return store.lockArtifactRows(op.tx, ids);
}

/** Locks a version after its artifact and the one it goes to, as every writer does. */
async function lockVersion(
  op: Operation,
  { kind, id, target }: { kind: SatelliteKind; id: ArtifactVersionId; target: ArtifactId | null },
): Promise<{ previous: ArtifactVersion; artifacts: readonly VersionArtifact[] }> {
  await lockArtifactGraph(op);
  const seen = await store.findVersionOfKind(op.tx, kind, id);
  if (seen === null) throw new OperationRefused(rules.versionUnknown(kind));
  const artifacts = await lockArtifacts(op, [seen.artifact.id, target ?? seen.artifact.id]);
  const previous = await store.findVersionForUpdate(op.tx, kind, id);
  if (previous === null) throw new OperationRefused(rules.versionUnknown(kind));
  return { previous, artifacts };
}

async function refuseVersion(
  op: Operation,
  {
    kind,
    input,
    fieldRefusals = [],
    artifacts,
    id,
  }: ArtifactVersionWrite & { artifacts: readonly VersionArtifact[]; id: ArtifactVersionId },
): Promise<void> {
  const artifact = artifacts.find((candidate) => candidate.id === input.artifactId);
  const tags = await findScopeTags(op.tx, input.scope);
  throwIfRefused(
    artifact === undefined
      ? rules.unknownArtifact(input.artifactId)
      : rules.refuseArtifactType(kind, artifact),
    ...refuseUnknownTags(input.scope, tags),
    ...fieldRefusals,
  );
  invariant(artifact !== undefined, "an artifact that does not exist is refused");
  throwIfRefused(...refuseScope(input.scope, artifact.platforms, tags));
  if (await store.isVersionTaken(op.tx, input, id)) throw new OperationRefused(rules.versionTaken);
}

async function finishWrite(
  op: Operation,
  deps: DesiredStateDeps,
  { id, scope, artifactIds }: { id: ArtifactVersionId; scope: ItemScope; artifactIds: readonly ArtifactId[] },
): Promise<ArtifactVersion> {
  await replaceScopeTags(op.tx, { kind: "artifact_version", id }, scope);
  await deps.noteDesiredStateChange(op, { kind: "artifacts", artifactIds });
  const written = await store.findVersion(op.tx, id);
  invariant(written !== null, "a version written in this transaction exists");
  return written;
}
