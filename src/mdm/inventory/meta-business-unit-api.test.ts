import { afterAll, beforeAll, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { metaBusinessUnitEndpoints } from "./meta-business-unit-api.ts";
import { ensureDefaultBusinessUnit } from "./meta-business-unit-operations.ts";

const database = useTestDatabase();
const root = "/api/inventory/meta_business_units/";

let server: HttpServer;
let base: string;
beforeAll(async () => {
  server = createHttpServer({
    source: database.source,
    endpoints: bindEndpoints(null, metaBusinessUnitEndpoints),
    rawRoutes: [],
    checksAnswers: true,
    authenticate: async () => ({
      kind: "user",
      id: "1",
      name: "t",
      account: { id: 1 },
      hasPermission: () => true,
    }),
  });
  base = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});
afterAll(() => server.close());

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(base + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? "" : JSON.parse(text) };
}

type Unit = { id: number; name: string; api_enrollment_enabled: boolean };
const create = async (body: unknown): Promise<Unit> => (await call("POST", root, body)).body as Unit;

async function lastEvent(): Promise<Record<string, unknown>> {
  const { rows } = await database.database.pool.query("select * from events order by sequence desc limit 1");
  return rows[0] as Record<string, unknown>;
}

test("a unit is created with its default, read, listed and found by name", async () => {
  const created = await call("POST", root, { name: " Crew " });
  const unit = created.body as Unit;
  expect(created).toEqual({
    status: 201,
    body: {
      id: expect.any(Number),
      name: "Crew",
      api_enrollment_enabled: false,
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:00:00",
    },
  });
  expect((await call("GET", `${root}${unit.id}/`)).body).toEqual(unit);
  expect((await call("GET", `${root}?name=Crew`)).body).toEqual([unit]);
  expect((await call("GET", `${root}?name=crew`)).body).toEqual([]);
  expect(await lastEvent()).toMatchObject({
    type: "zentral_audit",
    tags: ["zentral", "inventory"],
    objects: { meta_business_unit: [String(unit.id)] },
    payload: {
      action: "created",
      object: {
        model: "inventory.metabusinessunit",
        pk: String(unit.id),
        new_value: { pk: unit.id, name: "Crew" },
      },
    },
  });
});

test("the list is a bare array ordered by name", async () => {
  await create({ name: "b-unit" });
  await create({ name: "a-unit" });
  const names = ((await call("GET", root)).body as Unit[])
    .map(({ name }) => name)
    .filter((name) => /^[ab]-/.test(name));
  expect(names).toEqual(["a-unit", "b-unit"]);
});

test("omitting the flag leaves it, enabling it cannot be undone", async () => {
  const { id } = await create({ name: "flagged", api_enrollment_enabled: true });
  database.clock.advance(60);
  const renamed = await call("PUT", `${root}${id}/`, { name: "renamed" });
  expect(renamed).toMatchObject({
    status: 200,
    body: {
      name: "renamed",
      api_enrollment_enabled: true,
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:01:00",
    },
  });
  expect(await lastEvent()).toMatchObject({
    payload: {
      action: "updated",
      object: { prev_value: { name: "flagged" }, new_value: { name: "renamed" } },
    },
  });
  expect(await call("PUT", `${root}${id}/`, { name: "renamed", api_enrollment_enabled: false })).toEqual({
    status: 400,
    body: { api_enrollment_enabled: ["Cannot disable API enrollment"] },
  });
});

test.each([
  [{}, { name: ["This field is required."] }],
  [{ name: "" }, { name: ["This field may not be blank."] }],
  [
    { name: null, api_enrollment_enabled: "maybe" },
    { name: ["This field may not be null."], api_enrollment_enabled: ["Must be a valid boolean."] },
  ],
  [{ name: "x".repeat(513) }, { name: ["Ensure this field has no more than 512 characters."] }],
])("the body %j is refused", async (body, errors) => {
  expect(await call("POST", root, body)).toEqual({ status: 400, body: errors });
});

test("a name is taken once, on create and on update", async () => {
  await create({ name: "taken" });
  const other = await create({ name: "other" });
  const refusal = { status: 400, body: { name: ["meta business unit with this name already exists."] } };
  expect(await call("POST", root, { name: "taken" })).toEqual(refusal);
  expect(await call("PUT", `${root}${other.id}/`, { name: "taken" })).toEqual(refusal);
});

test("a unit in use cannot be deleted, an unused one can", async () => {
  const used = await create({ name: "used" });
  const now = new Date();
  await database.database.pool.query(
    "insert into taxonomies (name, meta_business_unit_id, created_at, updated_at) values ('t', $1, $2, $2)",
    [used.id, now],
  );
  expect(await call("DELETE", `${root}${used.id}/`)).toEqual({
    status: 400,
    body: ["This meta business unit cannot be deleted"],
  });
  const unused = await create({ name: "unused" });
  expect(await call("DELETE", `${root}${unused.id}/`)).toEqual({ status: 204, body: "" });
  expect(await lastEvent()).toMatchObject({
    payload: { action: "deleted", object: { prev_value: { name: "unused" } } },
  });
  expect(await call("GET", `${root}${unused.id}/`)).toEqual({
    status: 404,
    body: { detail: "No MetaBusinessUnit matches the given query." },
  });
  expect((await call("DELETE", `${root}${unused.id}/`)).status).toBe(404);
});

test("first start makes the default unit once", async () => {
  await database.database.pool.query("delete from taxonomies");
  await database.database.pool.query("delete from meta_business_units");
  const both = await Promise.all([1, 2].map(() => database.testOperation(ensureDefaultBusinessUnit)));
  expect(both.filter((unit) => unit !== null)).toMatchObject([
    { name: "Default", apiEnrollmentEnabled: true },
  ]);
});
