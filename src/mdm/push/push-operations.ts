/** Asking for pushes, taking them, and writing down what became of them. */
import type { PushOutcome } from "#apple/apns/push-outcome.ts";
import { secondsAfter } from "#platform/clock.ts";
import type { Tx } from "#platform/db/database.ts";
import type { Operation } from "#platform/operation.ts";
import { lockDevicesInOrder } from "#mdm/devices/device-operations.ts";
import { deviceNotification } from "./push-events.ts";
import {
  attemptsMax,
  findPokeObstacle,
  type PokeObstacle,
  type PushRequestOptions,
  type PushTarget,
  rejectedPauseSeconds,
  retrySeconds,
  wakePacingDefault,
} from "./push-request.ts";
import {
  claimPushRequests,
  type ClaimedPush,
  deleteFinishedPushes,
  insertHeartbeats,
  insertOverduePushRequests,
  lockPushRequests,
  postponePushes,
  updateLastNotified,
  updateRejectedToken,
  upsertPushRequest,
  upsertPushRequests,
  upsertTargetPushRequests,
} from "./push-request-store.ts";

/** What became of a claimed request; `not_pokable` when it was not even tried. */
export type PushResult = {
  readonly push: ClaimedPush;
  readonly outcome: PushOutcome | { readonly kind: "not_pokable"; readonly obstacle: PokeObstacle };
};

/**
 * Asks for a push to a target, in the transaction of whatever makes it necessary. A hundred requests before the next
 * push are one push: the highest priority and the earliest time win.
 */
export async function requestPush(tx: Tx, target: PushTarget, options: PushRequestOptions): Promise<void> {
  await upsertPushRequest(tx, target, options);
}

/** Asks for pushes to the device channels of many devices, which the caller has locked in their order; one statement. */
export async function requestPushes(
  tx: Tx,
  deviceIds: readonly number[],
  options: PushRequestOptions & { readonly spreadSeconds: number },
): Promise<void> {
  await upsertPushRequests(tx, deviceIds, options);
}

/** {@link requestPushes} for channels of any kind. */
export async function requestTargetPushes(
  tx: Tx,
  targets: readonly PushTarget[],
  options: PushRequestOptions & { readonly spreadSeconds: number },
): Promise<void> {
  await upsertTargetPushRequests(tx, targets, options);
}

/** Asks for the pushes that due commands have waited for in vain (specification section 6.3). Answers how many. */
export async function requestOverduePushes(op: Operation, pacing = wakePacingDefault): Promise<number> {
  const count = await insertOverduePushRequests(op.tx, pacing, op.at);
  if (count > 0) op.log.info({ count }, "Asked for pushes of commands that waited too long");
  return count;
}

/** Asks for the pushes of devices and users that were silent too long (specification section 6.3). Answers how many. */
export async function requestHeartbeats(op: Operation, pacing = wakePacingDefault): Promise<number> {
  const { count, userCount } = await insertHeartbeats(op.tx, pacing, op.at);
  if (count + userCount > 0) op.log.info({ count, userCount }, "Asked for pushes of silent devices");
  return count + userCount;
}

/** Claims due requests for some time; whoever claims them must {@link settlePushes} them. */
export async function claimDuePushes(
  op: Operation,
  claim: { readonly limit: number; readonly busyCertificateIds: readonly number[] },
  { batchSize, claimSeconds } = wakePacingDefault,
): Promise<ClaimedPush[]> {
  const limit = Math.min(claim.limit, batchSize);
  return limit <= 0 ? [] : claimPushRequests(op.tx, { ...claim, limit, claimSeconds, at: op.at });
}

/** The result of a request that cannot be tried, or null when it can. */
export function refuseUnpokable(push: ClaimedPush, at: Date): PushResult | null {
  const obstacle = findPokeObstacle(push, at);
  return obstacle === null ? null : { push, outcome: { kind: "not_pokable", obstacle } };
}

/**
 * Results in rounds to be settled one after the other, each in a transaction of its own, with no device twice in one: shared
 * transactions of devices lock the requests of a device's channels in the order in which those came.
 */
export function planSettling(results: readonly PushResult[]): PushResult[][] {
  const rounds: PushResult[][] = [];
  const counts = new Map<number, number>();
  for (const result of results) {
    const { deviceId } = result.push;
    const count = counts.get(deviceId) ?? 0;
    counts.set(deviceId, count + 1);
    (rounds[count] ??= []).push(result);
  }
  return rounds;
}

/**
 * Writes down what became of claimed requests, those of one round of {@link planSettling}. The targets of all of them are
 * settled before, in a transaction of their own: shared transactions of devices lock a device and its request, and then the
 * next device.
 */
export async function settlePushes(op: Operation, results: readonly PushResult[]): Promise<void> {
  await lockPushRequests(
    op.tx,
    results.map(({ push }) => push.id),
  );
  const finished = results.filter(isFinal).map(({ push }) => push);
  const postponed = results.filter((result) => !isFinal(result)).map((result) => postpone(result, op.at));
  await deleteFinishedPushes(op.tx, finished);
  await postponePushes(op.tx, postponed);
  for (const result of results) report(op, result);
}

/** Writes down what claimed requests tell of their targets. To do it twice does no harm. */
export async function settlePushedTargets(op: Operation, results: readonly PushResult[]): Promise<void> {
  const written = results.filter(
    ({ push, outcome }) => push.deviceUserId !== null || outcome.kind === "token_rejected",
  );
  await lockDevicesInOrder(op, [...new Set(written.map(({ push }) => push.deviceId))]);
  for (const { push, outcome } of results) {
    if (outcome.kind !== "token_rejected" || push.token === null) continue;
    const { token } = push;
    await updateRejectedToken(op.tx, { ...targetOf(push), token, reason: outcome.reason }, op.at);
  }
  const notified = results.filter(({ outcome }) => outcome.kind === "sent");
  await updateLastNotified(
    op.tx,
    notified.map(({ push }) => targetOf(push)),
    op.at,
  );
}

function targetOf({ deviceId, deviceUserId }: ClaimedPush): PushTarget {
  return { deviceId, userId: deviceUserId };
}

/** Failed requests stay, until they have failed often enough. */
function isFinal({ push, outcome }: PushResult): boolean {
  const isFailed = outcome.kind === "retry_later" || outcome.kind === "rejected";
  return !isFailed || push.attemptCount + 1 >= attemptsMax;
}

/**
 * Nothing hurries a request that Apple or the network put off. One that was rejected waits long, because repeating it
 * changes nothing (specification section 6.1: stop at once), but a further request means that somebody wants a try.
 */
function postpone({ push, outcome }: PushResult, at: Date) {
  const { id, requestCount, attemptCount } = push;
  if (outcome.kind !== "retry_later") {
    return { id, requestCount, heldUntil: null, notBefore: secondsAfter(at, rejectedPauseSeconds) };
  }
  const heldUntil = secondsAfter(at, retrySeconds(attemptCount, outcome.retryAfterSeconds));
  return { id, requestCount, heldUntil, notBefore: null };
}

/** One event a notification: a postponed one has not ended yet, and one that was not tried has none. */
function report(op: Operation, result: PushResult): void {
  const { push, outcome } = result;
  const facts = { deviceId: push.deviceId, deviceUserId: push.deviceUserId };
  if (outcome.kind === "not_pokable") {
    op.log.error({ ...facts, obstacle: outcome.obstacle }, "Cannot push to a device");
    return;
  }
  if (outcome.kind !== "sent") op.log.warn({ ...facts, outcome }, "A push failed");
  if (outcome.kind === "retry_later" && !isFinal(result)) return;
  op.record(deviceNotification({ ...push, isSent: outcome.kind === "sent" }));
}
