import { expect, test } from "vitest";
import { findRows } from "./find-rows.ts";
import { resourceSearch } from "./resource-search.ts";

const rows = [
  { id: 1, name: "Beta 10", topic: "com.apple.one" },
  { id: 2, name: "beta 9", topic: "com.apple.two" },
  { id: 3, name: "Alpha", topic: "com.apple.three" },
];
const described = {
  titleOf: ({ name }: { readonly name: string }) => name,
  searched: ({ topic }: { readonly topic: string }) => [topic],
};
const ids = (search: object) => findRows(described, rows, search).map(({ id }) => id);

test("rows come by title, numbers as numbers, or as asked", () => {
  expect(ids({})).toEqual([3, 2, 1]);
  expect(ids({ ordering: "-title" })).toEqual([1, 2, 3]);
  expect(ids({ ordering: "topic" })).toEqual([1, 3, 2]);
});

test("a search looks at the title and at what the description names", () => {
  expect(ids({ search: "BETA" })).toEqual([2, 1]);
  expect(ids({ search: "three" })).toEqual([3]);
  expect(ids({ search: "nothing" })).toEqual([]);
});

test("an address is read with digits as text, and without what is malformed", () => {
  expect(resourceSearch({ search: 42, page: "x" })).toEqual({ search: "42" });
  expect(resourceSearch({ search: "" })).toEqual({});
});
