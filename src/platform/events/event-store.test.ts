import fc from "fast-check";
import { expect, test } from "vitest";
import { testActor, testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { sql } from "../db/sql.ts";
import { createEventBuffer } from "./event-buffer.ts";

const world = useTestDatabase();
const origin = { actor: testActor, at: testStart };

async function readPayloads(type: string): Promise<unknown[]> {
  const rows = await world.database.many<{ payload: unknown }>(
    sql`select payload from events where type = ${type} order by sequence`,
  );
  return rows.map(({ payload }) => payload);
}

test("text that PostgreSQL cannot store loses those characters, not its event nor the ones beside it", async () => {
  const buffer = createEventBuffer(world.database, world.log);
  const hostile = { text: "a\0b\ud800c\\u0000\\\0", "k\0": "\udfff", emoji: "😀" };
  buffer.add({ type: "hostile", tags: [], payload: hostile, serialNumber: "C0\0" }, origin);
  buffer.add({ type: "harmless", tags: [], payload: { text: "good" } }, origin);
  await buffer.close();
  const bad = "\ufffd";
  const stored = { text: `a${bad}b${bad}c\\u0000\\${bad}`, [`k${bad}`]: bad, emoji: "😀" };
  expect(await readPayloads("hostile")).toEqual([stored]);
  expect(await readPayloads("harmless")).toEqual([{ text: "good" }]);
});

test("any text of a payload can be stored", async () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom("\0", "\\", "\ud800", "\udc00", "u0000", '"'), fc.string()),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.dictionary(text, text), async (payload) => {
      const buffer = createEventBuffer(world.database, world.log);
      const type = `property_${run++}`;
      buffer.add({ type, tags: [], payload }, origin);
      await buffer.close();
      expect(await readPayloads(type)).toHaveLength(1);
    }),
    { numRuns: 50 },
  );
});

test("an event that can never be stored is given up, and those beside it are not", async () => {
  const buffer = createEventBuffer(world.database, world.log);
  // A fault of ours: a type is a short word, and what is this long cannot be indexed.
  const unstorable = Array.from({ length: 20_000 }, (_, index) => index.toString(36)).join("");
  for (const type of ["before", unstorable, "after"]) {
    buffer.add({ type, tags: [], payload: {} }, origin);
  }
  await buffer.close();
  expect(await readPayloads("before")).toHaveLength(1);
  expect(await readPayloads("after")).toHaveLength(1);
  expect([await readPayloads(unstorable), buffer.droppedCount()]).toEqual([[], 1]);
});

test("an event whose commit was done but not heard of is there once, and holds nothing up", async () => {
  let isHeard = false;
  const deaf: typeof world.database = {
    ...world.database,
    transaction: async (run) => {
      const result = await world.database.transaction(run);
      if (!isHeard) throw new Error("The connection broke");
      return result;
    },
  };
  const buffer = createEventBuffer(deaf, world.log);
  buffer.add({ type: "unheard", tags: [], payload: {} }, origin);
  await expect(buffer.flush()).rejects.toThrow("broke");
  isHeard = true;
  buffer.add({ type: "next", tags: [], payload: {} }, origin);
  await buffer.close();
  expect(await readPayloads("unheard")).toEqual([{}]);
  expect([await readPayloads("next"), buffer.droppedCount()]).toEqual([[{}], 0]);
});

test("a serial number that somebody claims is cut before it reaches the index", async () => {
  const buffer = createEventBuffer(world.database, world.log);
  const serialNumber = Array.from({ length: 20_000 }, (_, index) => index.toString(36)).join("");
  buffer.add({ type: "boast", tags: [], payload: {}, serialNumber }, origin);
  await buffer.close();
  expect([await readPayloads("boast"), buffer.droppedCount()]).toEqual([[{}], 0]);
});

test("what strangers choose of an event is cut: payload, user agent, path", async () => {
  const buffer = createEventBuffer(world.database, world.log);
  const long = "x".repeat(1_000_000);
  const request = { ip: null, userAgent: long, method: "PUT", path: long, view: null };
  const actor = { ...testActor, account: { id: 1 }, request };
  buffer.add(
    { type: "long", tags: [], payload: { status: "failure", data: long } },
    { actor, at: testStart },
  );
  await buffer.close();
  expect(await readPayloads("long")).toEqual([{ status: "failure", truncated: ["data"] }]);
  const row = await world.database.one<{ length: number }>(
    sql`select length(request::text) as length from events where type = 'long'`,
  );
  expect(row.length).toBeLessThan(4_000);
});
