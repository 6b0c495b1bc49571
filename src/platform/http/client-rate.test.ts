import { expect, test } from "vitest";
import { countedClientsMax, createClientRate } from "./client-rate.ts";

const start = Date.UTC(2026, 10, 21);
const after = (seconds: number): Date => new Date(start + seconds * 1000);

test("a client may ask so often at once, then as often as a minute allows", () => {
  const count = createClientRate({ burst: 3, perMinute: 6 });
  const ask = (seconds: number): number => count({ ip: "192.0.2.1", at: after(seconds) });
  expect([ask(0), ask(0), ask(0), ask(0)]).toEqual([0, 0, 0, 10]);
  // What was refused did not count, so that waiting as told is enough.
  expect([ask(4), ask(10), ask(10), ask(19), ask(20)]).toEqual([6, 0, 10, 1, 0]);
  // However long it was quiet, no more than the burst comes at once.
  expect([ask(10_000), ask(10_000), ask(10_000), ask(10_000)]).toEqual([0, 0, 0, 10]);
});

test("a clock that is set back lets nobody in early", () => {
  const count = createClientRate({ burst: 1, perMinute: 60 });
  expect(count({ ip: "192.0.2.1", at: after(100) })).toBe(0);
  expect(count({ ip: "192.0.2.1", at: after(0) })).toBe(1);
  expect(count({ ip: "192.0.2.1", at: after(101) })).toBe(0);
});

test("addresses of one customer are one client, others are not", () => {
  const count = createClientRate({ burst: 1, perMinute: 60 });
  const answers = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "192.0.2.1", "192.0.2.2"];
  expect(answers.map((ip) => count({ ip, at: after(0) }))).toEqual([0, 1, 0, 0, 0]);
});

test("however many ask, no more than a number of them is remembered", () => {
  const count = createClientRate({ burst: 1, perMinute: 1 });
  const ip = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  for (let number = 0; number <= countedClientsMax; number++) count({ ip: ip(number), at: after(0) });
  expect([count({ ip: ip(countedClientsMax), at: after(0) }), count({ ip: ip(0), at: after(0) })]).toEqual([
    60, 0,
  ]);
});
