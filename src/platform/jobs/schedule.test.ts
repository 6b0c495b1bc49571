import { describe, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { readOperation } from "../operation.ts";
import type { JobDefinition } from "./job.ts";
import { observeSchedule, registerSchedules } from "./schedule-operations.ts";
import { listSchedules } from "./schedule-store.ts";
import { describeError, findNextRun } from "./schedule.ts";

const at = new Date("2026-11-21T12:00:30Z");

test.each([
  ["* * * * *", "2026-11-21T12:01:00.000Z"],
  ["31 3 * * *", "2026-11-22T03:31:00.000Z"],
  ["0 12 * * *", "2026-11-22T12:00:00.000Z"],
  ["0 0 1 * *", "2026-12-01T00:00:00.000Z"],
  ["*/15 * * * 1", "2026-11-23T00:00:00.000Z"],
])("%s runs next at %s", (pattern, next) => {
  expect(findNextRun(pattern, at)?.toISOString()).toBe(next);
});

test("an error is told by its kind, not by its words", () => {
  expect(describeError(Object.assign(new TypeError("PIN 271828"), { code: "40P01" }))).toBe(
    "TypeError 40P01",
  );
  expect(describeError("PIN 271828")).toBe("unknown");
});

describe("schedules", () => {
  const database = useTestDatabase();
  const job = (run: () => Promise<void>): JobDefinition => ({ name: "tidy_up", schedule: "* * * * *", run });
  const only = async () => {
    const rows = await listSchedules(readOperation(database.source, { requestId: "x" } as never).tx);
    expect(rows).toHaveLength(1);
    return rows[0];
  };

  test("are there before their first run, and gone with their job", async () => {
    await registerSchedules(database.source, [
      job(async () => undefined),
      { name: "by_hand", run: async () => undefined },
    ]);
    expect(await only()).toMatchObject({ name: "tidy_up", lastStartedAt: null, nextRunAt: expect.any(Date) });
    await registerSchedules(database.source, []);
    expect(await listSchedules(database.database)).toEqual([]);
  });

  test("tell the last run, whatever became of it", async () => {
    const failing = job(async () => {
      throw new RangeError("secret");
    });
    await registerSchedules(database.source, [failing]);
    await observeSchedule(
      database.source,
      job(async () => undefined),
      async () => undefined,
    );
    expect(await only()).toMatchObject({
      lastOutcome: "succeeded",
      lastStartedAt: database.clock.now(),
      lastError: null,
    });
    database.clock.advance(60);
    const run = observeSchedule(database.source, failing, async () => {
      throw new RangeError("secret");
    });
    await expect(run).rejects.toThrow(RangeError);
    const schedule = await only();
    expect(schedule).toMatchObject({
      lastOutcome: "failed",
      lastError: "RangeError",
      lastFinishedAt: database.clock.now(),
    });
    expect(Number(schedule?.nextRunAt)).toBeGreaterThan(Number(database.clock.now()));
  });
});
