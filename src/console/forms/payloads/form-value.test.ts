import { expect, test } from "vitest";
import { filledMembers, withMember } from "./form-value.ts";
import type { SchemaKey } from "./schema-key.ts";

const key = (name: string, type: string, more: Partial<SchemaKey> = {}): SchemaKey => ({
  key: name,
  type,
  required: false,
  default: null,
  values: null,
  min: null,
  max: null,
  format: null,
  asset_types: [],
  platforms: null,
  keys: [],
  ...more,
});

test("what nobody filled is not in the document; false and zero are", () => {
  const keys = [key("a", "string"), key("b", "boolean"), key("c", "integer"), key("d", "array")];
  expect(filledMembers({ a: "", b: false, c: 0, d: [] }, keys)).toEqual({ b: false, c: 0 });
});

test("a dictionary of empty fields is left out, unless it must be there", () => {
  const inner = [key("x", "string")];
  expect(filledMembers({ a: { x: "" } }, [key("a", "dictionary", { keys: inner })])).toEqual({});
  const required = key("a", "dictionary", { required: true, keys: inner });
  expect(filledMembers({ a: { x: "" } }, [required])).toEqual({ a: {} });
  expect(filledMembers({}, [required])).toEqual({ a: {} });
});

test("an added item stays, with what was filled in it", () => {
  const rules = key("Rules", "array", {
    keys: [key("Rule", "dictionary", { keys: [key("Type", "string"), key("Comment", "string")] })],
  });
  expect(filledMembers({ Rules: [{ Type: "Label", Comment: "" }, {}] }, [rules])).toEqual({
    Rules: [{ Type: "Label" }, {}],
  });
});

test("names of one's own are kept, and a dictionary of any kind stays as it is", () => {
  const teams = key("Teams", "dictionary", {
    keys: [key("ANY", "array", { keys: [key("Item", "string")] })],
  });
  expect(filledMembers({ Teams: { ABC: ["x", ""], DEF: [] } }, [teams])).toEqual({ Teams: { ABC: ["x"] } });
  expect(filledMembers({ Any: { a: "" } }, [key("Any", "dictionary")])).toEqual({ Any: { a: "" } });
});

test("taking a member away leaves the others", () => {
  expect(withMember({ a: 1, b: 2 }, "a", undefined)).toEqual({ b: 2 });
  expect(withMember({ a: 1 }, "b", false)).toEqual({ a: 1, b: false });
});
