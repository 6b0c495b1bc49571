/** The contract that every endpoint of the API keeps (http-api 1), told once for the whole table. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeApi } from "../src/api.ts";
import type { BoundEndpoint } from "../src/platform/http/endpoint.ts";
import type { ContractRequest } from "./tools/contract-request.ts";
import { contractRequests } from "./tools/contract-requests.ts";
import { type ContractWorld, startContractWorld } from "./tools/contract-world.ts";

/** Operations that are no 404 for an unknown object, and why. This list may only shrink. */
const neverUnknown: Readonly<Record<string, string>> = {
  findTaskResult: "clients poll it, and an id not known yet is one that may come (http-api 3.6)",
};

/** What begins and ends sessions asks nobody who they are. This list may only grow with a reason. */
const publicOperations = ["askForPasskey", "logIn", "logOut", "readSession", "verifySecondFactor"];

/** What every account may ask: each answers no more than the caller may see. This list may only grow with a reason. */
const openOperations = ["findTaskResult", "listExpiries", "readDashboard", "readSetup", "search"];

const specialOf = ({ access }: BoundEndpoint): string | null =>
  typeof access === "object" && "special" in access ? access.special : null;

/** Endpoints of the console's own door: public, or for sessions alone. `src/admin/sessions` tests what they do. */
const wholeTable = describeApi();
const consoleTable = wholeTable.filter((endpoint) =>
  ["public", "session", "any_session"].includes(specialOf(endpoint) ?? ""),
);
const table = wholeTable.filter((endpoint) => !consoleTable.includes(endpoint));
const cases = table.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const);
const casesWith = (isMeant: (endpoint: BoundEndpoint) => boolean) =>
  cases.filter(([, endpoint]) => isMeant(endpoint));

const forbidden = { detail: "You do not have permission to perform this action." };
const notFound = { detail: "Not found." };

let world: ContractWorld;
beforeAll(async () => {
  world = await startContractWorld();
});
afterAll(() => world.close());

/** The codenames of one endpoint; none for what any account may do. */
function permissionsOf({ access }: BoundEndpoint): readonly string[] {
  if (typeof access === "string") return [access];
  return "special" in access ? [] : access;
}

const everyPermission = [...new Set(table.flatMap(permissionsOf))];

/** Every permission of the API but those that an endpoint asks for. */
function otherPermissions(endpoint: BoundEndpoint): string[] {
  return everyPermission.filter((codename) => !permissionsOf(endpoint).includes(codename));
}

/** What reading is answered with to those who hold every other permission. */
function statusWithout(endpoint: BoundEndpoint): number {
  return permissionsOf(endpoint).length > 0 ? 403 : 200;
}

/** A path whose object nobody has. */
function unknownPath({ path }: BoundEndpoint): string {
  return path.replace(":id", "987654321").replace(":uuid", randomUUID()).replace(":key", "UNKNOWN1");
}

/** A request that would succeed. */
async function requestOf({ operationId }: BoundEndpoint): Promise<ContractRequest> {
  const make = contractRequests[operationId];
  if (make === undefined)
    throw new Error(`test/tools/contract-…-requests.ts have no request for ${operationId}`);
  return make(world);
}

test("every endpoint has a request that succeeds, and nothing else has", () => {
  const operations = table.map(({ operationId }) => operationId);
  expect(Object.keys(contractRequests).toSorted()).toEqual(operations.toSorted());
  expect(Object.keys(neverUnknown).filter((operation) => !operations.includes(operation))).toEqual([]);
});

describe("access", () => {
  const guarded = casesWith((endpoint) => permissionsOf(endpoint).length > 0);

  test("nothing is public but the endpoints that begin and end sessions", () => {
    const open = wholeTable.filter((endpoint) => specialOf(endpoint) === "public");
    expect(open.map(({ operationId }) => operationId).toSorted()).toEqual(publicOperations);
  });

  test.each(
    consoleTable
      .filter((endpoint) => specialOf(endpoint) !== "public")
      .map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const),
  )("%s is for sessions alone", async (_name, endpoint) => {
    const path = unknownPath(endpoint);
    expect((await world.call(endpoint.method, path, { token: null })).status).toBe(401);
    const answer = await world.call(endpoint.method, path, endpoint.method === "GET" ? {} : { rawBody: "{" });
    expect([answer.status, answer.body]).toEqual([403, forbidden]);
  });

  test("nothing else asks for no permission but what each account sees its own part of", () => {
    const open = table.filter((endpoint) => permissionsOf(endpoint).length === 0);
    const unexpected = open.filter(({ operationId }) => !openOperations.includes(operationId));
    expect(unexpected.map(({ operationId }) => operationId)).toEqual([]);
    expect(table.filter(({ access }) => typeof access === "object" && "special" in access)).toEqual(
      table.filter(({ access }) => JSON.stringify(access) === '{"special":"authenticated"}'),
    );
  });

  test.each(cases)("%s without credentials is a 401", async (_name, endpoint) => {
    const answer = await world.call(endpoint.method, unknownPath(endpoint), { token: null });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ detail: "Authentication credentials were not provided." });
    expect(answer.headers.get("www-authenticate")).toBe("Token");
  });

  test.each(guarded)(
    "%s without its permission is a 403, whatever else is wrong",
    async (_name, endpoint) => {
      const token = await world.tokenOf(otherPermissions(endpoint));
      const hasBody = endpoint.method !== "GET";
      const path = unknownPath(endpoint);
      const answer = await world.call(endpoint.method, path, { token, ...(hasBody ? { rawBody: "{" } : {}) });
      expect(answer.body).toEqual(forbidden);
      expect(answer.status).toBe(403);
    },
  );

  test.each(cases)("%s with exactly its permission succeeds, as promised", async (_name, endpoint) => {
    const { path, ...sent } = await requestOf(endpoint);
    const token = await world.tokenOf(permissionsOf(endpoint));
    const answer = await world.call(endpoint.method, path, { token, ...sent });
    // The server compares the answer with its schema and makes a 500 of what it does not promise.
    expect(answer.status, answer.text).toBe(endpoint.response.status);
    const { contentType = "application/json" } = endpoint.response;
    if (endpoint.response.status === 204) expect(answer.text).toBe("");
    else expect(answer.headers.get("content-type")).toBe(contentType);
    if (endpoint.list === "envelope") {
      expect(Object.keys(answer.body as object)).toEqual(["count", "next", "previous", "results"]);
    }
    if (endpoint.list === "array") expect(answer.body).toBeInstanceOf(Array);
  });

  test.each(casesWith(({ list }) => list !== undefined))(
    "%s shows something to look at",
    async (_name, endpoint) => {
      const { body } = await world.call("GET", (await requestOf(endpoint)).path);
      const rows = endpoint.list === "array" ? body : (body as { results: unknown }).results;
      expect((rows as unknown[]).length).toBeGreaterThan(0);
    },
  );
});

describe("paths", () => {
  const aboutObjects = casesWith(
    ({ path, operationId }) => path.includes(":") && !(operationId in neverUnknown),
  );
  test.each(aboutObjects)("%s of an unknown object is a 404", async (_name, endpoint) => {
    const path = unknownPath(endpoint);
    // A body that is wrong too must not come first (http-api 1.5).
    const wrong = endpoint.body === undefined ? {} : { body: { name: 5 } };
    for (const form of [path, path.replace(/\/$/, "")]) {
      const answer = await world.call(endpoint.method, form, wrong);
      expect(answer.body).toEqual({ detail: expect.stringMatching(/^No \w+ matches the given query\.$/) });
      expect(answer.status).toBe(404);
    }
  });

  test.each(casesWith(({ path }) => path.includes(":")))(
    "%s of what is no key is a 404",
    async (_name, endpoint) => {
      for (const key of ["x", "-1", "99999999999999999999", randomUUID().toUpperCase().replace(/^./, "F")]) {
        const answer = await world.call(endpoint.method, endpoint.path.replace(/:(id|uuid)/, key));
        expect(answer.body, key).toEqual(notFound);
        expect(answer.status).toBe(404);
      }
    },
  );

  test.each(casesWith(({ method }) => method === "GET"))(
    "%s without trailing slash, and below the doubled prefix, is the same",
    async (_name, endpoint) => {
      const { path } = await requestOf(endpoint);
      const answer = await world.call("GET", path);
      for (const other of [path.replace(/\/$/, ""), `/api${path}`]) {
        const same = await world.call("GET", other);
        expect(same.status).toBe(200);
        expect(same.headers.get("content-type")).toBe(answer.headers.get("content-type"));
        // Files are signed anew each time, and pushes to other devices change what lists say of them.
        const isStill = endpoint.response.contentType === undefined && endpoint.list === undefined;
        if (isStill) expect(same.body).toEqual(answer.body);
      }
    },
  );
});

describe("bodies", () => {
  const withBody = casesWith(({ body }) => body !== undefined);

  test.each(withBody)("%s refuses malformed JSON", async (_name, endpoint) => {
    const { path } = await requestOf(endpoint);
    for (const rawBody of ['{"name":', "{]", '{"name":NaN}', "\u0000"]) {
      const answer = await world.call(endpoint.method, path, { rawBody });
      expect(answer.body).toEqual({ detail: expect.stringMatching(/^JSON parse error - ./) });
      expect(answer.status).toBe(400);
    }
  });

  test.each(withBody)("%s refuses a body that is not JSON", async (_name, endpoint) => {
    const { path, body } = await requestOf(endpoint);
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const answer = await world.call(endpoint.method, path, { body, headers: { "content-type": type } });
      expect(answer.body).toEqual({ detail: `Unsupported media type "${type}" in request.` });
      expect(answer.status).toBe(415);
    }
  });

  test.each(withBody)("%s refuses JSON that is no object", async (_name, endpoint) => {
    const { path } = await requestOf(endpoint);
    const answer = await world.call(endpoint.method, path, { body: [1] });
    const text = "Invalid data. Expected a dictionary, but got list.";
    expect(answer.body).toEqual({ non_field_errors: [text] });
    expect(answer.status).toBe(400);
  });

  test.each(withBody)("%s ignores members it does not know", async (_name, endpoint) => {
    const { path, body } = await requestOf(endpoint);
    const answer = await world.call(endpoint.method, path, {
      body: { ...body, zzz: { deep: [null] }, id: "x", created_at: 5 },
    });
    expect(answer.status, answer.text).toBe(endpoint.response.status);
  });
});

describe("headers", () => {
  test.each(cases)("%s cannot be had as HTML, which is said first", async (_name, endpoint) => {
    const headers = { accept: "text/html" };
    const answer = await world.call(endpoint.method, unknownPath(endpoint), { token: null, headers });
    expect(answer.body).toEqual({ detail: "Could not satisfy the request Accept header." });
    expect(answer.status).toBe(406);
  });

  test.each(cases)("%s is not stored by anybody and says what is allowed", async (_name, endpoint) => {
    for (const token of [null, await world.tokenOf(everyPermission)]) {
      const { headers } = await world.call(endpoint.method, unknownPath(endpoint), { token });
      expect(headers.get("vary")).toBe("Accept");
      expect(headers.get("cache-control")).toContain("no-store");
      expect(headers.get("allow")?.split(", ")).toContain(endpoint.method);
      expect(headers.get("etag")).toBeNull();
      expect(headers.get("location")).toBeNull();
    }
  });

  test.each(casesWith(({ method }) => method === "GET"))(
    "HEAD is %s without its body",
    async (_name, endpoint) => {
      const { path } = await requestOf(endpoint);
      const token = await world.tokenOf(permissionsOf(endpoint));
      const head = await world.call("HEAD", path, { token });
      expect([head.status, head.text]).toEqual([200, ""]);
      expect(head.headers.get("content-type")).toBe(
        (await world.call("GET", path, { token })).headers.get("content-type"),
      );
      expect((await world.call("HEAD", path, { token: null })).status).toBe(401);
      const others = await world.tokenOf(otherPermissions(endpoint));
      expect((await world.call("HEAD", path, { token: others })).status).toBe(statusWithout(endpoint));
    },
  );
});

type PathCase = readonly [path: string, endpoints: readonly BoundEndpoint[]];
const paths: readonly PathCase[] = [...Map.groupBy(table, ({ path }) => path)];

const verbs: Readonly<Record<string, string>> = {
  GET: "view",
  HEAD: "view",
  OPTIONS: "view",
  POST: "add",
  PUT: "change",
  PATCH: "change",
  DELETE: "delete",
};

/**
 * What a method needs on a path (http-api 1.5): on models the permission of its verb, elsewhere that of the path. The
 * model of a codename is one word; `view_device_lock_pin` is one of the permissions of their own.
 */
function permissionsFor(endpoints: readonly BoundEndpoint[], method: string): readonly string[] {
  const served = endpoints.find((endpoint) => endpoint.method === method);
  const [first] = endpoints as [BoundEndpoint];
  const reference = served ?? endpoints.find((endpoint) => endpoint.method === "GET") ?? first;
  const own = permissionsOf(reference);
  if (served !== undefined || own.length !== 1) return own;
  const [, app, verb, model] = /^([a-z]+)\.([a-z]+)_([a-z]+)$/.exec(own[0] ?? "") ?? [];
  return verb === verbs[reference.method] ? [`${app}.${verbs[method]}_${model}`] : own;
}

describe("methods", () => {
  test.each(paths)("%s says which methods it has", async (_path, endpoints) => {
    const [first] = endpoints as [BoundEndpoint];
    const path = unknownPath(first);
    const own = endpoints.map(({ method }): string => method);
    const allow = ["GET", "POST", "PUT", "DELETE"].filter((method) => own.includes(method));
    const expected = [...allow, ...(own.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
      if (expected.split(", ").includes(method)) continue;
      const answer = await world.call(method, path);
      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toBe(expected);
      if (method !== "HEAD") expect(answer.body).toEqual({ detail: `Method "${method}" not allowed.` });
      const token = await world.tokenOf([]);
      expect((await world.call(method, path, { token })).status).toBe(
        permissionsOf(first).length > 0 ? 403 : 405,
      );
      expect((await world.call(method, path, { token: null })).status).toBe(401);
    }
  });

  test.each(paths)("%s refuses methods first to those who may not attempt them", async (_path, endpoints) => {
    const [first] = endpoints as [BoundEndpoint];
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      const needed = permissionsFor(endpoints, method);
      if (needed.length === 0 || endpoints.some((endpoint) => endpoint.method === method)) continue;
      const holder = await world.tokenOf(needed);
      const others = await world.tokenOf(everyPermission.filter((codename) => !needed.includes(codename)));
      expect((await world.call(method, unknownPath(first), { token: holder })).status, method).toBe(405);
      expect((await world.call(method, unknownPath(first), { token: others })).status, method).toBe(403);
    }
  });

  test.each(paths)("OPTIONS %s describes what its caller may write", async (_path, endpoints) => {
    const [first] = endpoints as [BoundEndpoint];
    const reference = endpoints.find(({ method }) => method === "GET") ?? first;
    const { path } = await requestOf(reference);
    const needed = permissionsFor(endpoints, "OPTIONS");
    const readerToken = await world.tokenOf(needed);
    const described = await world.call("OPTIONS", path, { token: readerToken });
    expect(described.status).toBe(200);
    expect(described.body).toMatchObject({
      name: expect.any(String),
      description: expect.any(String),
      renders: ["application/json"],
      parses: ["application/json"],
    });
    const { actions = {} } = (await world.call("OPTIONS", path)).body as { actions?: object };
    const writable = endpoints.filter(({ body, method }) => body !== undefined && method !== "DELETE");
    expect(Object.keys(actions)).toEqual(writable.map(({ method }) => method));
    // Where several permissions are asked for, describing takes what writing takes.
    const mayWrite = writable.some((each) =>
      permissionsOf(each).every((codename) => needed.includes(codename)),
    );
    if (!mayWrite) expect(described.body).not.toHaveProperty("actions");
    expect((await world.call("OPTIONS", path, { token: null })).status).toBe(401);
    const others = await world.tokenOf(everyPermission.filter((codename) => !needed.includes(codename)));
    expect((await world.call("OPTIONS", path, { token: others })).status).toBe(needed.length > 0 ? 403 : 200);
  });
});
