/** Task results over the API: what their owner sees, what others see, and how they end. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { createHttpServer, type HttpServer } from "#platform/http/http-server.ts";
import type { Actor } from "#platform/operation.ts";
import { testActor, useTestDatabase } from "../../../test/tools/test-database.ts";
import { purgeTaskResultsJob } from "./purge-task-results-job.ts";
import { type TaskId, taskReference } from "./task-result.ts";
import { taskResultEndpoints } from "./task-result-api.ts";
import { createTask, finishTask, startTask } from "./task-result-operations.ts";

const database = useTestDatabase();
let server: HttpServer;
let origin: string;

/** The token of a test is the id of the account; `root` is a superuser. */
beforeAll(async () => {
  server = createHttpServer({
    source: database.source,
    endpoints: bindEndpoints(null, taskResultEndpoints),
    rawRoutes: [],
    checksAnswers: true,
    authenticate: async ({ authorization }) =>
      authorization === undefined
        ? { unauthenticated: true, detail: "Authentication credentials were not provided." }
        : {
            kind: "service_account",
            id: authorization === "root" ? "1" : authorization,
            name: "t",
            account: { is_superuser: authorization === "root" },
            hasPermission: () => false,
          },
  });
  origin = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});
afterAll(() => server.close());

const owner: Actor = { ...testActor, kind: "service_account", id: "7" };
const name = "example.tasks.count_task";
const create = (actor: Actor = owner): Promise<TaskId> =>
  database.testOperation((op) => createTask(op, name), actor);

async function read(id: string, authorization: string | null = "7") {
  const headers: Record<string, string> = authorization === null ? {} : { authorization };
  const response = await fetch(`${origin}/api/task_result/${id}/`, { headers });
  return { status: response.status, body: (await response.json()) as unknown };
}

const unknown = (id: string) => ({ status: 200, body: { id, status: "UNKNOWN", unready: true } });

test("a task is pending, then started, then has its result", async () => {
  const id = await create();
  expect(await read(id)).toEqual({ status: 200, body: { name, id, status: "PENDING", unready: true } });
  await database.testOperation((op) => startTask(op, id));
  expect(await read(id)).toMatchObject({ body: { status: "STARTED", unready: true } });
  await database.testOperation((op) => finishTask(op, id, { status: "SUCCESS", result: { count: 3 } }));
  expect(await read(id)).toEqual({
    status: 200,
    body: { name, id, status: "SUCCESS", unready: false, result: { count: 3 } },
  });
});

test("a failed task is ready and has no result", async () => {
  const id = await create();
  await database.testOperation((op) => finishTask(op, id, { status: "FAILURE" }));
  expect(await read(id)).toEqual({ status: 200, body: { name, id, status: "FAILURE", unready: false } });
});

test("what ended does not begin or end again", async () => {
  const id = await create();
  await database.testOperation((op) => finishTask(op, id, { status: "SUCCESS", result: { count: 1 } }));
  await database.testOperation((op) => startTask(op, id));
  await database.testOperation((op) => finishTask(op, id, { status: "FAILURE" }));
  expect(await read(id)).toMatchObject({ body: { status: "SUCCESS", result: { count: 1 } } });
});

test("a result that nobody could read in one piece is a defect of its job", async () => {
  const id = await create();
  const result = { text: "x".repeat(4_000_000) };
  const finish = database.testOperation((op) => finishTask(op, id, { status: "SUCCESS", result }));
  await expect(finish).rejects.toThrow("limit");
});

test("an unknown id is UNKNOWN, and a malformed one is not found", async () => {
  const id = "00000000-0000-4000-8000-000000000000";
  expect(await read(id)).toEqual(unknown(id));
  expect(await read("1")).toMatchObject({ status: 404 });
});

test("another account learns nothing of a task; a superuser does", async () => {
  const id = await create();
  expect(await read(id, "8")).toEqual(unknown(id));
  expect(await read(id, "root")).toMatchObject({ body: { name, status: "PENDING" } });
  expect(await read(id, null)).toMatchObject({ status: 401 });
});

test("a task that no account started is for superusers", async () => {
  const id = await create(testActor);
  expect(await read(id)).toEqual(unknown(id));
  expect(await read(id, "root")).toMatchObject({ body: { name } });
});

test("the reference of a task names where its result is", async () => {
  const id = await create();
  const { task_id: taskId, task_result_url: path } = taskReference(id);
  expect(taskId).toBe(id);
  const response = await fetch(origin + path, { headers: { authorization: "7" } });
  expect(await response.json()).toMatchObject({ id, name });
});

test("results past their time are purged, others stay", async () => {
  const old = await create();
  database.clock.advance(31 * 86_400);
  const recent = await create();
  const run = { operate: database.testOperation, signal: new AbortController().signal };
  await purgeTaskResultsJob.run({}, run);
  expect(await read(old)).toEqual(unknown(old));
  expect(await read(recent)).toMatchObject({ body: { status: "PENDING" } });
});
