import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { createHttpServer, type HttpServer } from "./http-server.ts";

const database = useTestDatabase();
const page = "<!doctype html><title>Pomona</title>";
const script = "export const x = 1;".repeat(200);
let folder: string;
let server: HttpServer;
let origin: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "console-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), page);
  writeFileSync(join(folder, "secret.txt"), "not an asset");
  writeFileSync(join(folder, "assets", "main-abc.js"), script);
  writeFileSync(join(folder, "assets", "main-abc.js.gz"), gzipSync(script));
  server = createHttpServer({ ...parts(), consoleFolder: folder });
  origin = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function parts() {
  return {
    source: database.source,
    endpoints: [],
    rawRoutes: [],
    authenticate: () => Promise.resolve({ unauthenticated: true, detail: "no" } as const),
  };
}

const asBrowser = { headers: { accept: "text/html,application/xhtml+xml" } };

describe("the console's page", () => {
  test.each(["/", "/devices", "/devices/7?tab=apps", "/login"])("is answered at %s", async (path) => {
    const answer = await fetch(`${origin}${path}`, asBrowser);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(page);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(answer.headers.get("content-security-policy")).not.toContain("script-src 'self' 'unsafe");
  });

  test.each(["/api/nothing/", "/public/mdm/nothing/", "/scep/x", "/mdm/x", "/metrics", "/assets/x.js"])(
    "is not answered at %s, which is another door's",
    async (path) => {
      expect((await fetch(`${origin}${path}`, asBrowser)).status).toBe(404);
    },
  );

  test.each(["/", "/devices"])("is announced to HEAD at %s as to GET, without the body", async (path) => {
    const asked = await fetch(`${origin}${path}`, asBrowser);
    const answer = await fetch(`${origin}${path}`, { method: "HEAD", ...asBrowser });
    const ofConnection = new Set(["date", "connection", "keep-alive"]);
    const headersOf = ({ headers }: Response) => [...headers].filter(([name]) => !ofConnection.has(name));
    expect(answer.status).toBe(200);
    expect(headersOf(answer)).toEqual(headersOf(asked));
    expect(await answer.text()).toBe("");
  });

  test("is not answered to programs, nor to other methods", async () => {
    expect((await fetch(`${origin}/devices`)).status).toBe(404);
    expect((await fetch(`${origin}/devices`, { method: "POST", ...asBrowser })).status).toBe(404);
  });
});

describe("files", () => {
  test("are kept by browsers for good, and sent as they were compressed ahead", async () => {
    const answer = await fetch(`${origin}/assets/main-abc.js`, { headers: { "accept-encoding": "gzip" } });
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("content-type")).toMatch(/javascript/);
    expect(await answer.text()).toBe(script);
  });

  test.each(["/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt"])(
    "outside their folder are not reached by %s",
    async (path) => {
      const answer = await fetch(`${origin}${path}`);
      expect(await answer.text()).not.toContain("not an asset");
      expect(answer.status).toBeGreaterThanOrEqual(400);
    },
  );
});

test("without a build the rest serves all the same", async () => {
  const bare = createHttpServer({ ...parts(), consoleFolder: join(folder, "nothing") });
  const { port } = await bare.listen({ host: "127.0.0.1", port: 0 });
  expect((await fetch(`http://127.0.0.1:${port}/`, asBrowser)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  await bare.close();
});
