import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { secondsAfter } from "#platform/clock.ts";
import { toStatement, type Sql, sql } from "#platform/db/sql.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import { eventRow, insertEventRows } from "#platform/events/event-store.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { type Actor, jobActor, operate } from "#platform/operation.ts";
import type { EventFilter } from "./event-record.ts";
import { eventEndpoints } from "./event-record-api.ts";
import { eventsQuery } from "./event-record-store.ts";
import { purgeEventsJob, purgeRowsMax } from "./purge-events-job.ts";

const world = useTestDatabase();

let server: HttpServer;
let origin: string;
beforeAll(async () => {
  server = createHttpServer({
    source: world.source,
    endpoints: bindEndpoints(null, eventEndpoints),
    rawRoutes: [],
    checksAnswers: true,
    authenticate: async ({ authorization }) => ({
      kind: "user",
      id: "1",
      name: "t",
      account: { id: 1 },
      hasPermission: (codename) => codename === "core.view_event" && authorization !== "Token nothing",
    }),
  });
  origin = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});
afterAll(() => server.close());
beforeEach(async () => {
  await world.database.pool.query("truncate events");
  world.clock.set(testStart);
});

type Listed = {
  readonly next: string | null;
  readonly previous: string;
  readonly results: readonly { metadata: Record<string, unknown>; payload: Record<string, unknown> }[];
};

async function read(path: string): Promise<Listed> {
  const response = await fetch(path.startsWith("http") ? path : `${origin}/api/events/${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Listed;
}

const numbers = (listed: Listed): unknown[] => listed.results.map(({ payload }) => payload["n"]);

const person: Actor = {
  kind: "user",
  id: "3",
  name: "ada",
  account: { id: 3, username: "ada" },
  requestId: "11111111-2222-4333-8444-555555555555",
  request: { ip: "192.0.2.7", userAgent: "curl/8", method: "POST", path: "/api/x/", view: "mdm_api:x" },
};

function happen(
  secondsAgo: number,
  n: number,
  facts: Partial<DomainEvent> = {},
  actor = person,
): Promise<number> {
  const at = secondsAfter(world.clock.now(), -secondsAgo);
  const event = { type: "zentral_audit", tags: ["zentral"], payload: { n }, ...facts };
  return world.database.transaction(async (tx) => {
    await insertEventRows(tx, [eventRow(event, { actor, at, index: 0 })]);
    return n;
  });
}

test("an event is told with its metadata and its payload", async () => {
  const facts = {
    tags: ["mdm", "device_lock_pin"],
    serialNumber: "C02",
    objects: { mdm_enrolleddevice: ["7"] },
  };
  await happen(60, 1, { type: "device_lock_pin_set", ...facts });
  expect((await read("")).results).toEqual([
    {
      metadata: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        index: 0,
        type: "device_lock_pin_set",
        namespace: "mdm_device_lock_pin",
        created_at: "2026-11-21T11:59:00",
        tags: ["mdm", "device_lock_pin"],
        machine_serial_number: "C02",
        objects: { mdm_enrolleddevice: ["7"] },
        actor: { kind: "user", id: "3" },
        request_id: person.requestId,
        request: {
          ip: "192.0.2.7",
          user_agent: "curl/8",
          method: "POST",
          path: "/api/x/",
          view: "mdm_api:x",
          user: { id: 3, username: "ada" },
        },
      },
      payload: { n: 1 },
    },
  ]);
});

test("pages lead to older events and repeat none while others arrive", async () => {
  for (const n of [1, 2, 3, 4, 5]) await happen(100 - n, n);
  const first = await read("?limit=2&tag=zentral");
  await happen(1, 6);
  const second = await read(first.next ?? "");
  await happen(0, 7);
  const third = await read(second.next ?? "");
  expect([first, second, third].map(numbers)).toEqual([[5, 4], [3, 2], [1]]);
  expect(third.next).toBeNull();
  expect(first.next).toMatch(/\/api\/events\/\?before=\d+-\d+&limit=2&tag=zentral$/);
});

test("events of one moment are all listed, once", async () => {
  for (const n of [1, 2, 3, 4, 5]) await happen(60, n);
  const first = await read("?limit=3");
  expect([...numbers(first), ...numbers(await read(first.next ?? ""))]).toEqual([5, 4, 3, 2, 1]);
});

test("who follows the log misses no event that was written late, and sees none twice", async () => {
  await happen(60, 1);
  const start = await read("");
  world.clock.advance(10);
  await happen(6, 3);
  await happen(1, 4);
  const second = await read(start.previous);
  // Happened before the event that is too fresh to be shown, written after the page was read.
  await happen(3, 2);
  const nothing = await read(second.previous);
  world.clock.advance(10);
  const third = await read(nothing.previous);
  expect([start, second, nothing, third].map(numbers)).toEqual([[1], [3], [], [4, 2]]);
  expect(numbers(await read(third.next ?? ""))).toEqual([3, 1]);
});

test("each filter finds its events", async () => {
  const device: Actor = { ...jobActor("d"), kind: "device", id: "C9", requestId: randomUUID() };
  await happen(3600, 1, { objects: { mdm_ota_enrollment: ["4", "5"] } });
  await happen(600, 2, { type: "mdm_request", tags: ["mdm"], serialNumber: "C9" }, device);
  await happen(60, 3, {}, jobActor("push_sender"));
  const found = async (query: string): Promise<unknown[]> => numbers(await read(`?${query}`));
  expect(await found("type=mdm_request")).toEqual([2]);
  expect(await found("serial_number=C9")).toEqual([2]);
  expect(await found("tag=mdm")).toEqual([2]);
  expect(await found("actor=user")).toEqual([1]);
  expect(await found("actor=user:3")).toEqual([1]);
  expect(await found("actor=user:4")).toEqual([]);
  expect(await found("actor=device:C9")).toEqual([2]);
  expect(await found("actor=job:push_sender")).toEqual([3]);
  expect(await found(`request_id=${person.requestId}`)).toEqual([1]);
  expect(await found("object=mdm_ota_enrollment:5")).toEqual([1]);
  expect(await found("since=2026-11-21T11:50:00Z")).toEqual([3, 2]);
  expect(await found("until=2026-11-21T11:50:00")).toEqual([1]);
  expect(await found("since=2026-11-21T11:00:00Z&until=2026-11-21T12:50:00%2B01:00&tag=mdm")).toEqual([]);
  expect(await found("type=")).toEqual([3, 2, 1]);
});

test.each([
  ["actor=gardener", "actor"],
  ["object=nothing", "object"],
  ["since=yesterday", "since"],
  ["until=2026-13-01", "until"],
  ["before=1", "before"],
  [`before=${"9".repeat(14)}-${"9".repeat(19)}`, "before"],
  ["before=1-1&after=1-1", "after"],
])("what cannot be read is refused with the name of the filter: %s", async (query, field) => {
  const response = await fetch(`${origin}/api/events/?${query}`);
  expect([response.status, Object.keys((await response.json()) as object)]).toEqual([400, [field]]);
});

test("the farthest places that can be asked for are only empty", async () => {
  await happen(60, 1);
  expect(numbers(await read(`?before=0-0`))).toEqual([]);
  expect(numbers(await read(`?after=${"9".repeat(14)}-${"9".repeat(18)}`))).toEqual([]);
});

test("events are for those who may see them", async () => {
  const response = await fetch(`${origin}/api/events/`, { headers: { authorization: "Token nothing" } });
  expect(response.status).toBe(403);
});

test("events past their retention are purged, in batches", async () => {
  const days = (count: number): number => count * 86_400;
  const old = Array.from({ length: purgeRowsMax + 1 }, () =>
    eventRow(
      { type: "old", tags: [], payload: {} },
      { actor: person, at: secondsAfter(testStart, -days(91)), index: 0 },
    ),
  );
  await world.database.transaction((tx) => insertEventRows(tx, old));
  await happen(days(89), 1);
  let batches = 0;
  await purgeEventsJob(90).run(
    {},
    {
      operate: (work) => {
        batches++;
        return operate(world.source, jobActor("purge_events"), work);
      },
      signal: new AbortController().signal,
    },
  );
  const { count } = await world.database.one<{ count: number }>(sql`select count(*)::integer from events`);
  expect([count, batches]).toEqual([1, 2]);
});

type Plan = {
  readonly "Node Type": string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly Plan[];
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
};

async function explain(query: Sql): Promise<Plan> {
  const { text, values } = toStatement(query);
  const { rows } = await world.database.pool.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
    `explain (analyze, buffers, format json) ${text}`,
    values,
  );
  const plan = rows[0]?.["QUERY PLAN"][0].Plan;
  if (plan === undefined) throw new Error("EXPLAIN answers a plan");
  return plan;
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

test("with 100,000 events every filter reads a few pages of an index", async () => {
  await world.database.pool.query(`
    insert into events (id, index, type, at, tags, serial_number, objects, payload, actor_kind, actor_id, request_id)
    select gen_random_uuid(), 0,
           case when n % 1000 = 0 then 'zentral_audit' else 'mdm_request' end,
           timestamptz '2026-11-21T12:00:00Z' - n * interval '1 second',
           case when n % 1000 = 0 then '{zentral,mdm}'::text[]
                when n % 5000 = 1 then '{mdm,device_lock_pin}' else '{mdm,heartbeat}' end,
           'C' || n % 2000,
           case when n % 1000 = 0 then jsonb_build_object('mdm_device_command', jsonb_build_array('u-' || n))
                else '{"mdm_ota_enrollment": ["1"]}' end,
           '{}', case when n % 1000 = 0 then 'user' else 'device' end,
           case when n % 1000 = 0 then '3' else 'C' || n % 2000 end, 'r-' || n
      from generate_series(1, 100000) n`);
  await world.database.pool.query("vacuum analyze events");
  const middle = { at: secondsAfter(testStart, -50_000), sequence: "1" };
  const filters: EventFilter[] = [
    {},
    { type: "zentral_audit" },
    { serialNumber: "C77" },
    { tag: "device_lock_pin" },
    { tag: "mdm" },
    { actor: { kind: "user", id: "3" } },
    { actor: { kind: "device", id: "C77" } },
    { requestId: "r-4711" },
    { object: { kind: "mdm_device_command", key: "u-5000" } },
    { object: { kind: "mdm_ota_enrollment", key: "1" } },
    { since: secondsAfter(testStart, -90_010), until: secondsAfter(testStart, -90_000) },
  ];
  for (const filter of filters) {
    for (const direction of [{ before: null }, { before: middle }, { after: middle }]) {
      const plan = await explain(eventsQuery({ filter, direction, limit: 51 }));
      const told = { filter, types: nodes(plan).map((node) => node["Node Type"]) };
      expect(told.types, JSON.stringify(told)).not.toContain("Seq Scan");
      expect(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], JSON.stringify(told)).toBeLessThan(400);
    }
  }
});
