import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { until } from "../../../test/tools/push-world.ts";
import { testActor, useTestDatabase } from "../../../test/tools/test-database.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import { eventRow, insertEventRows } from "#platform/events/event-store.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { changeIdsMax, changesOf } from "./change.ts";
import { changeEndpoints } from "./change-api.ts";
import { type ChangeStream, createChangeStream, streamsOfAccountMax } from "./change-buffer.ts";

const database = useTestDatabase();
let changeStream: ChangeStream;
const api = useApiServer(
  database,
  () => {
    changeStream = createChangeStream(database.source);
    return bindEndpoints({ changeStream }, changeEndpoints);
  },
  { session: { id: randomUUID(), isLocked: false } },
);

type Listening = {
  /** What arrived since the last call, once it holds a text. */
  readonly until: (text: string) => Promise<string>;
  readonly response: Response;
  readonly end: () => void;
};

async function listen(permissions?: readonly string[], query = ""): Promise<Listening> {
  const ending = new AbortController();
  const options = permissions === undefined ? {} : { permissions };
  const response = await api.open(`/api/stream/${query}`, { signal: ending.signal, ...options });
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error("A stream has a body");
  let arrived = "";
  const listening: Listening = {
    response,
    until: async (text) => {
      while (!arrived.includes(text)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`The stream ended without ${text}: ${arrived}`);
        arrived += Buffer.from(value).toString();
      }
      const whole = arrived;
      arrived = "";
      return whole;
    },
    end: () => ending.abort(),
  };
  if (response.status === 200) {
    open.push(listening);
    await listening.until("\n\n");
    // From here on changes are news.
    await changeStream.poll();
  }
  return listening;
}

let open: Listening[] = [];
/** All at once: a client that lost one connection opens a spare one, which no server can tell from a slow request. */
async function endAll(): Promise<void> {
  for (const listening of open) listening.end();
  open = [];
  await until(() => changeStream.listenerCount() === 0);
}
afterEach(endAll);

const blueprintChanged = (pk: number): DomainEvent =>
  auditEvent({ action: "updated", model: "mdm.blueprint", pk, objectKey: "mdm_blueprint", app: "mdm" });

async function happen(...events: readonly DomainEvent[]): Promise<void> {
  await database.testOperation(async (op) => {
    for (const event of events) op.record(event);
  });
}

test("a change is told to those who listen, with what is worth reading again", async () => {
  const listening = await listen();
  expect(listening.response.headers.get("content-type")).toBe("text/event-stream");
  expect(listening.response.headers.get("x-accel-buffering")).toBe("no");
  await happen(blueprintChanged(7), blueprintChanged(9));
  await changeStream.poll();
  expect(await listening.until('"blueprints"')).toContain(
    'event: change\ndata: {"topic":"blueprints","ids":["7","9"]}\n\n',
  );
});

test("nothing is told twice, and what commits late is told too", async () => {
  const listening = await listen(["mdm.view_blueprint"]);
  const late = await database.database.pool.connect();
  await late.query("begin");
  // Takes the lower sequence, and commits last.
  await late.query(
    `insert into events (id, index, type, at, tags, objects, payload, actor_kind, request_id)
     values ($1, 0, 'zentral_audit', $2, '{}', '{"mdm_blueprint": ["1"]}', '{}', 'job', 'r')`,
    [randomUUID(), database.clock.now()],
  );
  await happen(blueprintChanged(2));
  await changeStream.poll();
  expect(await listening.until('["2"]')).not.toContain('"1"');
  await late.query("commit");
  late.release();
  await changeStream.poll();
  expect(await listening.until('["1"]')).not.toContain('"2"');
});

test("nobody is greeted before it is known from where on changes are told", async () => {
  const slow = await database.database.pool.connect();
  await slow.query("begin; lock table events in access exclusive mode");
  const ending = new AbortController();
  let isGreeted = false;
  const opening = api.open("/api/stream/", { signal: ending.signal }).then(() => {
    isGreeted = true;
  });
  await until(() => changeStream.listenerCount() === 1);
  // The answer to a later request: by then the beginning of the stream would be here, too.
  expect((await api.open("/api/nothing/")).status).toBe(404);
  const wasGreeted = isGreeted;
  await slow.query("commit");
  slow.release();
  await opening;
  expect(wasGreeted).toBe(false);
  ending.abort();
  await until(() => changeStream.listenerCount() === 0);
});

test("only topics that the caller may see are told", async () => {
  const listening = await listen(["mdm.view_artifact"]);
  await happen(blueprintChanged(3), {
    ...blueprintChanged(4),
    objects: { mdm_artifact: ["a-1"] },
  });
  await changeStream.poll();
  const told = await listening.until('"artifacts"');
  expect(told).toContain('{"topic":"artifacts","ids":["a-1"]}');
  expect(told).not.toMatch(/blueprints|events/);
});

const request = (payload: Record<string, unknown>, serialNumber: string): DomainEvent => ({
  type: "mdm_request",
  tags: ["mdm", "heartbeat"],
  payload: { status: "success", ...payload },
  serialNumber,
});

test("every contact of a watched device is told to who watches it, and nobody else hears of idle devices", async () => {
  const watching = await listen(undefined, "?serial_number=WATCHED");
  const other = await listen();
  const mayNot = await listen(["mdm.view_blueprint"], "?serial_number=WATCHED");
  const idle = { request_status: "Idle" };
  const rows = [
    request(idle, "WATCHED"),
    request(idle, "ELSEWHERE"),
    request({ ...idle, status: "failure" }, "WATCHED"),
    blueprintChanged(11),
  ].map((event, index) => {
    const at = new Date(database.clock.now().getTime() + index * 1_000);
    return eventRow(event, { actor: testActor, at, index });
  });
  await database.database.transaction((tx) => insertEventRows(tx, rows));
  await changeStream.poll();
  const told = await watching.until("event: contact");
  const at = wireTime(database.clock.now());
  expect(told).toContain(`event: contact\ndata: {"serial_number":"WATCHED","at":"${at}"}\n\n`);
  expect(told).not.toMatch(/ELSEWHERE|"devices"/);
  expect(await other.until('"blueprints"')).not.toMatch(/WATCHED|contact/);
  expect(await mayNot.until('"blueprints"')).not.toMatch(/WATCHED|contact/);
});

test("idle devices are no news; reports and enrollments are", async () => {
  const listening = await listen();
  const rows = [
    request({ request_status: "Idle" }, "IDLE"),
    request({ command_uuid: randomUUID(), request_status: "Acknowledged" }, "REPORTS"),
    request({ message_type: "TokenUpdate" }, "ENROLLS"),
  ].map((event, index) => eventRow(event, { actor: testActor, at: database.clock.now(), index }));
  await database.database.transaction((tx) => insertEventRows(tx, rows));
  await changeStream.poll();
  const told = await listening.until('"devices"');
  expect(told).toContain('{"topic":"devices","ids":["REPORTS","ENROLLS"]}');
  expect(told).toContain('{"topic":"commands","ids":["REPORTS"]}');
  expect(told).not.toContain("IDLE");
});

test("one statement a look serves all who listen, and none is made for nobody", async () => {
  await listen();
  await listen();
  await listen();
  const before = database.database.statementCount();
  await changeStream.poll();
  expect(database.database.statementCount() - before).toBeLessThanOrEqual(2);
  await endAll();
});

test("an account opens only so many streams", async () => {
  for (let count = 0; count < streamsOfAccountMax; count++) await listen();
  const refused = await listen();
  expect(refused.response.status).toBe(429);
  expect(await refused.until("}")).toContain("Too many streams");
});

test("asking for the headers alone leaves nothing open", async () => {
  const { status } = await api.call("HEAD", "/api/stream/");
  expect(status).toBe(200);
  await until(() => changeStream.listenerCount() === 0);
});

test("closing ends every stream", async () => {
  const listening = await listen();
  await changeStream.close();
  await expect(listening.until("never")).rejects.toThrow("The stream ended");
});

test("many ids are told as many", () => {
  const records = Array.from({ length: changeIdsMax + 1 }, (_, index) => ({
    sequence: String(index),
    serialNumber: null,
    objects: { tag: [String(index)] },
    at: new Date(0),
    isReport: false,
    isNews: true,
    isContact: false,
  }));
  expect(changesOf(records)).toEqual([
    { topic: "events", ids: [] },
    { topic: "tags", ids: null },
  ]);
});
