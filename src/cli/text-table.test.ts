import { expect, test } from "vitest";
import { cellCharactersMax, columnsMax, formatObject, formatTable } from "./text-table.ts";

test("rows stand below their headings; what is empty everywhere and what is nested is left out", () => {
  const rows = [
    { id: 1, name: "One", note: null, tags: [1] },
    { id: 22, name: "Two words", note: "", tags: [] },
  ];
  expect(formatTable(rows)).toEqual(["ID  NAME", "1   One", "22  Two words"]);
  expect(formatTable([])).toEqual([""]);
});

test("wide tables and long cells are cut", () => {
  const row = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`c${index}`, "x".repeat(100)]));
  const [heading, line] = formatTable([row]);
  expect(heading?.trim().split(/\s+/)).toHaveLength(columnsMax);
  expect(line?.split("  ")[0]).toBe(`${"x".repeat(cellCharactersMax - 1)}…`);
});

test("an object is a line a member", () => {
  expect(formatObject({ id: 1, serial_number: "C02", tags: [{ id: 2 }], none: null })).toEqual([
    "id             1",
    "serial_number  C02",
    'tags           [{"id":2}]',
    "none",
  ]);
});

test("what a device called itself cannot command the terminal", () => {
  expect(formatTable([{ name: "\u001b[2Jgone\n" }])[1]).toBe(" [2Jgone");
  expect(formatObject({ name: "\u001b]0;x\u0007" })[0]).not.toContain("\u001b");
});
