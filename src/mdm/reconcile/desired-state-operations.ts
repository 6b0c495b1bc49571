/** Takes note of what changed of what devices should have, and wakes those it concerns (issue 4, item 6; 3.2, 3.3). */
import { setImmediate } from "node:timers/promises";
import { secondsAfter } from "#platform/clock.ts";
import type { Reader } from "#platform/db/database.ts";
import type { JobRequest } from "#platform/jobs/job.ts";
import type { Operation } from "#platform/operation.ts";
import type { DesiredStateChange } from "#mdm/devices/desired-state-change.ts";
import { lockDevicesInOrder } from "#mdm/devices/device-operations.ts";
import { requestPushes, requestTargetPushes } from "#mdm/push/push-operations.ts";
import { pushExpirationSeconds } from "#mdm/push/push-request.ts";
import {
  bumpBlueprints,
  bumpBlueprintsOfArtifacts,
  countBlueprintDevices,
  listSerialNumbersWithBlueprint,
} from "./desired-state-store.ts";
import { desiredDigest } from "./desired-digest.ts";
import { factsOf, findTree, nothingPending, type PlanDeps } from "./reconcile-operations.ts";
import { clearDevicePlans, listTargets, type TargetRow, type TargetSelection } from "./target-plan-store.ts";

/** Changes that come within this time wake a device once. */
export const coalesceSeconds = 5;
/** Devices of one transaction of the wake job. */
export const wakeBatchDevicesMax = 500;
/** Transactions of one run; the next run goes on, so that no job lasts longer than a stop may take. */
export const wakeBatchesMax = 20;
/** Wake-ups a second that a wave may ask for: they are spread by a hash of the device's id. */
const wakesPerSecond = 20;
/** Longest time over which a wave is spread. */
export const wakeSpreadSecondsMax = 600;
/** Devices that are judged before others of the process have their turn. */
const devicesPerTurn = 50;
/** Serial numbers of one job: what its payload holds. */
const serialNumbersPerJob = 2_000;

/** Name of the job that goes through the targets a change may concern. */
export const wakeTargetsName = "wake_targets";

/** Notes a change in its own transaction: the work does not grow with the fleet. */
export async function noteDesiredStateChange(op: Operation, change: DesiredStateChange): Promise<void> {
  switch (change.kind) {
    case "artifacts": {
      const ids = await bumpBlueprintsOfArtifacts(op.tx, change, op.at);
      return enqueueWakes(op, ids);
    }
    case "blueprints":
      return enqueueWakes(op, await bumpBlueprints(op.tx, change.blueprintIds, op.at));
    case "machines":
      return noteMachines(op, change.serialNumbers);
    case "devices":
      return noteDevices(op, change.deviceIds);
    default:
      return change satisfies never;
  }
}

function enqueueWakes(op: Operation, blueprintIds: readonly number[]): void {
  for (const blueprintId of blueprintIds) {
    op.enqueue({
      name: wakeTargetsName,
      payload: { selection: { kind: "blueprint", blueprintId } },
      key: `${wakeTargetsName}:${blueprintId}`,
      runAt: secondsAfter(op.at, coalesceSeconds),
    });
  }
}

/** Their plans know the tags they were made with; nothing is to be cleared. */
async function noteMachines(op: Operation, serialNumbers: readonly string[]): Promise<void> {
  const concerned = await listSerialNumbersWithBlueprint(op.tx, [...new Set(serialNumbers)]);
  for (let start = 0; start < concerned.length; start += serialNumbersPerJob) {
    const part = concerned.slice(start, start + serialNumbersPerJob);
    op.enqueue({
      name: wakeTargetsName,
      payload: { selection: { kind: "machines", serialNumbers: part } },
      runAt: secondsAfter(op.at, coalesceSeconds),
    });
  }
}

/** Somebody chose these devices: they are woken now, and see for themselves. */
async function noteDevices(op: Operation, deviceIds: readonly number[]): Promise<void> {
  if (deviceIds.length === 0) return;
  await lockDevicesInOrder(op, deviceIds);
  await clearDevicePlans(op.tx, deviceIds);
  await requestPushes(op.tx, deviceIds, {
    priority: 10,
    expirationSeconds: pushExpirationSeconds,
    notBefore: op.at,
    at: op.at,
    spreadSeconds: Math.min(Math.floor(deviceIds.length / wakesPerSecond), wakeSpreadSecondsMax),
  });
}

/** How far a wave has come; it is the payload of its job. */
export type Wave = {
  readonly selection: TargetSelection;
  readonly afterDeviceId: number;
  /** Null until it was found out. */
  readonly spreadSeconds: number | null;
};

/**
 * Goes through the next devices of a wave and asks for pushes of the targets whose desired state is another than the one
 * they were last found at: six statements, however many they are.
 *
 * @returns Where to go on; null at the end.
 */
export async function runWakeBatch(op: Operation, deps: PlanDeps, wave: Wave): Promise<Wave | null> {
  const { selection, afterDeviceId } = wave;
  const spreadSeconds = wave.spreadSeconds ?? (await decideSpread(op.tx, selection));
  const page = { afterDeviceId, devicesMax: wakeBatchDevicesMax };
  const rows = await listTargets(op.tx, selection, page);
  const concerned: TargetRow[] = [];
  for (const [index, row] of rows.entries()) {
    if (await isConcerned(op, deps, row)) concerned.push(row);
    if (index % devicesPerTurn === devicesPerTurn - 1) await setImmediate();
  }
  if (concerned.length > 0) {
    const targets = concerned.map(({ deviceId, deviceUserId }) => ({ deviceId, userId: deviceUserId }));
    await lockDevicesInOrder(op, [...new Set(concerned.map(({ deviceId }) => deviceId))]);
    await requestTargetPushes(op.tx, targets, {
      priority: 5,
      expirationSeconds: pushExpirationSeconds,
      notBefore: op.at,
      at: op.at,
      spreadSeconds,
    });
  }
  deps.reconcileMeter?.countWave({ examined: countDevices(rows), woken: countDevices(concerned) });
  const last = rows.at(-1);
  return last === undefined ? null : { selection, afterDeviceId: last.deviceId, spreadSeconds };
}

function countDevices(rows: readonly TargetRow[]): number {
  return new Set(rows.map(({ deviceId }) => deviceId)).size;
}

/** A target that was never planned is concerned: nobody knows what it lacks. */
async function isConcerned(op: Operation, deps: PlanDeps, row: TargetRow): Promise<boolean> {
  const known = row.stored?.desiredDigest ?? null;
  if (known === null) return row.blueprintId !== null;
  const tree = await findTree(op.tx, deps, row);
  const facts = factsOf(row, { artifacts: [], pendingVersionIds: nothingPending });
  return !known.equals(desiredDigest(facts, tree));
}

async function decideSpread(reader: Reader, selection: TargetSelection): Promise<number> {
  const count =
    selection.kind === "blueprint"
      ? await countBlueprintDevices(reader, selection.blueprintId)
      : serialNumbersPerJob;
  return Math.min(Math.floor(count / wakesPerSecond), wakeSpreadSecondsMax);
}

/** The job that goes on with a wave. */
export function wakeJob(wave: Wave): JobRequest {
  return { name: wakeTargetsName, payload: wave };
}
