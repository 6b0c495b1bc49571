import { expect, test } from "vitest";
import { readPlist } from "#protocol/plist/read.ts";
import { writePlist } from "./plist.ts";

const key = (
  name: string,
  type: string,
  keys: readonly ReturnType<typeof key>[] = [],
): {
  key: string;
  type: string;
  keys: readonly ReturnType<typeof key>[];
} => ({ key: name, type, keys });

test("the server reads what is written", () => {
  const value = { a: "x < y & z", b: [1, true, { c: "" }], d: {}, e: [] };
  expect(readPlist(new TextEncoder().encode(writePlist(value)))).toEqual(value);
});

test("data, dates and real numbers are what the schema says", () => {
  const keys = [key("Certificate", "data"), key("Date", "date"), key("Delay", "real"), key("ANY", "string")];
  const text = writePlist({ Certificate: "AAEC", Date: "2026-01-02T03:04:05Z", Delay: 2, Other: "t" }, keys);
  expect(text).toContain("<data>AAEC</data>");
  expect(text).toContain("<date>2026-01-02T03:04:05Z</date>");
  expect(text).toContain("<real>2</real>");
  expect(text).toContain("<string>t</string>");
});

test("the schema is followed into lists and dictionaries", () => {
  const keys = [key("List", "array", [key("Item", "dictionary", [key("Blob", "data")])])];
  expect(writePlist({ List: [{ Blob: "AA==" }] }, keys)).toContain("<data>AA==</data>");
});
