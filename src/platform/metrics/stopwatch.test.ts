import { expect, test } from "vitest";
import { createStopwatch, noStopwatch } from "./stopwatch.ts";

test("each stage is reported once, with all its laps, and laps add up to the request", () => {
  const seen: [string, number][] = [];
  const stopwatch = createStopwatch<string>((stage, seconds) => void seen.push([stage, seconds]));
  const before = performance.now();
  const laps = stopwatch.start();
  laps.lap("database");
  laps.lap("encode");
  laps.lap("database");
  laps.finish();
  laps.finish();
  const whole = (performance.now() - before) / 1000;
  expect(seen.map(([stage]) => stage)).toEqual(["database", "encode"]);
  const sum = seen.reduce((total, [, seconds]) => total + seconds, 0);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThanOrEqual(whole);
});

test("a request that ended early reports what it came to", () => {
  const seen: string[] = [];
  const laps = createStopwatch<string>((stage) => void seen.push(stage)).start();
  laps.lap("cms");
  laps.finish();
  expect(seen).toEqual(["cms"]);
});

test("without metrics there is nothing to report", () => {
  const laps = noStopwatch.start();
  expect([laps.lap("cms"), laps.finish()]).toEqual([undefined, undefined]);
});
