import { Type } from "typebox";
import { expect, test } from "vitest";
import { readQuery } from "./read-query.ts";
import { choice, foreignId } from "./wire-fields.ts";

const schema = Type.Object({
  name: Type.Optional(Type.String()),
  device: Type.Optional(foreignId()),
  count: Type.Optional(Type.Integer()),
  key: Type.Optional(Type.String({ format: "uuid" })),
  family: Type.Optional(choice(["iPad", "Mac"])),
  active: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.Array(Type.Integer())),
});
const uuid = "0b3c2f1e-9c1d-4f6a-8a52-6d0b7f0a9e11";

test.each([
  ["", {}],
  ["name=&device=&tags=", {}],
  ["other=1", {}],
  ["name=a&name=b", { name: "b" }],
  ["name=%20Mac%20", { name: " Mac " }],
  [`key=${uuid.toUpperCase()}`, { key: uuid }],
  ["device=7&count=-3", { device: 7, count: -3 }],
  ["family=iPad&active=true", { family: "iPad", active: true }],
  ["tags=1&tags=2&tags=", { tags: [1, 2] }],
])("the query %j gives %j", (query, value) => {
  expect(readQuery(schema, new URLSearchParams(query))).toEqual({ value });
});

test.each([
  ["key=zz", { key: ["Enter a valid UUID."] }],
  ["device=zz", { device: ["Select a valid choice. That choice is not one of the available choices."] }],
  [
    "device=99999999999",
    { device: ["Select a valid choice. That choice is not one of the available choices."] },
  ],
  ["count=zz", { count: ["Enter a number."] }],
  ["family=mac", { family: ["Select a valid choice. mac is not one of the available choices."] }],
  ["tags=1&tags=x", { tags: ["“x” is not a valid value."] }],
  ["name=%00", { name: ["Null characters are not allowed."] }],
  ["key=a&family=b", { key: ["Enter a valid UUID."], family: [expect.stringContaining("b is not")] }],
])("the query %j is refused", (query, errors) => {
  expect(readQuery(schema, new URLSearchParams(query))).toEqual({ errors });
});

test("without a schema nothing is read", () => {
  expect(readQuery(undefined, new URLSearchParams("name=a"))).toEqual({ value: {} });
});
