/** What operators do to FileVault configurations. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import { filevaultConfigChanged } from "./blueprint-events.ts";
import {
  type FilevaultConfig,
  type FilevaultConfigInput,
  filevaultConfigRefusals as refusals,
  listFilevaultConfigRefusals,
  planFilevaultConfig,
} from "./filevault-config.ts";
import * as store from "./filevault-config-store.ts";

/** Finds a configuration. @throws {OperationRefused} `filevault_config_unknown` */
export async function findFilevaultConfig(op: ReadOperation, id: number): Promise<FilevaultConfig> {
  return expectFound(await store.findFilevaultConfig(op.tx, id));
}

/** Makes a configuration. */
export async function createFilevaultConfig(
  op: Operation,
  input: FilevaultConfigInput,
): Promise<FilevaultConfig> {
  const fields = planFilevaultConfig(input, null);
  throwIfRefused(...listFilevaultConfigRefusals(input, fields));
  const next = await store.insertFilevaultConfig(op.tx, fields, op.at);
  if (next === null) throw new OperationRefused(refusals.nameTaken);
  op.record(filevaultConfigChanged("created", { next }));
  return next;
}

/** Changes a configuration; what is omitted stays. */
export async function updateFilevaultConfig(
  op: Operation,
  deps: DesiredStateDeps,
  { id, input }: { readonly id: number; readonly input: FilevaultConfigInput },
): Promise<FilevaultConfig> {
  const previous = expectFound(await store.findFilevaultConfigForUpdate(op.tx, id));
  const fields = planFilevaultConfig(input, previous);
  throwIfRefused(...listFilevaultConfigRefusals(input, fields));
  const next = await store.updateFilevaultConfigRow(op.tx, id, { fields, at: op.at });
  if (next === null) throw new OperationRefused(refusals.nameTaken);
  op.record(filevaultConfigChanged("updated", { previous, next }));
  const blueprintIds = await store.listBlueprintsOfFilevaultConfig(op.tx, id);
  if (blueprintIds.length > 0) await deps.noteDesiredStateChange(op, { kind: "blueprints", blueprintIds });
  return next;
}

/** Deletes a configuration that no blueprint refers to. */
export async function deleteFilevaultConfig(op: Operation, id: number): Promise<void> {
  const previous = expectFound(await store.findFilevaultConfigForUpdate(op.tx, id));
  if ((await store.deleteFilevaultConfigRow(op.tx, id)) === "in_use") {
    throw new OperationRefused(refusals.inUse);
  }
  op.record(filevaultConfigChanged("deleted", { previous }));
}

function expectFound(config: FilevaultConfig | null): FilevaultConfig {
  if (config === null) throw new OperationRefused(refusals.unknown);
  return config;
}
