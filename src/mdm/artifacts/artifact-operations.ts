/** What operators do to artifacts (http-api 2.8). */
import { randomUUID } from "node:crypto";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, invariant, throwIfRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import * as rules from "./artifact.ts";
import type { Artifact, ArtifactFields, ArtifactId, ArtifactInput } from "./artifact.ts";
import { lockArtifactGraph, refuseCycle } from "./artifact-cycle-operations.ts";
import { type AuditedArtifact, artifactChanged } from "./artifact-events.ts";
import * as store from "./artifact-store.ts";
import { refuseTypeChange } from "./artifact-version.ts";
import { findArtifactContent } from "./artifact-version-store.ts";

/** Makes an artifact. */
export async function createArtifact(op: Operation, input: ArtifactInput): Promise<Artifact> {
  const id = asUuid<"Artifact">(randomUUID());
  const fields = { ...rules.artifactDefaults, ...input };
  await lockArtifactGraph(op);
  const names = await findRequired(op, fields);
  const written = await store.insertArtifact(op.tx, { id, fields, at: op.at });
  if (typeof written === "object") throw new OperationRefused(rules.artifactNameTaken);
  const artifact = await findExisting(op, id);
  // Nothing has it yet: no blueprint, and no other artifact requires it.
  op.record(artifactChanged("created", { next: { artifact, names } }));
  return artifact;
}

/** Changes an artifact; what is omitted stays. */
export async function updateArtifact(
  op: Operation,
  deps: DesiredStateDeps,
  { id, input }: { readonly id: ArtifactId; readonly input: ArtifactInput },
): Promise<Artifact> {
  await lockArtifactGraph(op);
  const previous = await findForUpdate(op, id);
  const fields = { ...previous.artifact, ...input };
  const names = await findRequired(op, fields);
  const change = { from: previous.artifact.type, to: fields.type };
  throwIfRefused(refuseTypeChange(change, await findArtifactContent(op.tx, id)));
  if (fields.requires.includes(id)) throw new OperationRefused(rules.artifactRequiresItself);
  const written = await store.updateArtifactRow(op.tx, { id, fields, at: op.at });
  if (typeof written === "object") throw new OperationRefused(rules.artifactNameTaken);
  await deps.noteDesiredStateChange(op, { kind: "artifacts", artifactIds: [id] });
  if (input.requires !== undefined) await refuseCycle(op, { artifactId: id, field: "requires" });
  const artifact = await findExisting(op, id);
  op.record(artifactChanged("updated", { previous, next: { artifact, names } }));
  return artifact;
}

/** Deletes an artifact with its versions, unless something holds on to it. */
export async function deleteArtifact(op: Operation, deps: DesiredStateDeps, id: ArtifactId): Promise<void> {
  await lockArtifactGraph(op);
  const previous = await findForUpdate(op, id);
  if (await store.isArtifactCommanded(op.tx, id)) throw new OperationRefused(rules.artifactInUse);
  // While others still require it: what they need changes.
  await deps.noteDesiredStateChange(op, { kind: "artifacts", artifactIds: [id] });
  if ((await store.deleteArtifactRow(op.tx, id)) === "in_use")
    throw new OperationRefused(rules.artifactInUse);
  op.record(artifactChanged("deleted", { previous }));
}

async function findRequired(
  op: Operation,
  { requires }: ArtifactFields,
): Promise<ReadonlyMap<ArtifactId, string>> {
  const found = await store.listArtifactNames(op.tx, requires);
  const names = new Map(found.map(({ id, name }) => [id, name]));
  throwIfRefused(...rules.refuseUnknownRequirements(requires, new Set(names.keys())));
  return names;
}

async function findForUpdate(op: Operation, id: ArtifactId): Promise<AuditedArtifact> {
  const artifact = await store.findArtifactForUpdate(op.tx, id);
  if (artifact === null) throw new OperationRefused(rules.artifactUnknown);
  const names = await store.listArtifactNames(op.tx, artifact.requires);
  return { artifact, names: new Map(names.map((required) => [required.id, required.name])) };
}

async function findExisting(op: Operation, id: ArtifactId): Promise<Artifact> {
  const found = await store.findArtifact(op.tx, id);
  invariant(found !== null, "an artifact written in this transaction exists");
  return found;
}
