/** What stands where with the artifacts of a target, for operators; and trying one again. */
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import { listPlannedCommandsOf } from "#mdm/commands/planned-command-operations.ts";
import { deviceUnknown, type Target, userUnknown } from "#mdm/devices/device.ts";
import { findDevice, findDeviceUserById, lockKnownDevice } from "#mdm/devices/device-operations.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { pushExpirationSeconds } from "#mdm/push/push-request.ts";
import { listArtifactNames, listTagNames } from "./blueprint-status-store.ts";
import { describeReason, type ReasonNames } from "./describe-reason.ts";
import { pendingOf, type PlanDeps, type PlannedTarget, planTarget } from "./reconcile-operations.ts";
import type { Reason } from "./reason.ts";
import { keyOf } from "./target.ts";
import type { TargetArtifact } from "./target-artifact.ts";
import { resetTargetArtifact } from "./target-artifact-operations.ts";
import { clearTargetPlan, findTarget } from "./target-plan-store.ts";
import type { Verdict } from "./verdict.ts";

/** Whose artifacts: a device's, or those of one of its users. */
export type TargetQuestion = { readonly deviceId: number; readonly userId: number | null };

export type ExplainedVerdict = Verdict & {
  readonly sentence: string;
  /** What the target was given of it, the highest version first. */
  readonly stored: readonly TargetArtifact[];
};

export type ExplainedTarget = PlannedTarget & { readonly verdicts: readonly ExplainedVerdict[] };

/** Finds a target. @throws {OperationRefused} `device_unknown`, `user_unknown`. */
export async function findTargetOf(reader: Reader, { deviceId, userId }: TargetQuestion): Promise<Target> {
  const device = await findDevice(reader, deviceId);
  if (device === null) throw new OperationRefused(deviceUnknown());
  if (userId === null) return { device, user: null };
  const user = await findDeviceUserById(reader, userId);
  if (user === null || user.deviceId !== device.id) throw new OperationRefused(userUnknown());
  return { device, user };
}

/** Plans a target as it is now, and puts each verdict into words. */
export async function explainTarget(
  op: ReadOperation,
  deps: PlanDeps,
  question: TargetQuestion,
): Promise<ExplainedTarget> {
  const target = await findTargetOf(op.tx, question);
  const row = await findTarget(op.tx, keyOf(target));
  if (row === null) throw new OperationRefused(deviceUnknown());
  const commands = await listPlannedCommandsOf(op.tx, target);
  const pendingVersionIds = pendingOf(commands);
  const planned = await planTarget(op.tx, deps, { row, pendingVersionIds, at: op.at });
  const names = await findNames(op.tx, planned);
  const stored = Map.groupBy(planned.artifacts, ({ artifactId }) => artifactId);
  const verdicts = planned.plan.verdicts.map((verdict) => ({
    ...verdict,
    sentence: describeReason(verdict.reason, names),
    stored: stored.get(verdict.artifactId) ?? [],
  }));
  return { ...planned, verdicts };
}

async function findNames(reader: Reader, { plan, tree }: PlannedTarget): Promise<ReasonNames> {
  const named = plan.verdicts.map(({ reason }) => namedBy(reason));
  const tags = await listTagNames(
    reader,
    named.flatMap(({ tagIds }) => tagIds),
  );
  const ids = named.flatMap(({ artifactIds }) => artifactIds);
  const elsewhere = ids.filter((id) => tree?.artifacts.has(id) !== true);
  const artifacts = await listArtifactNames(reader, elsewhere);
  return {
    tag: (id) => tags.get(id) ?? String(id),
    artifact: (id) => tree?.artifacts.get(id as ArtifactId)?.name ?? artifacts.get(id) ?? id,
  };
}

type Named = { readonly tagIds: readonly number[]; readonly artifactIds: readonly ArtifactId[] };

/** The ids in a reason, however deep: reasons nest others under `because`. */
function namedBy(reason: Reason | object): Named {
  const { tagId, artifactId, because } = reason as {
    readonly tagId?: number;
    readonly artifactId?: ArtifactId;
    readonly because?: object | null;
  };
  const inner = because === undefined || because === null ? null : namedBy(because);
  return {
    tagIds: [...(tagId === undefined ? [] : [tagId]), ...(inner?.tagIds ?? [])],
    artifactIds: [...(artifactId === undefined ? [] : [artifactId]), ...(inner?.artifactIds ?? [])],
  };
}

/**
 * Tries an artifact of a target again, and wakes the target for it.
 *
 * @throws {OperationRefused} `device_unknown`, `user_unknown`, `target_artifact_not_found`,
 *   `target_artifact_not_failed`.
 */
export async function retryArtifact(
  op: Operation,
  question: TargetQuestion,
  artifactId: ArtifactId,
): Promise<void> {
  await lockKnownDevice(op, question.deviceId);
  const target = await findTargetOf(op.tx, question);
  await resetTargetArtifact(op, { target, artifactId });
  await clearTargetPlan(op.tx, keyOf(target));
  await requestPush(
    op.tx,
    { deviceId: target.device.id, userId: target.user?.id ?? null },
    { priority: 10, expirationSeconds: pushExpirationSeconds, notBefore: op.at, at: op.at },
  );
}
