import { Type } from "typebox";
import { expect, test } from "vitest";
import { createAnswerCheck } from "./answer-check.ts";
import { type BoundEndpoint, bindEndpoints, readEndpoint } from "./endpoint.ts";
import { nullable } from "./wire-fields.ts";

const Fruit = Type.Object({
  name: Type.String(),
  note: nullable(Type.String()),
  seeds: Type.Array(Type.Object({ size: Type.Integer() })),
});
const good = { name: "fig", note: null, seeds: [{ size: 1 }] };

function endpointOf(schema: typeof Fruit | null, list?: "array"): BoundEndpoint {
  const facts = {
    method: "GET",
    path: "/api/a/b/",
    operationId: "readFruit",
    view: "v",
    summary: "s",
    access: "a.view_b",
  } as const;
  const [bound] = bindEndpoints(null, [
    readEndpoint<null>({
      ...facts,
      ...(list === undefined ? {} : { list }),
      response: { status: 200, schema },
      handle: async () => null,
    }),
  ]);
  if (bound === undefined) throw new Error("Nothing was bound");
  return bound;
}

test.each([
  ["what is promised", Fruit, good],
  ["anything where nothing is promised", null, "x"],
  ["an absent member that serializes away", Fruit, { ...good, extra: undefined }],
])("%s is let through", (_name, schema, answer) => {
  expect(() => createAnswerCheck()(endpointOf(schema), answer)).not.toThrow();
});

test.each([
  ["a missing member", { name: "fig", note: null }, /must have required property 'seeds'/],
  ["a wrong type", { ...good, name: 5 }, /name must be string/],
  ["an unknown member", { ...good, secret: "x" }, /unknown member "secret"/],
  ["an unknown member inside", { ...good, seeds: [{ size: 1, color: "x" }] }, /unknown member "color"/],
])("%s is found", (_name, answer, message) => {
  expect(() => createAnswerCheck()(endpointOf(Fruit), answer)).toThrow(message);
});
