import { Type } from "typebox";
import { expect, test } from "vitest";
import { type Endpoint, bindEndpoints, readEndpoint, writeEndpoint } from "./endpoint.ts";
import { describeApi } from "./openapi.ts";
import { foreignId, nullable } from "./wire-fields.ts";

const Fruit = Type.Object({
  name: Type.String({ maxLength: 5 }),
  basket: Type.Optional(nullable(foreignId())),
});
const common = { view: "fruits", summary: "Fruits" };
const endpoints: readonly Endpoint<null>[] = [
  writeEndpoint({
    ...common,
    method: "PUT",
    path: "/api/garden/fruits/:id/",
    operationId: "updateFruit",
    access: "garden.change_fruit",
    body: Fruit,
    response: { status: 200, schema: Fruit },
    handle: async () => ({}),
  }),
  readEndpoint({
    ...common,
    method: "GET",
    path: "/api/garden/fruits/:id/",
    operationId: "readFruit",
    access: "garden.view_fruit",
    response: { status: 200, schema: Fruit },
    handle: async () => ({}),
  }),
  readEndpoint({
    ...common,
    method: "GET",
    path: "/api/garden/fruits/",
    operationId: "listFruits",
    access: ["garden.view_fruit"],
    description: "All of them.",
    query: Type.Object({ name: Type.Optional(Type.String({ description: "Exact" })) }),
    list: "envelope",
    response: { status: 200, schema: Type.Array(Fruit) },
    handle: async () => ({ count: 0, rows: [] }),
  }),
  readEndpoint({
    ...common,
    method: "GET",
    path: "/api/garden/baskets/",
    operationId: "listBaskets",
    access: { special: "authenticated" },
    list: "array",
    response: { status: 200, schema: Fruit },
    handle: async () => [],
  }),
  readEndpoint({
    ...common,
    method: "GET",
    path: "/api/garden/photos/:uuid/",
    operationId: "readPhoto",
    access: { special: "public" },
    response: { status: 200, schema: null, contentType: "image/png" },
    handle: async () => null,
  }),
];
const description = { title: "Garden", version: "1", description: "Fruits" };
const describeEndpoints = (list: readonly Endpoint<null>[]): Tree =>
  JSON.parse(JSON.stringify(describeApi(bindEndpoints(null, list), description))) as Tree;
/** A document to look into; what is absent makes the test fail by itself. */
type Tree = { readonly [name: string]: Tree };
const document = describeEndpoints(endpoints);
const refs = { in: "#/components/responses/" };

test("the order of the table does not matter", () => {
  expect(JSON.stringify(describeEndpoints(endpoints.toReversed()))).toBe(JSON.stringify(document));
  expect(Object.keys(document["paths"] ?? {})).toEqual([
    "/api/garden/baskets/",
    "/api/garden/fruits/",
    "/api/garden/fruits/{id}/",
    "/api/garden/photos/{uuid}/",
  ]);
});

test("an update has its parameter, body, permission and every refusal", () => {
  expect(document["paths"]?.["/api/garden/fruits/{id}/"]?.["put"]).toEqual({
    operationId: "updateFruit",
    tags: ["fruits"],
    summary: "Fruits",
    "x-permissions": ["garden.change_fruit"],
    parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer", minimum: 0 } }],
    requestBody: {
      required: true,
      content: { "application/json": { schema: JSON.parse(JSON.stringify(Fruit)) } },
    },
    responses: {
      200: {
        description: "Done",
        content: { "application/json": { schema: JSON.parse(JSON.stringify(Fruit)) } },
      },
      400: { $ref: `${refs.in}invalid` },
      401: { $ref: `${refs.in}unauthenticated` },
      403: { $ref: `${refs.in}forbidden` },
      404: { $ref: `${refs.in}unknown` },
    },
  });
});

test("a paged list has its filters, limit and offset, and answers the envelope of rows", () => {
  const list = document["paths"]?.["/api/garden/fruits/"]?.["get"];
  expect(list?.["parameters"]).toMatchObject([
    { name: "name", in: "query", description: "Exact", schema: { type: "string" } },
    { name: "limit", schema: { maximum: 500, default: 50 } },
    { name: "offset" },
  ]);
  const schema = list?.["responses"]?.["200"]?.["content"]?.["application/json"]?.["schema"];
  expect(schema).toMatchObject({
    required: ["count", "next", "previous", "results"],
    properties: { results: { type: "array", items: { type: "object" } } },
  });
});

test("a bare list is an array and needs no permission but a token", () => {
  const list = document["paths"]?.["/api/garden/baskets/"]?.["get"];
  expect(list).not.toHaveProperty("x-permissions");
  expect(list?.["responses"]?.["200"]?.["content"]).toMatchObject({
    "application/json": { schema: { type: "array" } },
  });
  expect(Object.keys(list?.["responses"] ?? {})).toEqual(["200", "401"]);
});

test("a public file needs nothing and answers bytes", () => {
  const photo = document["paths"]?.["/api/garden/photos/{uuid}/"]?.["get"];
  expect(photo).toMatchObject({
    security: [],
    responses: { 200: { content: { "image/png": { schema: { format: "binary" } } } } },
  });
  expect(Object.keys(photo?.["responses"] ?? {})).toEqual(["200", "404"]);
});

test("every reference of the document leads somewhere", () => {
  const references = JSON.stringify(document).match(/(?<="\$ref":"#\/)[^"]+/g) ?? [];
  expect(references.length).toBeGreaterThan(0);
  for (const reference of references) {
    const target = reference.split("/").reduce<Tree | undefined>((at, name) => at?.[name], document);
    expect(target, reference).toBeDefined();
  }
});
