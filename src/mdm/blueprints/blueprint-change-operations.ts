/** A blueprint and its links changed in one transaction: devices never see a half of it. */
import { lockArtifactGraph } from "#mdm/artifacts/artifact-cycle-operations.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Blueprint, BlueprintInput } from "./blueprint.ts";
import { type BlueprintArtifact, blueprintArtifactTaken } from "./blueprint-artifact.ts";
import {
  createBlueprintArtifact,
  deleteBlueprintArtifact,
  updateBlueprintArtifact,
} from "./blueprint-artifact-operations.ts";
import { findLinkOfPair, holdArtifact } from "./blueprint-artifact-store.ts";
import type { LinkChanges, LinkItem } from "./blueprint-change-fields.ts";
import { findBlueprint, updateBlueprint } from "./blueprint-operations.ts";
import { refusalsUnder, unknownPk } from "./blueprint-refusal.ts";

export type BlueprintChange = LinkChanges & { readonly settings?: BlueprintInput };

export type ChangedBlueprint = {
  readonly blueprint: Blueprint;
  /** The links that were named, in their order. */
  readonly links: readonly BlueprintArtifact[];
};

/**
 * Makes a change of settings and links, all of it or nothing: links, what is taken away, then settings. Each part leaves the event it
 * would leave by itself; devices are told once.
 *
 * @throws {OperationRefused} What the writes of one would refuse, in their words, under its place: `settings.name`,
 *   `blueprint_artifacts.0.artifact`, `removed`.
 */
export async function changeBlueprint(
  op: Operation,
  { noteDesiredStateChange }: DesiredStateDeps,
  { id, input }: { readonly id: number; readonly input: BlueprintChange },
): Promise<ChangedBlueprint> {
  await lockArtifactGraph(op);
  await findBlueprint(op, id);
  let isNoted = false;
  const deps: DesiredStateDeps = { noteDesiredStateChange: async () => void (isNoted = true) };
  const { settings, blueprint_artifacts: items = [], removed = [] } = input;
  const links = await writeLinks(op, deps, { id, items });
  const kept = new Set(items.map(({ artifact }) => artifact));
  for (const artifact of removed) if (!kept.has(artifact)) await removeLink(op, deps, { id, artifact });
  // The blueprint last: whoever deletes a tag locks that, and then the blueprints it was in.
  if (settings !== undefined) {
    await doPart("settings", () => updateBlueprint(op, deps, { id, input: settings }));
  }
  if (isNoted) await noteDesiredStateChange(op, { kind: "blueprints", blueprintIds: [id] });
  return { blueprint: await findBlueprint(op, id), links };
}

async function writeLinks(
  op: Operation,
  deps: DesiredStateDeps,
  { id, items }: { readonly id: number; readonly items: readonly LinkItem[] },
): Promise<readonly BlueprintArtifact[]> {
  const links = new Map<string, BlueprintArtifact>();
  for (const [index, item] of items.entries()) {
    const link = await doPart(`blueprint_artifacts.${index}`, async () => {
      if (links.has(item.artifact)) throw new OperationRefused(blueprintArtifactTaken);
      return writeLink(op, deps, { ...item, blueprint: id });
    });
    links.set(item.artifact, link);
  }
  return [...links.values()];
}

async function writeLink(
  op: Operation,
  deps: DesiredStateDeps,
  input: LinkItem & { readonly blueprint: number },
): Promise<BlueprintArtifact> {
  const pair = { blueprintId: input.blueprint, artifactId: input.artifact };
  const present = await findLinkOfPair(op.tx, pair);
  if (present === null) return createBlueprintArtifact(op, deps, input);
  return updateBlueprintArtifact(op, deps, { id: present, input });
}

async function removeLink(
  op: Operation,
  deps: DesiredStateDeps,
  { id, artifact }: { readonly id: number; readonly artifact: string },
): Promise<void> {
  const present = await findLinkOfPair(op.tx, { blueprintId: id, artifactId: artifact });
  if (present !== null) return deleteBlueprintArtifact(op, deps, present);
  if ((await holdArtifact(op.tx, artifact)) === null) {
    throw new OperationRefused(unknownPk("removed", artifact));
  }
}

/** Does a part of a change; what that refuses is refused under its place. */
async function doPart<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OperationRefused) throwIfRefused(...refusalsUnder(place, error.refusals));
    throw error;
  }
}
