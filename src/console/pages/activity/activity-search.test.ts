import { expect, test } from "vitest";
import { activitySearch } from "./activity-search.ts";

test("filters are kept, and what is malformed is left out", () => {
  const filters = { type: "mdm_request", actor: "user:3", since: "2026-01-01T00:00", object: "tag:1" };
  expect(activitySearch(filters)).toEqual(filters);
  expect(activitySearch({ serial_number: 4711 })).toEqual({ serial_number: "4711" });
  expect(activitySearch({ type: "A B", since: "yesterday", until: 3, other: "x" })).toEqual({});
});
