import { expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { sql } from "../db/sql.ts";
import { type AggregateFamily, aggregatesSecondsMin, createAggregates } from "./aggregates.ts";
import { createMetrics } from "./metrics.ts";

const world = useTestDatabase();

function family(name: string, read: AggregateFamily["read"]): AggregateFamily {
  return { name, help: name, labelNames: ["n"], read };
}

function counting(): { readonly family: AggregateFamily; readonly count: () => number } {
  let count = 0;
  const read: AggregateFamily["read"] = async (reader) => {
    await reader.one(sql`select 1 as one`);
    count++;
    return [{ labels: { n: "x" }, value: count }];
  };
  return { family: family("counting", read), count: () => count };
}

test("however often it is scraped, the database is asked once in a while", async () => {
  const { family: asked, count } = counting();
  const aggregates = createAggregates(world.source, [asked]);
  await Promise.all([aggregates.read(), aggregates.read(), aggregates.read()]);
  world.clock.advance(aggregatesSecondsMin - 1);
  await aggregates.read();
  expect([count(), aggregates.ageSeconds()]).toEqual([1, aggregatesSecondsMin - 1]);
  world.clock.advance(2);
  expect((await aggregates.read()).get(asked)).toEqual([{ labels: { n: "x" }, value: 2 }]);
  expect(count()).toBe(2);
});

test("a family that cannot be read does not take the others with it", async () => {
  const broken = family("broken", (reader) => reader.one(sql`select 1 / 0 as nothing`));
  const { family: healthy } = counting();
  const samples = await createAggregates(world.source, [broken, healthy]).read();
  expect([samples.has(broken), samples.get(healthy)?.length]).toEqual([false, 1]);
});

test("samples that are gone from the database are gone from the page", async () => {
  let samples = [
    { labels: { n: "a" }, value: 1 },
    { labels: { n: "b" }, value: 2 },
  ];
  const told = family("told", async () => samples);
  const metrics = createMetrics();
  metrics.aggregates(createAggregates(world.source, [told]), [told]);
  expect((await metrics.render()).body).toContain('told{n="b"} 2');
  samples = [{ labels: { n: "a" }, value: 5 }];
  world.clock.advance(1_000);
  const { body } = await metrics.render();
  expect(body).toContain('told{n="a"} 5');
  expect(body).not.toContain('n="b"');
});

test("a label may hold anything", async () => {
  const told = family("told", async () => [{ labels: { n: 'a"b\\c\nd' }, value: 1 }]);
  const metrics = createMetrics();
  metrics.aggregates(createAggregates(world.source, [told]), [told]);
  expect((await metrics.render()).body).toContain('told{n="a\\"b\\\\c\\nd"} 1');
});
