import { describe, expect, test } from "vitest";
import {
  arrayAt,
  booleanAt,
  bytesAt,
  byteStringsAt,
  dateAt,
  dictionariesAt,
  dictionaryAt,
  integerAt,
  nonEmptyStringAt,
  numberAt,
  stringAt,
  stringsAt,
} from "./access.ts";
import type { PlistValue } from "./value.ts";

const values: Record<string, PlistValue> = {
  string: "a",
  integer: 1,
  real: 1.5,
  bigint: 2n ** 63n,
  boolean: false,
  date: new Date(0),
  bytes: Buffer.of(1),
  array: ["a", Buffer.of(1), {}, "b\0"],
  dictionary: {},
};

describe("a member is null unless it has the type asked for", () => {
  test.each<[string, (dictionary: typeof values, key: string) => unknown, string[]]>([
    ["stringAt", stringAt, ["string"]],
    ["nonEmptyStringAt", nonEmptyStringAt, ["string"]],
    ["integerAt", integerAt, ["integer"]],
    ["numberAt", numberAt, ["integer", "real"]],
    ["booleanAt", booleanAt, ["boolean"]],
    ["dateAt", dateAt, ["date"]],
    ["bytesAt", bytesAt, ["bytes"]],
    ["arrayAt", arrayAt, ["array"]],
    ["dictionaryAt", dictionaryAt, ["dictionary"]],
  ])("%s", (_name, access, matching) => {
    for (const [key, value] of Object.entries(values)) {
      expect(access(values, key)).toEqual(matching.includes(key) ? value : null);
    }
    expect(access(values, "absent")).toBeNull();
  });
});

test("a string with NUL is null, for no database would take it", () => {
  expect(stringAt({ name: "a\0b" }, "name")).toBeNull();
});

test("an empty string counts as absent where that is asked for", () => {
  expect(stringAt({ IMEI: "" }, "IMEI")).toBe("");
  expect(nonEmptyStringAt({ IMEI: "" }, "IMEI")).toBeNull();
});

test("numbers that are not finite are null", () => {
  expect(numberAt({ level: Number.NaN }, "level")).toBeNull();
  expect(numberAt({ level: Infinity }, "level")).toBeNull();
});

test("arrays of one type leave other members out", () => {
  expect(stringsAt(values, "array")).toEqual(["a"]);
  expect(byteStringsAt(values, "array")).toEqual([Buffer.of(1)]);
  expect(dictionariesAt(values, "array")).toEqual([{}]);
  expect(stringsAt(values, "string")).toBeNull();
  expect(dictionariesAt(values, "absent")).toBeNull();
});
