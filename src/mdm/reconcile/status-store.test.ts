import { expect, test } from "vitest";
import { type StatusItemChange, statusItemChangesMax } from "#protocol/ddm/flatten-status-items.ts";
import { sql } from "#platform/db/sql.ts";
import { secondsAfter } from "#platform/clock.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { listStatusItems, mergeStatusItems, statusItemBytesKept, statusItemsKept } from "./status-store.ts";
import type { TargetKey } from "./target.ts";

const database = useTestDatabase();

const newTarget = async (): Promise<TargetKey> => {
  const { id } = await database.testOperation((op) => enrollDevice(op));
  return { deviceId: id, deviceUserId: null };
};

const itemsOf = (prefix: string, count: number, value: string): StatusItemChange[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `${prefix}.${index}`,
    identifier: "",
    isRemoved: false,
    value,
  }));

const merge = (target: TargetKey, items: readonly StatusItemChange[], seconds: number) =>
  database.testOperation(({ tx }) =>
    mergeStatusItems(tx, target, { items, isFull: false, at: secondsAfter(testStart, seconds) }),
  );

async function countOf(target: TargetKey, prefix: string): Promise<number> {
  const page = { limit: 1, offset: 0 };
  return (await listStatusItems(database.database, target, { page, prefix })).count;
}

test("whatever names a device makes up, only its latest items are kept", async () => {
  const [target, other] = [await newTarget(), await newTarget()];
  await merge(other, itemsOf("other", 1, "v"), 0);
  await merge(target, itemsOf("first", statusItemChangesMax, "v"), 1);
  await merge(target, itemsOf("second", statusItemChangesMax, "v"), 2);
  expect(await countOf(target, "")).toBe(2 * statusItemChangesMax);
  await merge(target, itemsOf("third", statusItemChangesMax, "v"), 3);
  expect(await countOf(target, "")).toBeLessThanOrEqual(statusItemsKept);
  expect(await countOf(target, "second")).toBe(statusItemChangesMax);
  expect(await countOf(target, "third")).toBe(statusItemChangesMax);
  expect(await countOf(other, "")).toBe(1);
});

test("what a target keeps of large items is bounded too", async () => {
  const target = await newTarget();
  // Random, so that the database cannot compress it.
  const { value } = await database.database.one<{ value: string }>(
    sql`select string_agg(md5(random()::text), '') as value from generate_series(1, 8192)`,
  );
  for (let report = 0; report < 10; report++) await merge(target, itemsOf(`r${report}`, 20, value), report);
  const kept = await database.database.one<{ bytes: number }>(sql`
    select sum(pg_column_size(value))::float8 as bytes from status_items where device_id = ${target.deviceId}`);
  expect(kept.bytes).toBeLessThanOrEqual(statusItemBytesKept + 20 * value.length);
  expect(await countOf(target, "r9")).toBe(20);
  expect(await countOf(target, "r0")).toBe(0);
});

test("an item that says the same again is written once an hour, one that says something else at once", async () => {
  const target = await newTarget();
  const reportedAfter = async (): Promise<number[]> => {
    const { rows } = await listStatusItems(database.database, target, {
      page: { limit: 10, offset: 0 },
      prefix: "",
    });
    return rows.map(({ reportedAt }) => (reportedAt.getTime() - testStart.getTime()) / 1000);
  };
  const [same] = itemsOf("same", 1, "v") as [StatusItemChange];
  const saying = (value: string): StatusItemChange[] => [...itemsOf("other", 1, value), same];
  await merge(target, saying("a"), 0);
  await merge(target, saying("b"), 10);
  expect(await reportedAfter()).toEqual([10, 0]);
  await merge(target, saying("b"), 3_605);
  expect(await reportedAfter()).toEqual([10, 3_605]);
});
