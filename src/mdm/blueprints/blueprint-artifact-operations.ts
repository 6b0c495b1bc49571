/** What operators do to the artifacts of blueprints. */
import { lockArtifactGraph } from "#mdm/artifacts/artifact-cycle-operations.ts";
import { auditItemScope, findScopeTags, replaceScopeTags } from "#mdm/artifacts/item-scope-operations.ts";
import { refuseScope, refuseUnknownTags } from "#mdm/artifacts/item-scope-rules.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { invariant, OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { AuditFacts } from "#platform/events/audit-event.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import {
  type BlueprintArtifact,
  type BlueprintArtifactInput,
  blueprintArtifactTaken,
  blueprintArtifactUnknown,
  judgedLinkScope,
  listLinkRefusals,
  planLinkScope,
} from "./blueprint-artifact.ts";
import * as store from "./blueprint-artifact-store.ts";
import { blueprintArtifactChanged } from "./blueprint-events.ts";
import { holdBlueprint } from "./blueprint-store.ts";

/** Finds a link. @throws {OperationRefused} `blueprint_artifact_unknown` */
export async function findBlueprintArtifact(op: ReadOperation, id: number): Promise<BlueprintArtifact> {
  return expectFound(await store.findBlueprintArtifact(op.tx, id));
}

/** Puts an artifact into a blueprint. */
export async function createBlueprintArtifact(
  op: Operation,
  deps: DesiredStateDeps,
  input: BlueprintArtifactInput,
): Promise<BlueprintArtifact> {
  await lockArtifactGraph(op);
  const row = await decideRow(op, input, null);
  const id = await store.insertBlueprintArtifact(op.tx, row);
  if (id === null) throw new OperationRefused(blueprintArtifactTaken);
  await replaceScopeTags(op.tx, { kind: "blueprint_artifact", id }, row.scope);
  const next = await findBlueprintArtifact(op, id);
  await record(op, "created", { next });
  await note(op, deps, [next]);
  return next;
}

/** Changes whom an artifact of a blueprint is for, or what is linked where. */
export async function updateBlueprintArtifact(
  op: Operation,
  deps: DesiredStateDeps,
  { id, input }: { readonly id: number; readonly input: BlueprintArtifactInput },
): Promise<BlueprintArtifact> {
  await lockArtifactGraph(op);
  const previous = expectFound(await store.findBlueprintArtifactForUpdate(op.tx, id));
  const row = await decideRow(op, input, previous);
  if (!(await store.updateBlueprintArtifactRow(op.tx, previous.id, row))) {
    throw new OperationRefused(blueprintArtifactTaken);
  }
  await replaceScopeTags(op.tx, { kind: "blueprint_artifact", id }, row.scope);
  const next = await findBlueprintArtifact(op, id);
  await record(op, "updated", { previous, next });
  await note(op, deps, [previous, next]);
  return next;
}

/** Takes an artifact out of a blueprint. */
export async function deleteBlueprintArtifact(
  op: Operation,
  deps: DesiredStateDeps,
  id: number,
): Promise<void> {
  await lockArtifactGraph(op);
  const previous = expectFound(await store.findBlueprintArtifactForUpdate(op.tx, id));
  await store.deleteBlueprintArtifactRow(op.tx, previous.id);
  await record(op, "deleted", { previous });
  await note(op, deps, [previous]);
}

async function decideRow(
  op: Operation,
  input: BlueprintArtifactInput,
  current: BlueprintArtifact | null,
): Promise<store.BlueprintArtifactRow> {
  const blueprint = await holdBlueprint(op.tx, input.blueprint);
  const artifact = await store.holdArtifact(op.tx, input.artifact);
  const scope = planLinkScope(input, current?.scope);
  const tags = await findScopeTags(op.tx, scope);
  throwIfRefused(...listLinkRefusals(input, { blueprint, artifact }), ...refuseUnknownTags(scope, tags));
  invariant(blueprint !== null && artifact !== null, "what is unknown was refused");
  const taken = await store.findLinkOfPair(op.tx, { blueprintId: blueprint.pk, artifactId: artifact.id });
  if (taken !== null && taken !== current?.id) throw new OperationRefused(blueprintArtifactTaken);
  throwIfRefused(...refuseScope(judgedLinkScope(input, scope), artifact.platforms, tags));
  return { blueprint, artifact, scope, at: op.at };
}

async function record(
  op: Operation,
  action: AuditFacts["action"],
  change: { readonly previous?: BlueprintArtifact; readonly next?: BlueprintArtifact },
): Promise<void> {
  const links = [change.previous, change.next].filter((link) => link !== undefined);
  const tags = await findScopeTags(op.tx, ...links.map(({ scope }) => scope));
  op.record(blueprintArtifactChanged(action, change, (scope) => auditItemScope(scope, tags)));
}

async function note(
  op: Operation,
  deps: DesiredStateDeps,
  links: readonly BlueprintArtifact[],
): Promise<void> {
  const blueprintIds = [...new Set(links.map(({ blueprint }) => blueprint.pk))];
  await deps.noteDesiredStateChange(op, { kind: "blueprints", blueprintIds });
}

function expectFound(link: BlueprintArtifact | null): BlueprintArtifact {
  if (link === null) throw new OperationRefused(blueprintArtifactUnknown);
  return link;
}
