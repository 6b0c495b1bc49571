import { expect, test } from "vitest";
import { filterOptions, findRows, rowsAsCsv } from "./find-rows.ts";
import { type ListColumn, type NameOf, orderingOf } from "./list-column.ts";
import { resourceSearch } from "./resource-search.ts";

type Row = {
  readonly id: number;
  readonly name: string;
  readonly topic: string;
  readonly tags: readonly number[];
  readonly parent: number | null;
};

const rows: readonly Row[] = [
  { id: 1, name: "Beta 10", topic: "com.apple.one", tags: [7, 8], parent: 2 },
  { id: 2, name: "beta 9", topic: "com.apple.two", tags: [8], parent: 3 },
  { id: 3, name: "Alpha", topic: "com.apple.three", tags: [], parent: null },
];
const names: Readonly<Record<number, string>> = { 2: "Zoo", 3: "Ark", 7: "Pilots", 8: "=Sales" };
const nameOf: NameOf = (_, id) => names[Number(id)] ?? String(id);
const columns: readonly ListColumn<Row>[] = [
  { id: "name", header: "Name", cell: ({ name }) => name },
  { id: "topic", header: "Topic", ordering: "topic", cell: ({ topic }) => topic },
  { id: "parent", header: "Parent", cell: () => null, text: ({ parent }, of) => parent && of("tag", parent) },
  {
    id: "tags",
    header: "Tags",
    isFilter: true,
    cell: () => null,
    text: ({ tags }, of) => tags.map((id) => of("tag", id)),
  },
  { id: "picture", header: "Picture", cell: () => null },
];
const list = {
  titleOf: ({ name }: Row) => name,
  searched: ({ topic }: Row) => [topic],
  columns,
  nameOf,
};
const ids = (search: object) => findRows(list, rows, search).map(({ id }) => id);

test("rows come by title, numbers as numbers, or as asked", () => {
  expect(ids({})).toEqual([3, 2, 1]);
  expect(ids({ ordering: "-title" })).toEqual([1, 2, 3]);
  expect(ids({ ordering: "topic" })).toEqual([1, 3, 2]);
});

test("what a row refers to is sorted by its name", () => {
  expect(ids({ ordering: "parent" })).toEqual([3, 2, 1]);
  expect(ids({ ordering: "-parent" })).toEqual([1, 2, 3]);
});

test("only columns that say something as text can be sorted by", () => {
  const sortable = columns.map((column) => orderingOf(column, rows, nameOf));
  expect(sortable).toEqual(["name", "topic", "parent", "tags", undefined]);
});

test("a search looks at the title and at what the description names", () => {
  expect(ids({ search: "BETA" })).toEqual([2, 1]);
  expect(ids({ search: "three" })).toEqual([3]);
  expect(ids({ search: "nothing" })).toEqual([]);
});

test("rows are chosen by one of the things that a column says, by columns that are for it", () => {
  expect(ids({ where: { tags: "=Sales" } })).toEqual([2, 1]);
  expect(ids({ where: { tags: "Pilots" }, search: "beta" })).toEqual([1]);
  expect(ids({ where: { tags: "Nobody" } })).toEqual([]);
  expect(ids({ where: { topic: "com.apple.one" } })).toEqual([3, 2, 1]);
  expect(columns.map((column) => filterOptions(column, rows, nameOf))[3]).toEqual(["=Sales", "Pilots"]);
});

test("a file has the columns that say something, and nothing that a spreadsheet would run", () => {
  expect(rowsAsCsv(list, rows.slice(0, 2)).split("\r\n")).toEqual([
    "Name,Topic,Parent,Tags",
    'Beta 10,com.apple.one,Zoo,"Pilots, =Sales"',
    "beta 9,com.apple.two,Ark,'=Sales",
    "",
  ]);
});

test("an address is read with digits as text, and without what is malformed", () => {
  expect(resourceSearch({ search: 42, page: "x" })).toEqual({ search: "42" });
  expect(resourceSearch({ search: "" })).toEqual({});
  expect(resourceSearch({ where: { state: "open", "No!": "x", many: 3 } })).toEqual({
    where: { state: "open" },
  });
  expect(resourceSearch({ where: "state" })).toEqual({});
});
