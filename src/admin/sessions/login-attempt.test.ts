import { expect, test } from "vitest";
import {
  accountAttempt,
  addressAttempt,
  lockoutSecondsMax,
  tooManyAttempts,
  waitSeconds,
} from "./login-attempt.ts";

test("waits double from the last free failure on, up to the longest", () => {
  expect([4, 5, 6, 7, 10, 11, 12, 1_000_000].map((failures) => waitSeconds(failures, 5))).toEqual([
    0,
    15,
    30,
    60,
    480,
    lockoutSecondsMax,
    lockoutSecondsMax,
    lockoutSecondsMax,
  ]);
});

test("addresses of one customer are one, others are not", () => {
  const keyOf = (ip: string | null): string => addressAttempt(ip).key;
  expect(keyOf("2001:db8:1:2::1")).toBe(keyOf("2001:db8:1:2:ffff:0:0:9"));
  expect(keyOf("2001:0db8:0001:0002::1")).toBe(keyOf("2001:db8:1:2::1"));
  expect(keyOf("::1")).toBe(keyOf("0:0:0:0::2"));
  expect(new Set(["192.0.2.1", "192.0.2.2", "2001:db8:1:2::", "2001:db8:1:3::", null].map(keyOf)).size).toBe(
    5,
  );
});

test("what is guarded is kept as a hash, names whatever their case", () => {
  expect(accountAttempt("password", "Ada")).toEqual(accountAttempt("password", "ada"));
  expect(accountAttempt("password", "ada").key).toMatch(/^[0-9a-f]{64}$/);
  expect(accountAttempt("factor", "ada").key).not.toBe(accountAttempt("password", "ada").key);
});

test("who must wait is told how long", () => {
  expect([1, 14.2, 90, 91, 900].map((seconds) => tooManyAttempts(seconds).detail)).toEqual([
    "Too many failed attempts. Try again in 1 second.",
    "Too many failed attempts. Try again in 15 seconds.",
    "Too many failed attempts. Try again in 90 seconds.",
    "Too many failed attempts. Try again in 2 minutes.",
    "Too many failed attempts. Try again in 15 minutes.",
  ]);
});
