import { describe, expect, test } from "vitest";
import { testActor, useTestDatabase } from "../../test/tools/test-database.ts";
import { sql } from "./db/sql.ts";
import { OperationRefused } from "./errors.ts";
import { createEventBuffer } from "./events/event-buffer.ts";
import type { DomainEvent } from "./events/event.ts";
import { startJobRunner } from "./jobs/job-runner.ts";

const world = useTestDatabase();

function anEvent(type: string): DomainEvent {
  return { type, payload: { status: "success" }, tags: ["mdm"], serialNumber: "C02POMONA" };
}

async function eventTypes(prefix: string): Promise<string[]> {
  const rows = await world.database.many<{ type: string }>(
    sql`select type from events where type like ${`${prefix}%`} order by sequence`,
  );
  return rows.map((row) => row.type);
}

describe("an operation", () => {
  test("writes its events with the transaction, in their order", async () => {
    await world.testOperation(async (op) => {
      op.record(anEvent("kept_1"));
      op.record(anEvent("kept_2"));
    });
    expect(await eventTypes("kept")).toEqual(["kept_1", "kept_2"]);
    const row = await world.database.one<{
      at: Date;
      serialNumber: string;
      actorKind: string;
      index: number;
    }>(sql`select at, serial_number, actor_kind, index from events where type = 'kept_2'`);
    expect(row).toEqual({
      at: world.clock.now(),
      serialNumber: "C02POMONA",
      actorKind: "operator",
      index: 1,
    });
  });

  test("that is refused leaves neither events nor jobs", async () => {
    const refused = world.testOperation(async (op) => {
      op.record(anEvent("refused_1"));
      op.enqueue({ name: "never", payload: {} });
      throw new OperationRefused({ kind: "conflict", code: "on_purpose", detail: "No" });
    });
    await expect(refused).rejects.toThrow(OperationRefused);
    expect(await eventTypes("refused")).toEqual([]);
    expect(await world.database.many(sql`select id from graphile_worker.jobs`)).toEqual([]);
  });

  test("leaves a job that runs after the commit, and jobs of one key become one", async () => {
    const runs: unknown[] = [];
    for (const number of [1, 2, 3]) {
      await world.testOperation(async (op) => op.enqueue({ name: "count", payload: { number }, key: "one" }));
    }
    const finished = new Promise<void>((done) => {
      void startJobRunner(world.source, [
        {
          name: "count",
          run: async (payload, run) => {
            await run.operate(async (op) => op.record(anEvent("job_ran")));
            runs.push(payload);
            done();
          },
        },
      ]).then((runner) => finishedRunner.push(runner));
    });
    const finishedRunner: { close: () => Promise<void> }[] = [];
    await finished;
    await expect.poll(() => finishedRunner.length).toBe(1);
    await finishedRunner[0]?.close();
    expect(runs).toEqual([{ number: 3 }]);
    expect(await eventTypes("job_ran")).toEqual(["job_ran"]);
  });
});

describe("the event buffer", () => {
  test("keeps what refused requests record, in order, and a database that is away for a moment loses nothing", async () => {
    let isAway = true;
    const flaky = {
      ...world.database,
      transaction: ((run) =>
        isAway
          ? Promise.reject(new Error("away"))
          : world.database.transaction(run)) as typeof world.database.transaction,
    };
    const buffer = createEventBuffer(flaky, world.log);
    buffer.add(anEvent("buffered_1"), { actor: testActor, at: world.clock.now() });
    buffer.add(anEvent("buffered_2"), { actor: testActor, at: world.clock.now() });
    await expect(buffer.flush()).rejects.toThrow("away");
    isAway = false;
    await buffer.close();
    expect(await eventTypes("buffered")).toEqual(["buffered_1", "buffered_2"]);
    expect(buffer.droppedCount()).toBe(0);
  });
});
