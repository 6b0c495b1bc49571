import { expect, test } from "vitest";
import type { Refusal } from "../errors.ts";
import { problemOf } from "./problem.ts";

const refusal = (kind: Refusal["kind"], field?: string, detail = "No."): Refusal => ({
  kind,
  code: "test",
  detail,
  ...(field === undefined ? {} : { field }),
});

test.each([
  ["invalid on a field", [refusal("invalid", "name")], 400, { name: ["No."] }],
  ["invalid", [refusal("invalid")], 400, { detail: "No." }],
  ["conflict on a field", [refusal("conflict", "name")], 400, { name: ["No."] }],
  ["conflict", [refusal("conflict")], 400, ["No."]],
  ["not found", [refusal("not_found")], 404, { detail: "No." }],
  ["forbidden", [refusal("forbidden")], 403, { detail: "No." }],
  ["too large", [refusal("too_large")], 400, { detail: "No." }],
  ["too many", [refusal("too_many")], 429, { detail: "No." }],
  ["two on one field", [refusal("invalid", "a", "1"), refusal("invalid", "a", "2")], 400, { a: ["1", "2"] }],
  [
    "nested fields",
    [
      refusal("invalid", "secret.quota", "1"),
      refusal("invalid", "secret.udids.0", "2"),
      refusal("invalid", "a", "3"),
    ],
    400,
    { secret: { quota: ["1"], udids: { "0": ["2"] } }, a: ["3"] },
  ],
  [
    "an object and its member, in either order",
    [refusal("invalid", "s", "1"), refusal("invalid", "s.a", "2"), refusal("invalid", "s", "3")],
    400,
    { s: { non_field_errors: ["1", "3"], a: ["2"] } },
  ],
] as const)("%s", (_name, [leading, ...further], status, body) => {
  const problem = problemOf([leading, ...further]);
  expect(problem.status).toBe(status);
  expect(JSON.parse(JSON.stringify(problem.body))).toEqual(body);
});

test("a field named like a prototype member is only a name", () => {
  const { body } = problemOf([refusal("invalid", "__proto__.__proto__.polluted")]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect(JSON.stringify(body)).toBe('{"__proto__":{"__proto__":{"polluted":["No."]}}}');
});
