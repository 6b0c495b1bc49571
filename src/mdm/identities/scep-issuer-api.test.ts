/** SCEP issuers over the API: list, detail, rights. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Caller } from "#platform/http/authenticate.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { ensureBuiltInScepIssuer } from "./authority-operations.ts";
import { scepIssuerEndpoints } from "./scep-issuer-api.ts";
import { findProvisionedScepIssuer } from "./scep-issuer-store.ts";

const database = useTestDatabase();
let server: HttpServer;
let origin: string;
let id: string;

/** The header names the right that its bearer has. */
function callerWith(right: string): Caller {
  const hasPermission = (codename: string): boolean => codename === right;
  return { kind: "user", id: "1", name: "someone", account: { username: "someone" }, hasPermission };
}

beforeAll(async () => {
  const issuer = await database.testOperation(async (op) => {
    await ensureBuiltInScepIssuer(op, new URL("https://mdm.example.com"));
    return findProvisionedScepIssuer(op.tx, "built-in");
  });
  id = issuer?.id ?? "";
  server = createHttpServer({
    source: database.source,
    endpoints: bindEndpoints({}, scepIssuerEndpoints),
    rawRoutes: [],
    authenticate: ({ authorization }) =>
      Promise.resolve(
        authorization === undefined
          ? { unauthenticated: true, detail: "Authentication credentials were not provided." }
          : callerWith(authorization),
      ),
  });
  origin = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});

afterAll(() => server.close());

async function read(path: string, authorization: string | null = "mdm.view_scepissuer") {
  const headers: Record<string, string> = authorization === null ? {} : { authorization };
  const response = await fetch(`${origin}/api/mdm/scep_issuers/${path}`, { headers });
  return { status: response.status, body: (await response.json()) as unknown };
}

function builtIn(): unknown {
  return {
    id,
    provisioning_uid: "built-in",
    name: "Built-in CA",
    description: "The certificate authority of this server",
    version: 1,
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
    url: "https://mdm.example.com/scep/",
    key_size: 2048,
    key_usage: 5,
  };
}

test("the list shows the built-in issuer without its backend", async () => {
  const expected = { count: 1, next: null, previous: null, results: [builtIn()] };
  expect(await read("")).toEqual({ status: 200, body: expected });
});

test("the list is filtered by exact name, and an empty name is no filter", async () => {
  expect(await read("?name=Built-in%20CA")).toMatchObject({ body: { count: 1 } });
  expect(await read("?name=built-in%20ca")).toMatchObject({ body: { count: 0, results: [] } });
  expect(await read("?name=")).toMatchObject({ body: { count: 1 } });
});

test("an issuer is found by its id, and only by its id", async () => {
  expect(await read(`${id}/`)).toEqual({ status: 200, body: builtIn() });
  expect(await read("00000000-0000-4000-8000-000000000000/")).toMatchObject({ status: 404 });
  expect(await read("1/")).toMatchObject({ status: 404 });
});

test("reading takes the right to view issuers", async () => {
  for (const path of ["", `${id}/`]) {
    expect(await read(path, null)).toMatchObject({ status: 401 });
    expect(await read(path, "mdm.view_enrolleddevice")).toMatchObject({ status: 403 });
  }
});
