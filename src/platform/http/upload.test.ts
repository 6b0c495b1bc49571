import { createHash } from "node:crypto";
import { connect } from "node:net";
import { Type } from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { bindEndpoints, writeEndpoint } from "./endpoint.ts";
import { createHttpServer, type HttpServer } from "./http-server.ts";

const database = useTestDatabase();
let isAllowed = true;

const plainEndpoint = writeEndpoint<null>({
  method: "POST",
  path: "/api/things/",
  operationId: "addThing",
  view: "things",
  access: "things.add_thing",
  summary: "Takes no file",
  body: Type.Object({}),
  response: { status: 201, schema: Type.Object({}) },
  handle: async () => ({}),
});

const endpoint = writeEndpoint<null, never, never, { name: string; sha256: string; size: number }>({
  method: "POST",
  path: "/api/things/files/",
  operationId: "uploadThing",
  view: "things",
  access: "things.add_thing",
  summary: "Takes a file",
  isUpload: true,
  response: { status: 201, schema: Type.Object({}) },
  prepare: async (_deps, _op, { upload }) => {
    if (upload === null) throw new Error("An upload has a file");
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of upload.chunks) {
      hash.update(chunk);
      size += chunk.length;
    }
    return { name: upload.filename, sha256: hash.digest("hex"), size };
  },
  handle: async (_deps, _op, { prepared }) => prepared,
});

let server: HttpServer;
let port: number;
beforeAll(async () => {
  server = createHttpServer({
    source: database.source,
    endpoints: bindEndpoints(null, [endpoint, plainEndpoint]),
    rawRoutes: [],
    limits: { requestSecondsMax: 0.3 },
    authenticate: async () => ({
      kind: "user",
      id: "1",
      name: "t",
      account: { id: 1 },
      hasPermission: () => isAllowed,
    }),
  });
  port = (await server.listen({ host: "127.0.0.1", port: 0 })).port;
});
afterAll(() => server.close());

const url = (): string => `http://127.0.0.1:${port}/api/things/files/`;

async function post(init: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url(), { method: "POST", ...init });
  return { status: response.status, body: await response.json() };
}

function formOf(bytes: Uint8Array<ArrayBuffer>, filename: string): FormData {
  const form = new FormData();
  form.append("comment", "before the file");
  form.append("file", new Blob([bytes]), filename);
  form.append("comment", "behind it");
  return form;
}

test("a file larger than any other body arrives whole, with its name", async () => {
  const bytes = new Uint8Array(20 * 1024 * 1024).fill(7);
  const answer = await post({ body: formOf(bytes, "../../agent.pkg") });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(answer).toEqual({ status: 201, body: { name: "agent.pkg", sha256, size: bytes.length } });
});

test("a file that arrives slower than other requests may is waited for", async () => {
  const parts = [
    "--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n",
    "xyz",
    "\r\n--b--\r\n",
  ];
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (sent === 1) await isOverForOthers();
      const part = parts[sent++];
      if (part === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  const answer = await post({ body, headers, duplex: "half" } as RequestInit);
  expect(answer).toMatchObject({ status: 201, body: { name: "a", size: 3 } });
});

/** Waits until the time is over that a request has which is no upload: such a one begins now, and never ends. */
async function isOverForOthers(): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.write("POST /api/things/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n{");
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
}

test("a request without a file is told so", async () => {
  const form = new FormData();
  form.append("file", "a text");
  const expected = { status: 400, body: { file: ["This field is required."] } };
  expect(await post({ body: form })).toEqual(expected);
});

test.each(["application/json", "text/plain", "multipart/mixed; boundary=b"])(
  "a body of the type %s is not taken",
  async (type) => {
    const answer = await post({ body: "{}", headers: { "content-type": type } });
    expect(answer).toEqual({
      status: 415,
      body: { detail: `Unsupported media type "${type}" in request.` },
    });
  },
);

test("a body without boundary, or of other parts than announced, is malformed or without a file", async () => {
  const headers = (type: string) => ({ "content-type": `multipart/form-data; ${type}` });
  const nameless = await post({ body: "x", headers: headers("a=b") });
  expect(nameless).toEqual({ status: 400, body: { detail: "Malformed request." } });
  expect((await post({ body: "x", headers: headers("boundary=b") })).status).toBe(400);
});

const cut = "--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nhalf";

test("a file whose end is missing is refused", async () => {
  const answer = await post({ body: cut, headers: { "content-type": "multipart/form-data; boundary=b" } });
  expect(answer).toEqual({ status: 400, body: { file: ["The file did not arrive whole."] } });
});

test("a connection that is cut off ends the reading", async () => {
  const before = await requestCount();
  const socket = connect(port, "127.0.0.1");
  socket.write(
    `POST /api/things/files/ HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n` +
      `Content-Length: 5000\r\n\r\n${cut}`,
    () => socket.destroy(),
  );
  await expect.poll(requestCount).toBe(before);
  expect((await post({ body: formOf(new Uint8Array(3), "a") })).status).toBe(201);
});

/** Transactions that are open: an upload must not hold one. */
async function requestCount(): Promise<number> {
  const { rows } = await database.database.pool.query<{ count: string }>(
    "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
  );
  return Number(rows[0]?.count);
}

test("who may not is told before the file is read", async () => {
  isAllowed = false;
  try {
    expect((await post({ body: formOf(new Uint8Array(3), "a") })).status).toBe(403);
  } finally {
    isAllowed = true;
  }
});
