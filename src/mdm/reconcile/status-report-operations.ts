/** Takes the status reports of targets: what is new of the system, of what it can, and of its declarations (1.6). */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  decodeStatusReport,
  type OperatingSystemStatus,
  type StatusReport,
} from "#protocol/ddm/status-report.ts";
import type { JsonObject } from "#protocol/mdm/json.ts";
import { secondsAfter } from "#platform/clock.ts";
import type { Operation } from "#platform/operation.ts";
import { type Device, type DevicePatch, storableText, type Target } from "#mdm/devices/device.ts";
import { applyDevicePatch } from "#mdm/devices/device-operations.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { pushExpirationSeconds } from "#mdm/push/push-request.ts";
import { readDeclarationResults } from "./declaration-status.ts";
import { listDdmManagedTypes } from "./delivery.ts";
import { findTree, type PlanDeps } from "./reconcile-operations.ts";
import { findLatestReport, freshSeconds, insertStatusReport, mergeStatusItems } from "./status-store.ts";
import { keyOf, type TargetKey } from "./target.ts";
import { recordTargetArtifacts } from "./target-artifact-operations.ts";
import { clearTargetPlan, findTarget, patchTargetDeclarations, type TargetRow } from "./target-plan-store.ts";

/**
 * Takes a report of a target whose device is locked, with a number of statements that does not grow with it. The same
 * report twice changes nothing the second time, and writes nothing unless an hour has passed. When something changed the
 * target is woken, to be told what follows.
 *
 * @returns The report as it can be kept, without secrets; null for what is no report at all.
 */
export async function takeStatusReport(
  op: Operation,
  deps: PlanDeps,
  { target, data }: { readonly target: Target; readonly data: Buffer },
): Promise<JsonObject | null> {
  const report = decodeStatusReport(data);
  if (report === null) return null;
  const { udid } = target.device;
  if (report.warnings.length > 0) {
    op.log.warn({ udid, warnings: report.warnings }, "A part of a status report is of no use");
  }
  const key = keyOf(target);
  await keepReport(op, key, { report, data });
  const device = await takeOperatingSystem(op, target, report);
  const row = (report.clientCapabilities ?? report.declarations) ? await findTarget(op.tx, key) : null;
  const told = { target: { ...target, device: device ?? target.device }, row, report };
  const changes = [device !== null, await takeCapabilities(op, told), await takeDeclarations(op, deps, told)];
  if (changes.includes(true)) await wake(op, target);
  return report.json;
}

/** The very report that came last says nothing that is not known; it is kept again when an hour has passed. */
async function keepReport(
  op: Operation,
  key: TargetKey,
  { report, data }: { readonly report: StatusReport; readonly data: Buffer },
): Promise<void> {
  const digest = createHash("sha256").update(data).digest();
  const latest = await findLatestReport(op.tx, key);
  const isRepeated = latest?.digest?.equals(digest) === true;
  if (isRepeated && op.at < secondsAfter(latest.receivedAt, freshSeconds)) return;
  await insertStatusReport(op.tx, key, { report: JSON.stringify(report.json), digest, at: op.at });
  await mergeStatusItems(op.tx, key, { ...report, at: op.at });
}

async function wake(op: Operation, target: Target): Promise<void> {
  await clearTargetPlan(op.tx, keyOf(target));
  await requestPush(
    op.tx,
    { deviceId: target.device.id, userId: target.user?.id ?? null },
    { priority: 5, expirationSeconds: pushExpirationSeconds, notBefore: op.at, at: op.at },
  );
}

/** The device as it is now; null when nothing of it changed. */
async function takeOperatingSystem(
  op: Operation,
  { device, user }: Target,
  { operatingSystem }: StatusReport,
): Promise<Device | null> {
  if (user !== null || operatingSystem === null) return null;
  const reported = reportedSystem(operatingSystem);
  const changed = Object.entries(reported).filter(
    ([member, value]) => device[member as keyof typeof reported] !== value,
  );
  if (changed.length === 0) return null;
  return applyDevicePatch(op, device.id, Object.fromEntries(changed));
}

/** Supplements count only beside what they supplement. */
function reportedSystem(
  system: OperatingSystemStatus,
): Pick<DevicePatch, "osVersion" | "osVersionExtra" | "buildVersion" | "buildVersionExtra"> {
  const { version, extraVersion, buildVersion, extraBuildVersion } = system;
  return {
    ...(version === null
      ? {}
      : { osVersion: storableText(version), osVersionExtra: storableText(extraVersion) }),
    ...(buildVersion === null
      ? {}
      : { buildVersion: storableText(buildVersion), buildVersionExtra: storableText(extraBuildVersion) }),
  };
}

type Told = {
  readonly target: Target;
  /** As the target is stored, where the report has anything to compare with it. */
  readonly row: TargetRow | null;
  readonly report: StatusReport;
};

async function takeCapabilities(
  op: Operation,
  { target, row, report: { clientCapabilities } }: Told,
): Promise<boolean> {
  if (clientCapabilities === null) return false;
  const known: unknown = row?.stored?.clientCapabilities ?? null;
  // What was read has no prototypes; what was stored has.
  if (isDeepStrictEqual(known, JSON.parse(JSON.stringify(clientCapabilities)))) return false;
  await patchTargetDeclarations(op.tx, keyOf(target), { patch: { clientCapabilities }, at: op.at });
  return true;
}

async function takeDeclarations(
  op: Operation,
  deps: PlanDeps,
  { target, row, report }: Told,
): Promise<boolean> {
  if (report.declarations === null) return false;
  const { results, duplicateCount } = readDeclarationResults(deps.identifierPrefix, report.declarations);
  if (duplicateCount > 0) {
    op.log.warn({ udid: target.device.udid, duplicateCount }, "A device reports versions more than once");
  }
  const tree = row === null ? null : await findTree(op.tx, deps, row);
  const exhaustiveTypes = listDdmManagedTypes(tree);
  return recordTargetArtifacts(op, { target, results, exhaustiveTypes });
}
