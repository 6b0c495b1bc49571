import { expect, test } from "vitest";
import { countedKeysMax, createRequestRate } from "./request-rate.ts";

const start = Date.UTC(2026, 10, 21);
const after = (seconds: number): Date => new Date(start + seconds * 1000);

test("a client may ask so often at once, then as often as a minute allows", () => {
  const count = createRequestRate({ burst: 3, perMinute: 6 });
  const ask = (seconds: number): number => count({ key: "a", at: after(seconds) });
  expect([ask(0), ask(0), ask(0), ask(0)]).toEqual([0, 0, 0, 10]);
  // What was refused did not count, so that waiting as told is enough.
  expect([ask(4), ask(10), ask(10), ask(19), ask(20)]).toEqual([6, 0, 10, 1, 0]);
  // However long it was quiet, no more than the burst comes at once.
  expect([ask(10_000), ask(10_000), ask(10_000), ask(10_000)]).toEqual([0, 0, 0, 10]);
});

test("a clock that is set back lets nobody in early", () => {
  const count = createRequestRate({ burst: 1, perMinute: 60 });
  expect(count({ key: "a", at: after(100) })).toBe(0);
  expect(count({ key: "a", at: after(0) })).toBe(1);
  expect(count({ key: "a", at: after(101) })).toBe(0);
});

test("each key is counted for itself", () => {
  const count = createRequestRate({ burst: 1, perMinute: 60 });
  expect(["a", "b", "a"].map((key) => count({ key, at: after(0) }))).toEqual([0, 0, 1]);
});

test("however many ask, no more than a number of them is remembered", () => {
  const count = createRequestRate({ burst: 1, perMinute: 1 });
  const ask = (number: number): number => count({ key: String(number), at: after(0) });
  for (let number = 0; number <= countedKeysMax; number++) ask(number);
  expect([ask(countedKeysMax), ask(0)]).toEqual([60, 0]);
});
