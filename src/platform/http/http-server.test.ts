import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { Type } from "typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { OperationRefused } from "../errors.ts";
import { auditEvent } from "../events/audit-event.ts";
import type { Authenticate } from "./authenticate.ts";
import { bindEndpoints, readEndpoint, writeEndpoint } from "./endpoint.ts";
import { FileAnswer } from "./file-answer.ts";
import { type HttpServer, createHttpServer } from "./http-server.ts";
import type { RawRequest, RawRoute } from "./raw-route.ts";
import { nullable } from "./wire-fields.ts";

const database = useTestDatabase();

type Fruit = { id: number; name: string; note: string | null };
const fruits: Fruit[] = Array.from({ length: 120 }, (_, index) => ({
  id: index + 1,
  name: `fruit ${index}`,
  note: null,
}));
const uuid = "0b3c2f1e-9c1d-4f6a-8a52-6d0b7f0a9e11";

const FruitBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 20 }),
  note: Type.Optional(nullable(Type.String())),
});
const FruitView = Type.Object({
  id: Type.Integer(),
  name: Type.String({ minLength: 1, maxLength: 20 }),
  note: nullable(Type.String()),
});
const findFruit = (id: number): Fruit => {
  const fruit = fruits.find((each) => each.id === id);
  if (fruit !== undefined) return fruit;
  throw new OperationRefused({
    kind: "not_found",
    code: "fruit_unknown",
    detail: "No Fruit matches the given query.",
  });
};

const endpoints = bindEndpoints(null, [
  readEndpoint({
    method: "GET",
    path: "/api/garden/fruits/",
    operationId: "listFruits",
    view: "fruits",
    access: "garden.view_fruit",
    summary: "Fruit List",
    list: "envelope",
    query: Type.Object({
      name: Type.Optional(Type.String()),
      basket: Type.Optional(Type.String({ format: "uuid" })),
    }),
    response: { status: 200, schema: FruitView },
    handle: async (_, __, { query, page }) => {
      const found = query.name === undefined ? fruits : fruits.filter(({ name }) => name === query.name);
      return { count: found.length, rows: found.slice(page.offset, page.offset + page.limit) };
    },
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/garden/fruits/",
    operationId: "createFruit",
    view: "fruits",
    access: "garden.add_fruit",
    summary: "Fruit List",
    body: FruitBody,
    response: { status: 201, schema: FruitView },
    handle: async (_, op, { body }) => {
      op.record(
        auditEvent({ action: "created", model: "garden.fruit", pk: 500, objectKey: "fruit", app: "garden" }),
      );
      if (body.name === "taken") {
        throw new OperationRefused(
          {
            kind: "conflict",
            code: "name_taken",
            field: "name",
            detail: "fruit with this name already exists.",
          },
          { kind: "invalid", code: "quota", field: "secret.quota", detail: "Too many." },
        );
      }
      return { id: 500, note: null, ...body };
    },
  }),
  readEndpoint({
    method: "GET",
    path: "/api/garden/fruits/:id/",
    operationId: "readFruit",
    view: "fruit",
    access: "garden.view_fruit",
    summary: "Fruit",
    response: { status: 200, schema: FruitView },
    handle: async (_, __, { params }) => findFruit(params.id),
  }),
  writeEndpoint({
    method: "PUT",
    path: "/api/garden/fruits/:id/",
    operationId: "updateFruit",
    view: "fruit",
    access: "garden.change_fruit",
    summary: "Fruit",
    body: FruitBody,
    response: { status: 200, schema: FruitView },
    handle: async (_, __, { params, body }) => ({ ...findFruit(params.id), ...body }),
  }),
  writeEndpoint({
    method: "DELETE",
    path: "/api/garden/fruits/:id/",
    operationId: "deleteFruit",
    view: "fruit",
    access: "garden.delete_fruit",
    summary: "Fruit",
    response: { status: 204, schema: null },
    handle: async (_, __, { params }) => {
      if (findFruit(params.id).id === 2) {
        throw new OperationRefused({
          kind: "conflict",
          code: "fruit_used",
          detail: "This fruit cannot be deleted",
        });
      }
    },
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/garden/fruits/:id/peel/",
    operationId: "peelFruit",
    view: "peel_fruit",
    access: "garden.peel_fruit",
    summary: "Peel",
    body: Type.Object({ knife: Type.String({ minLength: 1 }) }),
    response: { status: 201, schema: Type.Object({ view: Type.Unknown(), actor: Type.Unknown() }) },
    handle: async (_, op) => ({ actor: op.actor }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/garden/leaves/:uuid/",
    operationId: "readLeaf",
    view: "leaf",
    access: ["garden.view_leaf", "garden.view_fruit"],
    summary: "Leaf",
    response: { status: 200, schema: null },
    handle: async (_, __, { params }) => ({ uuid: params.uuid }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/garden/photo/",
    operationId: "readPhoto",
    view: "photo",
    access: { special: "public" },
    summary: "Photo",
    response: { status: 200, schema: null, contentType: "image/png" },
    handle: async () =>
      new FileAnswer({ contentType: "image/png", filename: 'a"b\r\n.png', bytes: Buffer.from("png") }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/garden/storm/",
    operationId: "storm",
    view: "storm",
    access: { special: "authenticated" },
    summary: "Storm",
    response: { status: 200, schema: null },
    handle: async () => {
      throw new Error("lightning with the password hunter2");
    },
  }),
]);

const accounts: Record<string, readonly string[]> = {
  all: ["view_fruit", "add_fruit", "change_fruit", "delete_fruit", "peel_fruit", "view_leaf"],
  viewer: ["view_fruit"],
  nobody: [],
};
const authenticate: Authenticate = async ({ authorization }) => {
  const rights = accounts[authorization ?? ""];
  if (rights === undefined) return { unauthenticated: true, detail: "Who?" };
  return {
    kind: "service_account",
    id: "7",
    name: authorization ?? "",
    account: { id: 7, username: authorization },
    hasPermission: (codename) => rights.some((right) => codename === `garden.${right}`),
  };
};

const seen: RawRequest[] = [];
const rawRoutes: RawRoute[] = [
  {
    methods: ["PUT"],
    path: "/mdm/checkin/",
    bodyBytesMax: 1000,
    handle: async (request) => {
      seen.push(request);
      if (request.body.toString() === "throw") throw new Error("defect");
      return {
        status: 200,
        headers: { "content-type": "application/x-plist" },
        body: `got ${request.body.length}`,
      };
    },
  },
  {
    methods: ["GET"],
    path: "/scep/:name/",
    bodyBytesMax: 10,
    handle: async (request) => ({
      status: 200,
      body: `${request.params["name"]} ${request.query.get("message")?.length}`,
    }),
  },
];

let server: HttpServer;
let base: string;
beforeAll(async () => {
  server = createHttpServer({
    source: database.source,
    endpoints,
    rawRoutes,
    authenticate,
    trustedProxies: ["127.0.0.0/8"],
    listMode: "auto",
    bareListPaths: ["/api/garden/fruits/"],
  });
  base = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});
afterAll(() => server.close());

type Answer = { status: number; body: unknown; headers: Headers };
async function call(
  method: string,
  path: string,
  options: RequestInit & { as?: string } = {},
): Promise<Answer> {
  const { as = "all", headers, ...rest } = options;
  const given = new Headers(headers);
  if (as !== "") given.set("authorization", as);
  if (rest.body !== undefined && !given.has("content-type")) given.set("content-type", "application/json");
  const response = await fetch(base + path, { method, headers: given, ...rest });
  const text = await response.text();
  const isJson = text !== "" && response.headers.get("content-type") === "application/json";
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

describe("order of answers", () => {
  const json = { "content-type": "text/plain" };
  test.each([
    [
      "a key that is no integer",
      "GET",
      "/api/garden/fruits/x/",
      { headers: { accept: "text/html" } },
      404,
      { detail: "Not found." },
    ],
    [
      "an upper-case UUID",
      "GET",
      `/api/garden/leaves/${uuid.toUpperCase()}/`,
      {},
      404,
      { detail: "Not found." },
    ],
    [
      "an Accept that is not JSON, without token",
      "GET",
      "/api/garden/fruits/",
      { as: "", headers: { accept: "text/html" } },
      406,
      { detail: "Could not satisfy the request Accept header." },
    ],
    ["no token", "PATCH", "/api/garden/fruits/", { as: "" }, 401, { detail: "Who?" }],
    [
      "a missing permission for an unknown object",
      "GET",
      "/api/garden/fruits/999/",
      { as: "nobody" },
      403,
      { detail: "You do not have permission to perform this action." },
    ],
    [
      "a method without endpoint and without its permission",
      "PATCH",
      "/api/garden/fruits/1/",
      { as: "viewer" },
      403,
      expect.anything(),
    ],
    [
      "a method without endpoint, with its permission",
      "PATCH",
      "/api/garden/fruits/1/",
      {},
      405,
      { detail: 'Method "PATCH" not allowed.' },
    ],
    [
      "GET of an action without its permission",
      "GET",
      "/api/garden/fruits/1/peel/",
      { as: "viewer" },
      403,
      expect.anything(),
    ],
    ["GET of an action with its permission", "GET", "/api/garden/fruits/1/peel/", {}, 405, expect.anything()],
    [
      "an unknown object before a bad media type",
      "PUT",
      "/api/garden/fruits/999/",
      { body: "x", headers: json },
      404,
      { detail: "No Fruit matches the given query." },
    ],
    [
      "an unknown object of an action before bad input",
      "POST",
      "/api/garden/fruits/999/peel/",
      { body: "{}" },
      404,
      expect.anything(),
    ],
    [
      "a key beyond what is stored",
      "GET",
      "/api/garden/fruits/99999999999999999999/",
      {},
      404,
      { detail: "Not found." },
    ],
    [
      "an unknown object",
      "GET",
      "/api/garden/fruits/999/",
      {},
      404,
      { detail: "No Fruit matches the given query." },
    ],
    [
      "a bad media type",
      "POST",
      "/api/garden/fruits/",
      { body: "x", headers: json },
      415,
      { detail: 'Unsupported media type "text/plain" in request.' },
    ],
    [
      "malformed JSON",
      "POST",
      "/api/garden/fruits/",
      { body: "{" },
      400,
      { detail: expect.stringMatching(/^JSON parse error - /) },
    ],
    [
      "NaN",
      "POST",
      "/api/garden/fruits/",
      { body: '{"name":NaN}' },
      400,
      { detail: expect.stringMatching(/^JSON parse error - /) },
    ],
    [
      "a missing field",
      "POST",
      "/api/garden/fruits/",
      { body: "{}" },
      400,
      { name: ["This field is required."] },
    ],
    ["an empty body", "POST", "/api/garden/fruits/", {}, 400, { name: ["This field is required."] }],
    ["an unknown path", "GET", "/api/garden/stones/", {}, 404, { detail: "Not found." }],
  ] as const)("%s", async (_name, method, path, options, status, body) => {
    const answer = await call(method, path, options);
    expect(answer.body).toEqual(body);
    expect(answer.status).toBe(status);
  });
});

describe("requests", () => {
  test("a created object is answered 201 with its headers, and its event is written with the request", async () => {
    const answer = await call("POST", "/api/garden/fruits/", {
      body: '{"name":"first","name":"  pear  ","note":null,"colour":"green","__proto__":{"id":1}}',
      headers: { "x-real-ip": "203.0.113.9", "content-type": "application/json; charset=utf-8" },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ id: 500, name: "pear", note: null });
    expect(answer.headers.get("vary")).toBe("Accept");
    expect(answer.headers.get("allow")).toBe("GET, POST, HEAD, OPTIONS");
    expect(answer.headers.get("cache-control")).toContain("no-store");
    const { rows } = await database.database.pool.query(
      "select request from events order by sequence desc limit 1",
    );
    expect(rows[0]?.request).toMatchObject({
      ip: "203.0.113.9",
      method: "POST",
      view: "garden_api:fruits",
      user: { id: 7 },
    });
  });

  test("refusals on fields are merged and nested, and roll the event back", async () => {
    const before = await countEvents();
    const answer = await call("POST", "/api/garden/fruits/", { body: '{"name":"taken"}' });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      name: ["fruit with this name already exists."],
      secret: { quota: ["Too many."] },
    });
    expect(await countEvents()).toBe(before);
  });

  async function countEvents(): Promise<number> {
    return (await database.database.pool.query("select 1 from events")).rows.length;
  }

  test("a guarded delete is a bare array, an allowed one is empty", async () => {
    expect(await call("DELETE", "/api/garden/fruits/2/")).toMatchObject({
      status: 400,
      body: ["This fruit cannot be deleted"],
    });
    expect(await call("DELETE", "/api/garden/fruits/3/")).toMatchObject({ status: 204, body: "" });
  });

  test("paths work without trailing slash and under the doubled prefix", async () => {
    expect((await call("GET", "/api/garden/fruits/1")).body).toEqual(fruits[0]);
    expect((await call("POST", "/api/garden/fruits", { body: '{"name":"fig"}' })).status).toBe(201);
    expect((await call("GET", "/api/api/garden/fruits/1/")).body).toEqual(fruits[0]);
  });

  test("HEAD is GET without a body", async () => {
    const answer = await call("HEAD", "/api/garden/fruits/1/");
    expect(answer).toMatchObject({ status: 200, body: "" });
    expect(Number(answer.headers.get("content-length"))).toBe(JSON.stringify(fruits[0]).length);
  });

  test("a defect is a 500 that tells nothing", async () => {
    expect(await call("GET", "/api/garden/storm/")).toMatchObject({
      status: 500,
      body: { error: "Server Error (500)" },
    });
  });

  test("a file is sent as an attachment with a tame name", async () => {
    const answer = await call("GET", "/api/garden/photo/", { as: "", headers: { accept: "image/png" } });
    expect(answer).toMatchObject({ status: 200, body: "png" });
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="a_b__.png"');
  });

  test("all of several permissions are needed", async () => {
    expect((await call("GET", `/api/garden/leaves/${uuid}/`)).body).toEqual({ uuid });
    expect((await call("GET", `/api/garden/leaves/${uuid}/`, { as: "viewer" })).status).toBe(403);
  });

  test("a body beyond the limit is refused", async () => {
    const answer = await call("POST", "/api/garden/fruits/", {
      body: `{"name":"${"x".repeat(17 * 1024 * 1024)}"}`,
    });
    expect(answer.status).toBe(400);
  });

  test("a body of ten megabytes is read", async () => {
    const answer = await call("POST", "/api/garden/fruits/", {
      body: `{"name":"fig","note":"${"x".repeat(10 * 1024 * 1024)}"}`,
    });
    expect(answer.status).toBe(201);
  });

  test.each(["[".repeat(100_000), '{"name":'.repeat(1000)])(
    "nesting without end is refused",
    async (body) => {
      expect((await call("POST", "/api/garden/fruits/", { body })).status).toBe(400);
    },
  );

  test("an unknown value of a filter is an error in the words of filters", async () => {
    expect((await call("GET", "/api/garden/fruits/?basket=zz")).body).toEqual({
      basket: ["Enter a valid UUID."],
    });
  });

  test("a path that cannot be decoded is refused", async () => {
    expect((await call("GET", "/api/garden/fruits/%zz/")).status).toBe(400);
  });
});

describe("pages", () => {
  test("the first page has the default length and a next link with sorted parameters", async () => {
    const { body } = await call("GET", "/api/garden/fruits/?zeta=a%20b&alpha=1");
    const link = `${base}/api/garden/fruits/?alpha=1&limit=50&offset=50&zeta=a+b`;
    expect(body).toMatchObject({ count: 120, next: link, previous: null });
    expect((body as { results: unknown[] }).results).toHaveLength(50);
  });

  test("links use what a trusted proxy forwards", async () => {
    const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "mdm.example.com" };
    const { body } = await call("GET", "/api/garden/fruits/?offset=50&limit=60", { headers });
    const origin = "https://mdm.example.com/api/garden/fruits/";
    expect(body).toMatchObject({ next: `${origin}?limit=60&offset=110`, previous: `${origin}?limit=60` });
  });

  test.each(["http://evil.example/api/garden/fruits/", "//evil.example/api/garden/fruits/"])(
    "a request line that names another server, %s, leads nowhere else",
    async (path) => {
      const { hostname, port } = new URL(base);
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      request({ hostname, port, path, headers: { authorization: "all" } }, resolve)
        .on("error", reject)
        .end();
      const answer = await text(await promise);
      expect(answer).not.toContain("evil.example");
    },
  );

  test("beyond the end the count is right and nothing is there", async () => {
    const { body } = await call("GET", "/api/garden/fruits/?offset=5000");
    expect(body).toMatchObject({ count: 120, next: null, results: [] });
  });

  test("an old Go client gets the bare array with everything", async () => {
    const { body } = await call("GET", "/api/garden/fruits/?limit=1", {
      headers: { "user-agent": "x goztl/v0.1.74" },
    });
    expect(body).toEqual(fruits);
  });

  test("an empty filter is no filter", async () => {
    expect((await call("GET", "/api/garden/fruits/?name=")).body).toMatchObject({ count: 120 });
    expect((await call("GET", "/api/garden/fruits/?name=fruit%201")).body).toMatchObject({ count: 1 });
  });
});

describe("OPTIONS", () => {
  const name = { type: "string", required: true, read_only: false, label: "Name", max_length: 20 };
  const id = { type: "integer", required: false, read_only: true, label: "ID" };
  const note = { type: "string", required: false, read_only: false, label: "Note" };

  test("a list describes POST to who may add", async () => {
    const { body } = await call("OPTIONS", "/api/garden/fruits/");
    expect(body).toEqual({
      name: "Fruit List",
      description: "",
      renders: ["application/json"],
      parses: ["application/json"],
      actions: { POST: { id, name, note } },
    });
  });

  test("an object describes PUT to who may change, if it exists", async () => {
    expect((await call("OPTIONS", "/api/garden/fruits/1/")).body).toMatchObject({
      actions: { PUT: { id, name } },
    });
    expect((await call("OPTIONS", "/api/garden/fruits/999/")).body).not.toHaveProperty("actions");
    expect((await call("OPTIONS", "/api/garden/fruits/1/", { as: "viewer" })).body).not.toHaveProperty(
      "actions",
    );
  });

  test("it needs the view permission", async () => {
    expect((await call("OPTIONS", "/api/garden/fruits/", { as: "nobody" })).status).toBe(403);
  });
});

describe("devices", () => {
  test("bytes of any content type arrive whole, with the peer", async () => {
    const headers = { "content-type": "garbage", "x-real-ip": "198.51.100.4", "user-agent": "MDM/1.0" };
    const answer = await call("PUT", "/mdm/checkin", { body: "plist", headers, as: "" });
    expect(answer).toMatchObject({ status: 200, body: "got 5" });
    expect(answer.headers.get("content-type")).toBe("application/x-plist");
    expect(seen.at(-1)).toMatchObject({
      isPeerTrusted: true,
      ip: "198.51.100.4",
      peerAddress: "127.0.0.1",
      userAgent: "MDM/1.0",
      headers: { "content-type": "garbage" },
    });
  });

  test("a body beyond the limit is 400, announced or not", async () => {
    expect((await call("PUT", "/mdm/checkin/", { body: "x".repeat(1001), as: "" })).status).toBe(400);
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(Buffer.alloc(2000));
        controller.close();
      },
    });
    expect((await call("PUT", "/mdm/checkin/", { body, duplex: "half", as: "" } as RequestInit)).status).toBe(
      400,
    );
  });

  test("a wrong method is 405 and a defect is an empty 500", async () => {
    const answer = await call("POST", "/mdm/checkin/", { body: "x", as: "" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("PUT");
    expect(await call("PUT", "/mdm/checkin/", { body: "throw", as: "" })).toMatchObject({
      status: 500,
      body: "",
    });
  });

  test("a request line of thirty kilobytes is read, one of a hundred is 400", async () => {
    expect((await call("GET", `/scep/a/?message=${"m".repeat(30_000)}`, { as: "" })).body).toBe("a 30000");
    expect((await call("GET", `/scep/a/?message=${"m".repeat(100_000)}`, { as: "" })).status).toBe(400);
  });
});

test("health and readiness are answered without a token", async () => {
  expect(await call("GET", "/healthz", { as: "" })).toMatchObject({ status: 200, body: "ok\n" });
  expect(await call("GET", "/readyz", { as: "" })).toMatchObject({ status: 200, body: "ok\n" });
});

test.each([
  ["two endpoints with one operationId", [endpoints[0], endpoints[0]]],
  ["two endpoints with one method", [endpoints[0], { ...endpoints[0], operationId: "other" }]],
  ["a path without trailing slash", [{ ...endpoints[0], path: "/api/garden" }]],
])("%s are refused at start", (_name, table) => {
  const build = (): HttpServer =>
    createHttpServer({
      source: database.source,
      endpoints: table as typeof endpoints,
      rawRoutes: [],
      authenticate,
    });
  expect(build).toThrow(TypeError);
});
