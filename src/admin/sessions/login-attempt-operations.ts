/** Counting attempts before they are judged: requests at the same time cannot outrun the count. */
import { secondsAfter } from "#platform/clock.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { type AttemptKey, attemptKeptSeconds, tooManyAttempts, waitSeconds } from "./login-attempt.ts";
import { deleteAttempts, forgiveAttempt, lockAttempts, updateAttempts } from "./login-attempt-store.ts";

/** Counts an attempt as failed until it is shown to be right; refuses one that must wait, which is not counted. */
export async function countAttempt(op: Operation, keys: readonly AttemptKey[]): Promise<void> {
  const forgottenBefore = secondsAfter(op.at, -attemptKeptSeconds);
  for (const { key, freeFailures } of inOrder(keys)) {
    const row = await lockAttempts(op.tx, { key, at: op.at, forgottenBefore });
    const blockedSeconds = ((row.blockedUntil?.getTime() ?? 0) - op.at.getTime()) / 1000;
    if (blockedSeconds > 0) throw new OperationRefused(tooManyAttempts(blockedSeconds));
    const failures = row.failures + 1;
    const wait = waitSeconds(failures, freeFailures);
    const blockedUntil = wait === 0 ? null : secondsAfter(op.at, wait);
    await updateAttempts(op.tx, { key, failures, blockedUntil, at: op.at });
  }
}

/**
 * What a right answer does: the account's failures are forgotten, of the address only this one attempt. The last thing
 * that a transaction locks: whoever holds an account's row may wait for its attempts, and nobody the other way round.
 */
export async function forgetAttempts(
  op: Operation,
  { account, address }: { readonly account: AttemptKey; readonly address: AttemptKey },
): Promise<void> {
  const steps = [
    { key: account.key, forget: deleteAttempts },
    { key: address.key, forget: forgiveAttempt },
  ];
  for (const { key, forget } of inOrder(steps)) await forget(op.tx, key);
}

/** One order for everybody, so that two attempts never wait for each other. */
function inOrder<Keyed extends { readonly key: string }>(keys: readonly Keyed[]): readonly Keyed[] {
  return keys.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
