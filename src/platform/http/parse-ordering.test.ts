import { expect, test } from "vitest";
import { parseOrdering } from "./parse-ordering.ts";

const columns = ["created_at", "name"] as const;

test.each([
  [undefined, []],
  ["", []],
  ["name", [{ column: "name", isDescending: false }]],
  [
    "-created_at, name",
    [
      { column: "created_at", isDescending: true },
      { column: "name", isDescending: false },
    ],
  ],
  ["id,--name,NAME,-", []],
])("the order %j is read as %j", (text, orderings) => {
  expect(parseOrdering(columns, text)).toEqual(orderings);
});

test("an order of very many names is cut", () => {
  expect(parseOrdering(columns, "name,".repeat(1000))).toHaveLength(16);
});
