import { request as requestTls } from "node:https";
import { type Socket, connect } from "node:net";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { openDatabase } from "../db/database.ts";
import { Secret } from "../secret.ts";
import { type HttpServer, type HttpServerOptions, createHttpServer } from "./http-server.ts";
import type { BodyRefusal, RawRequest, RawRoute } from "./raw-route.ts";

const database = useTestDatabase();
const servers: HttpServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

/** A request to `/slow/` announces itself here and ends when it is let go. */
function slowRoute(): { route: RawRoute; started: Promise<void>; release: () => void } {
  const started = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const handle: RawRoute["handle"] = async () => {
    started.resolve();
    await released.promise;
    return { status: 200, body: "done" };
  };
  const route: RawRoute = { methods: ["GET", "PUT"], path: "/slow/", bodyBytesMax: 100, handle };
  return { route, started: started.promise, release: released.resolve };
}

async function start(options: Partial<HttpServerOptions>): Promise<{ server: HttpServer; port: number }> {
  const server = createHttpServer({
    source: database.source,
    endpoints: [],
    rawRoutes: [],
    authenticate: async () => ({ unauthenticated: true, detail: "" }),
    ...options,
  });
  servers.push(server);
  return { server, ...(await server.listen({ host: "127.0.0.1", port: 0 })) };
}

/** Sends bytes as they are and collects everything until the server closes. */
async function exchange(port: number, ...bytes: readonly string[]): Promise<string> {
  const socket: Socket = connect(port, "127.0.0.1");
  for (const part of bytes) socket.write(part);
  let received = "";
  for await (const chunk of socket) received += String(chunk);
  return received;
}

test.each([
  ["bytes that are no HTTP", "\u0016\u0003\u0001\u0002hello\r\n\r\n"],
  ["a header without end", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(70_000)}\r\n\r\n`],
  [
    "two lengths",
    "PUT /slow/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
  ],
])("%s are refused with 400 and the connection is closed", async (_name, bytes) => {
  const { port } = await start({ rawRoutes: [slowRoute().route] });
  expect(await exchange(port, bytes)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

test.each([
  ["headers", "GET /slow/ HTTP/1.1\r\nHost: a\r\n"],
  ["body", "PUT /slow/ HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc"],
])("a peer that never finishes its %s is let go of", async (_name, bytes) => {
  const limits = { headersSecondsMax: 0.1, requestSecondsMax: 0.2, timeoutCheckSeconds: 0.05 };
  const { port } = await start({ rawRoutes: [slowRoute().route], limits });
  expect(await exchange(port, bytes)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

/** A route that takes 100 bytes and tells what the door refused. */
function recordingRoute(): {
  route: RawRoute;
  refused: Promise<{ request: RawRequest; refusal: BodyRefusal }>;
} {
  const refused = Promise.withResolvers<{ request: RawRequest; refusal: BodyRefusal }>();
  const route: RawRoute = {
    methods: ["PUT"],
    path: "/small/",
    bodyBytesMax: 100,
    handle: async () => ({ status: 200, body: "handled" }),
    recordRefusal: (request, refusal) => refused.resolve({ request, refusal }),
  };
  return { route, refused: refused.promise };
}

const tooLarge = `${"x".repeat(60)}\r\n`;

test.each([
  ["announced", `Content-Length: 101\r\n\r\n`],
  ["sent in chunks", `Transfer-Encoding: chunked\r\n\r\n3c\r\n${tooLarge}3c\r\n${tooLarge}`],
])("a route is told of a body that is too large, %s, and the answer is 400", async (_name, rest) => {
  const { route, refused } = recordingRoute();
  const { port } = await start({ rawRoutes: [route] });
  const head = "PUT /small/?a=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: mdm\r\nContent-Type: text/xml\r\n";
  expect(await exchange(port, head + rest)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  const { request, refusal } = await refused;
  expect(refusal.code).toBe("body_too_large");
  expect(request).toMatchObject({ path: "/small/", ip: "127.0.0.1", userAgent: "mdm" });
  expect([request.headers["content-type"], request.body.length]).toEqual(["text/xml", 0]);
});

test("a route is told of a body that is cut off, which is no fault of ours", async () => {
  const { route, refused } = recordingRoute();
  const errors: unknown[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => errors.push(line) });
  const { port } = await start({ rawRoutes: [route], source: { ...database.source, log } });
  const socket = connect(port, "127.0.0.1");
  socket.write("PUT /small/ HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc", () => socket.destroy());
  expect((await refused).refusal.code).toBe("body_incomplete");
  expect(errors).toEqual([]);
});

test("closing lets a request under way end", async () => {
  const { route, started, release } = slowRoute();
  const { server, port } = await start({ rawRoutes: [route] });
  const answer = fetch(`http://127.0.0.1:${port}/slow/`).then((response) => response.text());
  await started;
  const closed = server.close();
  release();
  expect(await answer).toBe("done");
  await closed;
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});

test("closing does not wait for ever", async () => {
  const { route, started } = slowRoute();
  const { server, port } = await start({ rawRoutes: [route], limits: { closeSecondsMax: 0.1 } });
  const answer = fetch(`http://127.0.0.1:${port}/slow/`);
  const lost = expect(answer).rejects.toThrow();
  await started;
  await server.close();
  await lost;
});

test("closing does not wait for idle connections", async () => {
  const { server, port } = await start({});
  await (await fetch(`http://127.0.0.1:${port}/healthz`)).text();
  await server.close();
});

testWithProgram(["openssl"], "with a certificate the server speaks TLS 1.2 and later", async (openssl) => {
  using bench = new Workbench();
  const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes"];
  bench.run(
    openssl,
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    ...subject,
    "-keyout",
    "key.pem",
    "-out",
    "cert.pem",
  );
  const certificate = bench.read("cert.pem").toString();
  const tls = { fullchainPem: certificate, keyPem: new Secret(bench.read("key.pem").toString()) };
  const { port } = await start({ tls });
  const ask = (options: object): Promise<number | undefined> => {
    const answered = Promise.withResolvers<number | undefined>();
    const request = requestTls({
      port,
      host: "127.0.0.1",
      servername: "localhost",
      path: "/healthz",
      ca: certificate,
      agent: false,
      ...options,
    });
    request.on("response", (response) => {
      response.resume();
      answered.resolve(response.statusCode);
    });
    request.on("error", answered.reject);
    request.end();
    return answered.promise;
  };
  expect(await ask({})).toBe(200);
  await expect(
    ask({ maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" }),
  ).rejects.toThrow();
});

test("readiness is refused while the database does not answer", async () => {
  const unreachable = openDatabase({ connection: { host: "127.0.0.1", port: 1 }, log: database.log });
  const { port } = await start({ source: { ...database.source, database: unreachable } });
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([response.status, await response.text()]).toEqual([503, "database unavailable\n"]);
  await unreachable.close();
});

test("close waits for what is at work when its client is gone", async () => {
  const { route, started, release } = slowRoute();
  let isDone = false;
  const handle: RawRoute["handle"] = async (request) => {
    const response = await route.handle(request);
    isDone = true;
    return response;
  };
  const { server, port } = await start({ rawRoutes: [{ ...route, handle }] });
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /slow/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await started;
  socket.resetAndDestroy();
  const closed = server.close().then(() => isDone);
  // Whatever close does without waiting is done when a listener of that port has come and gone.
  await expect.poll(async () => isRefused(port)).toBe(true);
  await new Promise((done) => setImmediate(done));
  release();
  expect(await closed).toBe(true);
});

test("close waits no longer than it may for what does not end", async () => {
  const { route, started, release } = slowRoute();
  const logged: string[] = [];
  const log = pino({ level: "warn" }, { write: (line) => void logged.push(line) });
  const limits = { closeSecondsMax: 0.2 };
  const { server, port } = await start({ source: { ...database.source, log }, rawRoutes: [route], limits });
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  socket.write("GET /slow/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await started;
  await server.close();
  expect(logged.join("")).toContain("Requests are given up");
  release();
});

function isRefused(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.on("connect", () => resolve(false)).on("error", () => resolve(true));
  return promise.finally(() => socket.destroy());
}
