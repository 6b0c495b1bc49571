/** What operators do to recovery password configurations. */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import { openText, type SealContext, type Sealer, sealText } from "#platform/sealer.ts";
import type { Secret } from "#platform/secret.ts";
import { recoveryPasswordConfigChanged } from "./blueprint-events.ts";
import {
  listRecoveryPasswordConfigRefusals,
  planRecoveryPasswordConfig,
  type RecoveryPasswordConfig,
  type RecoveryPasswordConfigId,
  type RecoveryPasswordConfigInput,
  recoveryPasswordConfigRefusals as refusals,
} from "./recovery-password-config.ts";
import * as store from "./recovery-password-config-store.ts";

export type RecoveryPasswordDeps = DesiredStateDeps & { readonly sealer: Sealer };

/** Finds a configuration. @throws {OperationRefused} `recovery_password_config_unknown` */
export async function findRecoveryPasswordConfig(
  op: ReadOperation,
  id: number,
): Promise<RecoveryPasswordConfig> {
  return expectFound(await store.findRecoveryPasswordConfig(op.tx, id));
}

/** Makes a configuration. */
export async function createRecoveryPasswordConfig(
  op: Operation,
  deps: RecoveryPasswordDeps,
  input: RecoveryPasswordConfigInput,
): Promise<RecoveryPasswordConfig> {
  const fields = planRecoveryPasswordConfig(input, null);
  throwIfRefused(...listRecoveryPasswordConfigRefusals(input, fields));
  const id = await store.takeRecoveryPasswordConfigId(op.tx);
  const staticPasswordSealed = seal(deps, id, input);
  const next = await store.insertRecoveryPasswordConfig(op.tx, {
    ...fields,
    id,
    staticPasswordSealed,
    at: op.at,
  });
  if (next === null) throw new OperationRefused(refusals.nameTaken);
  op.record(recoveryPasswordConfigChanged("created", { next }));
  return next;
}

/** Changes a configuration; what is omitted stays, but the static password is cleared. */
export async function updateRecoveryPasswordConfig(
  op: Operation,
  deps: RecoveryPasswordDeps,
  { id, input }: { readonly id: number; readonly input: RecoveryPasswordConfigInput },
): Promise<RecoveryPasswordConfig> {
  const previous = expectFound(await store.findRecoveryPasswordConfigForUpdate(op.tx, id));
  const fields = planRecoveryPasswordConfig(input, previous);
  throwIfRefused(...listRecoveryPasswordConfigRefusals(input, fields));
  const next = await store.updateRecoveryPasswordConfigRow(op.tx, {
    ...fields,
    id: previous.id,
    staticPasswordSealed: seal(deps, previous.id, input),
    at: op.at,
  });
  if (next === null) throw new OperationRefused(refusals.nameTaken);
  op.record(recoveryPasswordConfigChanged("updated", { previous, next }));
  const blueprintIds = await store.listBlueprintsOfRecoveryPasswordConfig(op.tx, id);
  if (blueprintIds.length > 0) await deps.noteDesiredStateChange(op, { kind: "blueprints", blueprintIds });
  return next;
}

/** Deletes a configuration that no blueprint refers to. */
export async function deleteRecoveryPasswordConfig(op: Operation, id: number): Promise<void> {
  const previous = expectFound(await store.findRecoveryPasswordConfigForUpdate(op.tx, id));
  if ((await store.deleteRecoveryPasswordConfigRow(op.tx, id)) === "in_use") {
    throw new OperationRefused(refusals.inUse);
  }
  op.record(recoveryPasswordConfigChanged("deleted", { previous }));
}

/** The password of all Macs of a configuration; null when each has its own. */
export function openStaticPassword(
  deps: { readonly sealer: Sealer },
  { id, staticPasswordSealed }: Pick<RecoveryPasswordConfig, "id" | "staticPasswordSealed">,
): Secret<string> | null {
  return staticPasswordSealed === null ? null : openText(deps.sealer, staticPasswordSealed, context(id));
}

function seal(
  deps: RecoveryPasswordDeps,
  id: RecoveryPasswordConfigId,
  { static_password: password }: RecoveryPasswordConfigInput,
): Buffer | null {
  return password === undefined || password === null ? null : sealText(deps.sealer, password, context(id));
}

function context(id: RecoveryPasswordConfigId): SealContext {
  return { table: "recovery_password_configs", column: "static_password_sealed", row: id };
}

function expectFound(config: RecoveryPasswordConfig | null): RecoveryPasswordConfig {
  if (config === null) throw new OperationRefused(refusals.unknown);
  return config;
}
