import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { bindEndpoints, readEndpoint } from "./endpoint.ts";
import { deviceLogSampling } from "./device-door.ts";
import { type HttpServer, createHttpServer } from "./http-server.ts";

const database = useTestDatabase();
const lines: Record<string, unknown>[] = [];
const stream = new Writable({
  write: (chunk, _encoding, done) => {
    lines.push(JSON.parse(String(chunk)) as Record<string, unknown>);
    done();
  },
});
const log = pino({ level: "info" }, stream);

let server: HttpServer;
let base: string;
beforeAll(async () => {
  const facts = { method: "GET", view: "v", summary: "s", response: { status: 200, schema: null } } as const;
  server = createHttpServer({
    source: { ...database.source, log },
    endpoints: bindEndpoints(null, [
      readEndpoint<null>({
        ...facts,
        path: "/api/garden/fruits/",
        operationId: "listFruits",
        access: "garden.view_fruit",
        handle: async () => [],
      }),
      readEndpoint<null>({
        ...facts,
        path: "/api/garden/storm/",
        operationId: "storm",
        access: "garden.view_storm",
        handle: async () => Promise.reject(new Error("lightning")),
      }),
    ]),
    rawRoutes: [
      {
        methods: ["GET"],
        path: "/enroll/:secret/",
        bodyBytesMax: 1,
        handle: async () => ({ status: 200, body: "x" }),
      },
      {
        methods: ["GET"],
        path: "/broken/",
        bodyBytesMax: 1,
        handle: async () => Promise.reject(new Error("defect")),
      },
    ],
    authenticate: async () => ({
      kind: "user",
      id: "1",
      name: "ada",
      account: {},
      hasPermission: () => true,
    }),
  });
  base = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});
afterAll(() => server.close());

/** The lines that a request leaves, once the expected number is there. */
async function linesOf(path: string, count: number): Promise<Record<string, unknown>[]> {
  lines.length = 0;
  await (await fetch(base + path, { headers: { authorization: "Token hidden-key" } })).text();
  await expect.poll(() => lines.length).toBe(count);
  expect(JSON.stringify(lines)).not.toContain("hidden");
  return lines;
}

test("an API request is one line with its account, without token and query", async () => {
  expect(await linesOf("/api/garden/fruits/?name=hidden", 1)).toMatchObject([
    {
      level: 30,
      method: "GET",
      path: "/api/garden/fruits/",
      status: 200,
      account: "ada",
      requestId: expect.any(String),
    },
  ]);
});

test("a defect is logged with its stack, and answered without", async () => {
  const [defect, request] = await linesOf("/api/garden/storm/", 2);
  expect(defect).toMatchObject({ level: 50, err: { message: "lightning", stack: expect.any(String) } });
  expect(request).toMatchObject({ status: 500, requestId: defect?.["requestId"] });
});

test("device requests are sampled, by the pattern of their path; defects are always logged", async () => {
  lines.length = 0;
  for (let request = 0; request < deviceLogSampling; request++)
    await (await fetch(`${base}/enroll/hidden/`)).text();
  await expect.poll(() => lines.length).toBe(1);
  expect(lines).toMatchObject([{ path: "/enroll/:secret/", status: 200 }]);
  lines.length = 0;
  await (await fetch(`${base}/broken/`)).text();
  await expect.poll(() => lines.some(({ level }) => level === 50)).toBe(true);
});
