/** Takes the answers of devices: finishes commands and carries out what their kinds ask for. */
import type { PlistDictionary } from "#protocol/plist/value.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import type { Operation } from "#platform/operation.ts";
import { storableJson, type Target } from "#mdm/devices/device.ts";
import { applyDevicePatch } from "#mdm/devices/device-operations.ts";
import {
  recordInstalledProfile,
  removeInstalledProfile,
  storeApplications,
  storeCertificates,
  storeDeviceInformation,
  storeProfiles,
  storeSecurityInfo,
} from "#mdm/devices/device-report-operations.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { pushExpirationSeconds } from "#mdm/push/push-request.ts";
import { secondsAfter } from "#platform/clock.ts";
import {
  recordInstalledProvisioningProfile,
  recordOutcome,
  removeProvisioningProfile,
  storeAccounts,
  storeManagedApplications,
  storeProvisioningProfiles,
  storeSettingResults,
} from "#mdm/devices/device-outcome-operations.ts";
import {
  storeActivationLockBypassCode,
  storeDeviceLocation,
  storeDeviceLockPin,
} from "#mdm/device-secrets/device-secret-operations.ts";
import {
  type CommandName,
  type CommandRecord,
  type CommandStatus,
  type CommandUuid,
  type Effect,
  notNowBackOffSeconds,
} from "./command.ts";
import { isPlanned } from "./artifact-command.ts";
import { commandKinds } from "./command-kinds.ts";
import { type CommandDeps, openArguments } from "./command-delivery-operations.ts";
import { queueFollowUp, queueOf } from "./command-operations.ts";
import {
  cancelCommand,
  cancelLiveCommands,
  findFinishedCommand,
  lockCommand,
  markNotNow,
  moveToHistory,
  type QueueKey,
} from "./command-store.ts";

/** An answer as `decodeConnect` reads it. */
export type CommandReport = {
  readonly commandUuid: string | null;
  readonly status: CommandStatus;
  readonly errorChain: readonly unknown[] | null;
  /** The whole message. */
  readonly response: PlistDictionary;
};

/**
 * What became of an answer. `unknown` and `already_finished` are ignored; `command_of_another_target` changed nothing and
 * is to be recorded as a security event by the caller, whose `mdm_request` event it belongs to.
 */
export type ReportOutcome =
  | "finished"
  | "not_now"
  | "already_finished"
  | "unknown"
  | "command_of_another_target";

/** An answer that was taken, and what the command is called; null for one that is not this target's. */
export type TakenReport = { readonly outcome: ReportOutcome; readonly name: CommandName | null };

/** An answer kept whole with the history; larger ones are dropped, what they changed stays. */
export const resultBytesMax = 10 * 1024 * 1024;

/** An answer is known as one of a finished command for so long; later it is `unknown`, and ignored just the same. */
export const replaySeconds = 30 * 86_400;
/** How far the clocks of two servers on one database may be apart. */
const clockSkewSeconds = 86_400;

/** What a device calls a command, as our rows have it; null when it is nothing that we ever sent. */
export function readCommandUuid(commandUuid: string | null): string | null {
  const uuid = commandUuid?.toLowerCase() ?? "";
  return uuidPattern.test(uuid) ? uuid : null;
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Takes one answer of a target whose device row is locked. The same answer twice changes nothing the second time. What an
 * answer holds never fails the connect: what cannot be used is logged.
 */
export async function acceptReport(
  op: Operation,
  deps: CommandDeps,
  { target, report }: { readonly target: Target; readonly report: CommandReport },
): Promise<TakenReport> {
  const uuid = readCommandUuid(report.commandUuid);
  if (uuid === null) return unknownCommand;
  const command = await lockCommand(op.tx, uuid);
  if (command === null) return outcomeOfFinished(op, target, uuid);
  if (!isSameQueue(command, queueOf(target))) return commandOfAnother;
  const { name } = command;
  const kind = commandKinds[name];
  if (report.status === "NotNow" && kind.reschedulesNotNow) {
    await postpone(op, target, command);
    return { outcome: "not_now", name };
  }
  await moveToHistory(op.tx, command.id, {
    status: report.status,
    result: keepResult(op, command, report),
    errorChain: report.errorChain === null ? null : storableJson(report.errorChain),
    at: op.at,
  });
  if (isPlanned(command)) await finishPlanned(op, deps, { target, command, report });
  else if (report.status === "Acknowledged") await carryOutAnswer(op, deps, { target, command, report });
  return { outcome: "finished", name };
}

const unknownCommand: TakenReport = { outcome: "unknown", name: null };
const commandOfAnother: TakenReport = { outcome: "command_of_another_target", name: null };

/** A pause before the device is asked again, and a push at its end: nobody else would wake it for this. */
async function postpone(op: Operation, target: Target, command: CommandRecord): Promise<void> {
  // Said again of a command that was not handed out again: the same answer twice.
  if (command.state === "not_now") return;
  if (command.cancelledAt !== null) return cancelCommand(op.tx, command.id, op.at);
  const retryAt = secondsAfter(op.at, notNowBackOffSeconds(command.notNowCount));
  await markNotNow(op.tx, command.id, { at: op.at, retryAt });
  await requestPush(
    op.tx,
    { deviceId: target.device.id, userId: target.user?.id ?? null },
    { priority: 5, expirationSeconds: pushExpirationSeconds, notBefore: retryAt, at: op.at },
  );
}

async function outcomeOfFinished(op: Operation, target: Target, uuid: string): Promise<TakenReport> {
  const finished = await findFinishedCommand(op.tx, uuid, {
    since: secondsAfter(op.at, -replaySeconds),
    until: secondsAfter(op.at, clockSkewSeconds),
  });
  if (finished === null) return unknownCommand;
  if (!isSameQueue(finished, queueOf(target))) return commandOfAnother;
  return { outcome: "already_finished", name: finished.name };
}

function isSameQueue(one: QueueKey, other: QueueKey): boolean {
  return one.deviceId === other.deviceId && one.deviceUserId === other.deviceUserId;
}

/** The whole answer as a binary plist, for kinds that keep it; a NotNow has nothing to keep (4.2). */
function keepResult(op: Operation, command: CommandRecord, report: CommandReport): Buffer | null {
  if (!commandKinds[command.name].storesResult || report.status === "NotNow") return null;
  const result = writeBinaryPlist(report.response);
  if (result.length <= resultBytesMax) return result;
  op.log.warn(
    { uuid: command.uuid, name: command.name, bytes: result.length },
    "An answer is too large to keep",
  );
  return null;
}

type Answer = { readonly target: Target; readonly command: CommandRecord; readonly report: CommandReport };

async function carryOutAnswer(
  op: Operation,
  deps: CommandDeps,
  { target, command, report }: Answer,
): Promise<void> {
  const args = openArguments(deps, command, target);
  const effects = commandKinds[command.name].acknowledged(target, args, report.response);
  for (const effect of effects) await carryOut(op, deps, { target, uuid: command.uuid, effect });
}

/** What a plan asked for is answered to the plan, also when it failed. */
async function finishPlanned(
  op: Operation,
  deps: CommandDeps,
  { target, command, report }: Answer,
): Promise<void> {
  const { status, errorChain, response } = report;
  const effects = await deps.artifactCommands?.finish(op, { target, command, status, errorChain, response });
  for (const effect of effects ?? []) await carryOut(op, deps, { target, uuid: command.uuid, effect });
}

type Deed = { readonly target: Target; readonly uuid: CommandUuid; readonly effect: Effect };

/** Carries out one effect; a new kind of effect does not compile until it is handled here. */
async function carryOut(op: Operation, deps: CommandDeps, { target, uuid, effect }: Deed): Promise<unknown> {
  const { device } = target;
  switch (effect.kind) {
    case "storeDeviceInformation":
      return storeDeviceInformation(op, device, effect.information);
    case "storeSecurityInfo":
      return storeSecurityInfo(op, device, effect.security);
    case "storeApplications":
      return storeApplications(op, device, effect.applications);
    case "storeProfiles":
      return storeProfiles(op, device, effect.profiles);
    case "storeCertificates":
      return storeCertificates(op, device, effect.certificates);
    case "recordInstalledProfile":
      return recordInstalledProfile(op, device, { ...effect.profile, installedBy: uuid });
    case "removeProfile":
      return removeInstalledProfile(op, device, effect.identifier);
    case "storeDeviceLockPin":
      return storeDeviceLockPin(op, deps, { device, pin: effect.pin, commandUuid: uuid });
    case "recordLock":
      return applyDevicePatch(op, device.id, { lockedAt: op.at, lockMessageResult: effect.messageResult });
    case "recordErase":
      // Nothing that was queued before makes sense on the empty device (anchors 4.4, test 24).
      await cancelLiveCommands(op.tx, device.id, op.at);
      return applyDevicePatch(op, device.id, { erasedAt: op.at });
    case "recordRestart":
      return applyDevicePatch(op, device.id, { restartedAt: op.at });
    case "recordOutcome":
      return recordOutcome(op, target, { name: effect.name, detail: effect.detail, commandUuid: uuid });
    case "recordConfigured":
      return applyDevicePatch(op, device.id, { awaitingConfiguration: false });
    case "storeLocation":
      return storeDeviceLocation(op, deps, { device, location: effect.location, commandUuid: uuid });
    case "storeActivationLockBypassCode":
      return storeActivationLockBypassCode(op, deps, { device, code: effect.code, commandUuid: uuid });
    case "storeSettingResults":
      return storeSettingResults(op, device, { results: effect.results, commandUuid: uuid });
    case "storeAccounts":
      return storeAccounts(op, device, effect.accounts);
    case "storeManagedApplications":
      return storeManagedApplications(op, device, effect);
    case "storeProvisioningProfiles":
      return storeProvisioningProfiles(op, device, effect.profiles);
    case "recordProvisioningProfile":
      return recordInstalledProvisioningProfile(op, device, { profile: effect.profile, commandUuid: uuid });
    case "removeProvisioningProfile":
      return removeProvisioningProfile(op, device, effect.uuid);
    case "queueCommand":
      return queueFollowUp(op, deps, { target, request: effect });
    case "logUnusable":
      return op.log.warn({ udid: device.udid, uuid, reason: effect.reason }, "An answer is of no use");
    default:
      return effect satisfies never;
  }
}
