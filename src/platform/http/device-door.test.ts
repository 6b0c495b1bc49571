import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { type HttpServer, createHttpServer } from "./http-server.ts";
import type { RawRoute } from "./raw-route.ts";

const database = useTestDatabase();
const size = 3 * 1024 * 1024;
let opened: Readable[] = [];

function openEndless(): Readable {
  const stream = new Readable({
    read() {
      this.push(Buffer.alloc(64 * 1024));
    },
  });
  opened.push(stream);
  return stream;
}

const routes: RawRoute[] = [
  {
    methods: ["GET"],
    path: "/public/file/",
    bodyBytesMax: 1,
    handle: async () => {
      const stream = Readable.from(Array.from({ length: 48 }, () => Buffer.alloc(size / 48, 7)));
      opened.push(stream);
      return { status: 200, headers: { "content-type": "application/zip" }, body: { stream, size } };
    },
  },
  {
    methods: ["GET"],
    path: "/public/endless/",
    bodyBytesMax: 1,
    handle: async () => ({ status: 200, body: { stream: openEndless(), size: 2 ** 40 } }),
  },
];

let server: HttpServer;
let baseUrl: string;
beforeAll(async () => {
  server = createHttpServer({
    source: database.source,
    endpoints: [],
    rawRoutes: routes,
    authenticate: async () => ({ unauthenticated: true, detail: "" }),
    trustedProxies: [],
    baseUrl: null,
    tls: null,
    listMode: "envelope",
    bareListPaths: [],
    checksAnswers: true,
    metrics: null,
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  baseUrl = `http://127.0.0.1:${port}`;
});
afterAll(() => server.close());

test("a file is sent with its length, whole", async () => {
  const answer = await fetch(`${baseUrl}/public/file/`);
  expect(answer.headers.get("content-length")).toBe(String(size));
  expect(answer.headers.get("content-type")).toBe("application/zip");
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.equals(Buffer.alloc(size, 7))).toBe(true);
});

test("HEAD tells the length, and closes the file unread", async () => {
  opened = [];
  const answer = await fetch(`${baseUrl}/public/file/`, { method: "HEAD" });
  expect(answer.headers.get("content-length")).toBe(String(size));
  expect(await answer.text()).toBe("");
  expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
});

test("a client that goes away leaves no open file", async () => {
  opened = [];
  await new Promise<void>((done, failed) => {
    const request = httpRequest(`${baseUrl}/public/endless/`, (response) => {
      response.once("data", () => {
        request.destroy();
        done();
      });
      response.on("error", () => undefined);
    });
    request.on("error", failed);
    request.end();
  });
  const [stream] = opened;
  if (stream === undefined) throw new Error("The route opened a stream");
  if (!stream.destroyed) await new Promise((done) => stream.once("close", done));
  expect(stream.destroyed).toBe(true);
});
