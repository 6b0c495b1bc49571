/** Tags of machines: enrollments add theirs when a device authenticates, operators change them in bulk. */
import type { BulkSelection } from "#mdm/commands/bulk-command.ts";
import { listSelectedDevices } from "#mdm/commands/bulk-command-operations.ts";
import { listMachinesOf } from "#mdm/devices/device-list-operations.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, invariant, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import {
  type TaggingOutcome,
  type TaggingStep,
  machinesPerRequestMax,
  machinesTooMany,
  refuseStep,
  tagNameUnusable,
  tagOfOtherTaxonomy,
} from "./machine-tag.ts";
import * as store from "./machine-tag-store.ts";
import { type Tag, type TagId, slugOf, tagColorDefault } from "./tag.ts";
import { machineTagChanged, tagChanged } from "./tag-events.ts";
import { findTag } from "./tag-store.ts";
import type { Taxonomy, TaxonomyId } from "./taxonomy.ts";
import { createTaxonomy } from "./taxonomy-operations.ts";

/** Adds tags to a machine and records each one that is new to it. */
export async function addMachineTags(
  op: Operation,
  serialNumber: string,
  tagIds: readonly number[],
): Promise<void> {
  if (tagIds.length === 0) return;
  record(op, "added", await store.insertMachineTags(op.tx, [serialNumber], tagIds));
}

/**
 * Takes the steps of a request, in order, for all its machines. Tags and taxonomies that are not there yet are made.
 *
 * @throws {OperationRefused} For a step that cannot mean anything, and for a name that belongs to another taxonomy.
 */
export async function tagMachines(
  op: Operation,
  deps: DesiredStateDeps,
  {
    serialNumbers,
    steps,
  }: { readonly serialNumbers: readonly string[]; readonly steps: readonly TaggingStep[] },
): Promise<TaggingOutcome> {
  throwIfRefused(...steps.map(refuseStep));
  const machines = [...new Set(serialNumbers)];
  let added = 0;
  let removed = 0;
  for (const step of steps) {
    const outcome = await takeStep(op, machines, step);
    added += outcome.added;
    removed += outcome.removed;
  }
  if (added + removed > 0) {
    await deps.noteDesiredStateChange(op, { kind: "machines", serialNumbers: machines });
  }
  return { machines: machines.length, added, removed };
}

/**
 * {@link tagMachines} for the machines of a selection of devices.
 *
 * @throws {OperationRefused} `selection_empty`, and when they are more than {@link machinesPerRequestMax}.
 */
export async function tagDevices(
  op: Operation,
  deps: DesiredStateDeps,
  { selection, steps }: { readonly selection: BulkSelection; readonly steps: readonly TaggingStep[] },
): Promise<TaggingOutcome> {
  const ids = await listSelectedDevices(op, selection);
  if (ids.length > machinesPerRequestMax) throw new OperationRefused(machinesTooMany(ids.length));
  return tagMachines(op, deps, { serialNumbers: await listMachinesOf(op, ids), steps });
}

async function takeStep(
  op: Operation,
  machines: readonly string[],
  { kind, taxonomy: taxonomyName, names }: TaggingStep,
): Promise<{ added: number; removed: number }> {
  if (kind === "REMOVE") {
    const ids = (await store.findTagsByName(op.tx, names)).map(({ id }) => id);
    const rows = await store.deleteMachineTags(op.tx, machines, ids);
    return { added: 0, removed: record(op, "removed", rows) };
  }
  const taxonomy = taxonomyName === null ? null : await ensureTaxonomy(op, taxonomyName);
  const ids = await ensureTags(op, names, taxonomy);
  const others =
    kind === "SET" && taxonomy !== null
      ? await store.deleteOtherMachineTags(op.tx, machines, { taxonomyId: taxonomy.id, keptIds: ids })
      : [];
  const removed = record(op, "removed", others);
  const added = record(op, "added", await store.insertMachineTags(op.tx, machines, ids));
  return { added, removed };
}

type NamedTaxonomy = Pick<Taxonomy, "id" | "name">;

async function ensureTaxonomy(op: Operation, name: string): Promise<NamedTaxonomy> {
  const found = await store.findTaxonomyByName(op.tx, name);
  if (found !== null) return found;
  try {
    return await createTaxonomy(op, { name });
  } catch (error) {
    // Somebody else may have made it since.
    const made = error instanceof OperationRefused ? await store.findTaxonomyByName(op.tx, name) : null;
    if (made === null) throw error;
    return made;
  }
}

type NamedTag = Pick<Tag, "id" | "name" | "taxonomyId">;

async function ensureTags(
  op: Operation,
  names: readonly string[],
  taxonomy: NamedTaxonomy | null,
): Promise<TagId[]> {
  const wanted = [...new Set(names)].sort();
  const found = new Map((await store.findTagsByName(op.tx, wanted)).map((tag) => [tag.name, tag]));
  const ids: TagId[] = [];
  for (const name of wanted) {
    const tag = found.get(name) ?? (await createNamedTag(op, name, taxonomy?.id ?? null));
    if (taxonomy !== null && tag.taxonomyId !== taxonomy.id) {
      throw new OperationRefused(tagOfOtherTaxonomy(name, taxonomy.name));
    }
    ids.push(tag.id);
  }
  return ids;
}

/** Makes a tag, or finds the one that somebody else has made since. */
async function createNamedTag(op: Operation, name: string, taxonomyId: TaxonomyId | null): Promise<NamedTag> {
  const row = { name, slug: slugOf(name), color: tagColorDefault, taxonomyId };
  const id = await store.insertTagUnlessTaken(op.tx, row);
  if (id === null) {
    const [made] = await store.findTagsByName(op.tx, [name]);
    if (made === undefined) throw new OperationRefused(tagNameUnusable(name));
    return made;
  }
  const next = await findTag(op.tx, id);
  invariant(next !== null, "a tag written in this transaction exists");
  op.record(tagChanged("created", { next }));
  return next;
}

function record(op: Operation, action: "added" | "removed", rows: readonly store.MachineTagRow[]): number {
  for (const { serialNumber, ...tag } of rows) op.record(machineTagChanged(action, serialNumber, tag));
  return rows.length;
}
