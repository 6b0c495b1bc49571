import { randomBytes, randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { dictionary, enrollDevice } from "../../../test/tools/devices.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import type { Target } from "#mdm/devices/device.ts";
import { lockDevice } from "#mdm/devices/device-operations.ts";
import { secondsAfter } from "#platform/clock.ts";
import type { Reader } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";
import { invariant } from "#platform/errors.ts";
import { jobActor, operate, type Operation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { planDrops, planMonths, readMonth } from "./command-history.ts";
import { maintainCommandHistoryJob } from "./command-history-job.ts";
import { ensureHistoryPartitions, prepareHistory } from "./command-history-operations.ts";
import { dropPartition, listPartitions } from "./command-history-store.ts";
import { queueCommand, takeNextCommand } from "./command-operations.ts";
import { acceptReport, replaySeconds } from "./command-report-operations.ts";
import { findFinishedCommand, findListedCommand, listCommands, listRecentNames } from "./command-store.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
const retentionDays = 365;

afterEach(() => database.clock.set(testStart));

const runJob = () =>
  maintainCommandHistoryJob(retentionDays).run(
    {},
    {
      operate: (work) => operate(database.source, jobActor("maintain_command_history"), work),
      signal: new AbortController().signal,
    },
  );
const partitions = () => listPartitions(database.database);
const aPhone = async (): Promise<Target> => ({ device: await run((op) => enrollDevice(op)), user: null });

function acknowledge(target: Target, uuid: string) {
  return run(async (op) => {
    const device = await lockDevice(op.tx, target.device.id);
    invariant(device !== null, "the device is enrolled");
    const response = dictionary({ Status: "Acknowledged", CommandUUID: uuid });
    const report = { commandUuid: uuid, status: "Acknowledged" as const, errorChain: null, response };
    const taken = await acceptReport(op, deps, { target: { ...target, device }, report });
    return taken.outcome;
  });
}

/** A command that is queued, taken and answered at the present time. */
async function finishOne(target: Target): Promise<string> {
  const request = { name: "RemoveProfile" as const, arguments: { Identifier: "a" }, notBefore: null };
  const { uuid } = await run((op) => queueCommand(op, deps, { target, request }));
  await run((op) => takeNextCommand(op, deps, { target, connectStatus: "Idle" }));
  expect(await acknowledge(target, uuid)).toBe("finished");
  return uuid;
}

async function addFinished(target: Target, at: string): Promise<string> {
  const uuid = randomUUID();
  await run((op) =>
    op.tx.run(sql`
      insert into command_history (uuid, device_id, name, request_type, delivery_count, status, result_time,
                                   created_at, updated_at)
      values (${uuid}, ${target.device.id}, 'ProfileList', 'ProfileList', 1, 'Acknowledged', ${at}, ${at}, ${at})`),
  );
  return uuid;
}

async function partitionOf(uuid: string): Promise<string | null> {
  const row = await database.database.maybe<{ name: string }>(
    sql`select tableoid::regclass::text as name from command_history where uuid = ${uuid}`,
  );
  return row?.name ?? null;
}

/** The partitions that the plan of a look-up reads. */
async function partitionsRead(lookUp: (reader: Reader) => Promise<unknown>): Promise<string[]> {
  const plans: string[] = [];
  const explain = async (piece: Sql): Promise<[]> => {
    const lines = await database.database.many<Record<string, string>>(
      sql`explain (analyze, costs off) ${piece}`,
    );
    plans.push(...lines.flatMap((line) => Object.values(line)));
    return [];
  };
  const maybe = async (piece: Sql): Promise<null> => {
    await explain(piece);
    return null;
  };
  // Plans in place of rows: of what a look-up answers nothing is used.
  const reader = { ...database.database, many: explain, maybe };
  await lookUp(reader as Reader);
  const read = plans.flatMap(
    (line) => / on (command_history_(?:\d{4}_\d{2}|default))\b/.exec(line)?.[1] ?? [],
  );
  return [...new Set(read)].sort();
}

describe("the months", () => {
  test("are the present one and the three after it, over the end of a year", () => {
    const names = planMonths(new Date("2026-11-30T23:59:59.999Z")).map(({ partition }) => partition);
    expect(names).toEqual([
      "command_history_2026_11",
      "command_history_2026_12",
      "command_history_2027_01",
      "command_history_2027_02",
    ]);
  });

  test("are past their time when their last instant is", () => {
    const all = ["command_history_2026_01", "command_history_2026_02", "command_history_default", "devices"];
    expect(planDrops(all, new Date("2026-01-31T23:59:59.999Z"))).toEqual([]);
    expect(planDrops(all, new Date("2026-02-01T00:00:00Z"))).toEqual(["command_history_2026_01"]);
    expect(readMonth("command_history_2026_01; drop table devices")).toBeNull();
  });

  test("only a month can be dropped", async () => {
    for (const name of ["devices", "command_history_default", "command_history"]) {
      await expect(run((op) => dropPartition(op.tx, name))).rejects.toThrow("no month");
    }
  });
});

describe("partitions", () => {
  test("no answer is refused without them, and a month that is made takes over its rows", async () => {
    const target = await aPhone();
    const uuid = await finishOne(target);
    expect(await partitionOf(uuid)).toBe("command_history_default");
    await run(ensureHistoryPartitions);
    expect(await partitionOf(uuid)).toBe("command_history_2026_11");
    expect(await acknowledge(target, uuid)).toBe("already_finished");
  });

  test("are made once, by however many processes at once", async () => {
    database.clock.set(new Date("2027-04-10T00:00:00Z"));
    const before = await partitions();
    await Promise.all([run(ensureHistoryPartitions), run(ensureHistoryPartitions), runJob()]);
    const made = (await partitions()).filter((name) => !before.includes(name));
    expect(made).toEqual(planMonths(database.clock.now()).map(({ partition }) => partition));
    await run(ensureHistoryPartitions);
    expect((await partitions()).length).toBe(before.length + made.length);
  });

  test("a start goes on when the history is busy", async () => {
    database.clock.set(new Date("2029-04-10T00:00:00Z"));
    const before = await partitions();
    await run(async ({ tx }) => {
      await tx.run(sql`lock table command_history_default in row exclusive mode`);
      await prepareHistory((work) => run(work), database.log);
    });
    expect(await partitions()).toEqual(before);
  });

  test("an answer lands in the month it came in, whenever its command was queued", async () => {
    const target = await aPhone();
    await run(ensureHistoryPartitions);
    const request = { name: "RemoveProfile" as const, arguments: { Identifier: "a" }, notBefore: null };
    const { uuid } = await run((op) => queueCommand(op, deps, { target, request }));
    database.clock.set(new Date("2026-12-01T00:00:00Z"));
    await run((op) => takeNextCommand(op, deps, { target, connectStatus: "Idle" }));
    await acknowledge(target, uuid);
    expect(await partitionOf(uuid)).toBe("command_history_2026_12");
  });

  test("lists go over all of them, and a repeated answer is known in each", async () => {
    const target = await aPhone();
    await run(ensureHistoryPartitions);
    const first = await finishOne(target);
    database.clock.set(new Date("2026-12-02T00:00:00Z"));
    const second = await finishOne(target);
    // Removing a profile asks for the list of profiles, too.
    const filter = { channel: "Device" as const, deviceId: target.device.id, name: "RemoveProfile" };
    const { count, rows } = await listCommands(database.database, filter, { limit: 10, offset: 0 });
    expect([count, rows.map(({ uuid }) => uuid)]).toEqual([2, [second, first]]);
    expect(await acknowledge(target, first)).toBe("already_finished");
    expect(await acknowledge(target, second)).toBe("already_finished");
    expect(await acknowledge(await aPhone(), first)).toBe("command_of_another_target");
    database.clock.set(secondsAfter(testStart, replaySeconds + 1));
    expect(await acknowledge(target, first)).toBe("unknown");
    expect(await findListedCommand(database.database, "Device", first)).toMatchObject({
      status: "Acknowledged",
    });
  });
});

describe("retention", () => {
  test("drops whole months past their time, and what found no month, and keeps the rest", async () => {
    const target = await aPhone();
    await run(ensureHistoryPartitions);
    const stray = await addFinished(target, "2026-01-15T00:00:00Z");
    const old = await addFinished(target, "2026-11-02T00:00:00Z");
    const kept = await addFinished(target, "2026-12-31T23:59:59Z");
    database.clock.set(new Date("2027-11-30T23:00:00Z"));
    await runJob();
    expect(await partitionOf(old)).toBe("command_history_2026_11");
    expect(await partitionOf(stray)).toBeNull();
    database.clock.set(new Date("2027-12-31T00:00:00Z"));
    await runJob();
    expect(await partitionOf(old)).toBeNull();
    expect(await partitionOf(kept)).toBe("command_history_2026_12");
    expect(await partitions()).toEqual(
      expect.arrayContaining(["command_history_default", "command_history_2028_03"]),
    );
    expect(await partitions()).not.toContain("command_history_2026_11");
  });
});

describe("what devices wait for", () => {
  test("reads the partitions of the last weeks, however many months there are", async () => {
    const { device } = await aPhone();
    const at = new Date("2032-05-20T00:00:00Z");
    for (let month = 0; month < 6; month++) {
      database.clock.set(new Date(Date.UTC(2032, month, 20)));
      await run(ensureHistoryPartitions);
    }
    const period = { since: secondsAfter(at, -replaySeconds), until: secondsAfter(at, 86_400) };
    expect(await partitionsRead((reader) => findFinishedCommand(reader, randomUUID(), period))).toEqual([
      "command_history_2032_04",
      "command_history_2032_05",
    ]);
    const queue = { deviceId: device.id, deviceUserId: null };
    const recent = await partitionsRead((reader) => listRecentNames(reader, queue, secondsAfter(at, -3_600)));
    expect(recent[0]).toBe("command_history_2032_05");
  });
});
