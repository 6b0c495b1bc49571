/**
 * Attempts to guess a password or a code are counted before they are judged, by account and by address; past a number
 * of them each failure makes the next wait longer. A right answer forgets the account's failures.
 * Unknown usernames are counted like known ones, so that a lockout tells nobody which accounts there are.
 */
import { createHash } from "node:crypto";
import { clientNetwork } from "#platform/client-network.ts";
import type { Refusal } from "#platform/errors.ts";

/** What is guarded, how many failures are free, and what is kept of it: a hash. */
export type AttemptKey = { readonly key: string; readonly freeFailures: number };

/** Failures on one account, or with one second factor, before the waits begin. */
export const accountFailuresFree = 5;
/** Failures from one address: offices share one. */
export const addressFailuresFree = 20;
/** The first wait; each further failure doubles it, up to the longest. */
export const lockoutSeconds = 15;
export const lockoutSecondsMax = 15 * 60;
/** Failures are forgotten this long after the last one. */
export const attemptKeptSeconds = 86_400;

/** The key of what is guessed at: `password` of a username, `factor` of an account, … */
export function accountAttempt(kind: "password" | "factor" | "confirmation", name: string): AttemptKey {
  return { key: hashOf(kind, name.toLowerCase()), freeFailures: accountFailuresFree };
}

/** The key of an address, or of the network that stands for it. */
export function addressAttempt(ip: string | null): AttemptKey {
  return { key: hashOf("address", clientNetwork(ip ?? "")), freeFailures: addressFailuresFree };
}

function hashOf(kind: string, text: string): string {
  return createHash("sha256")
    .update(JSON.stringify([kind, text]))
    .digest("hex");
}

/** How long to wait after a number of failures. */
export function waitSeconds(failures: number, freeFailures: number): number {
  if (failures < freeFailures) return 0;
  return Math.min(lockoutSeconds * 2 ** Math.min(failures - freeFailures, 20), lockoutSecondsMax);
}

/** The 429 of an attempt that must wait. */
export function tooManyAttempts(retrySeconds: number): Refusal {
  return {
    kind: "too_many",
    code: "locked_out",
    detail: `Too many failed attempts. Try again in ${describeSeconds(retrySeconds)}.`,
    retrySeconds,
  };
}

function describeSeconds(seconds: number): string {
  const [count, unit] = seconds > 90 ? [Math.ceil(seconds / 60), "minute"] : [Math.ceil(seconds), "second"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
