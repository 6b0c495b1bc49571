import { expect, test } from "vitest";
import { plistToJson, plistToJsonObject } from "./json.ts";

test("a plist becomes JSON that keeps what JSON can hold", () => {
  const value = {
    text: "a",
    number: 1.5,
    flag: true,
    bytes: Buffer.from("apple"),
    date: new Date("2016-11-03T03:12:26Z"),
    list: [{ deep: Buffer.of(0) }],
  };
  expect(plistToJson(value)).toEqual({
    text: "a",
    number: 1.5,
    flag: true,
    bytes: "YXBwbGU=",
    date: "2016-11-03T03:12:26Z",
    list: [{ deep: "AA==" }],
  });
});

test("integers beyond 2^53 become strings, and what is no number null", () => {
  expect(plistToJson([2n ** 64n - 1n, Number.NaN, Infinity])).toEqual(["18446744073709551615", null, null]);
});

test("NUL is removed from strings and keys", () => {
  expect(plistToJson({ "a\0b": "c\0d\0" })).toEqual({ ab: "cd" });
});

test("a key named __proto__ survives as a key", () => {
  const dictionary = Object.assign(Object.create(null), JSON.parse('{"__proto__":{"a":1}}'));
  Object.defineProperty(dictionary, "__proto__", { value: { a: 1 }, enumerable: true });
  expect(JSON.stringify(plistToJson(dictionary))).toBe('{"__proto__":{"a":1}}');
});

test("named members can be left out", () => {
  expect(plistToJsonObject({ secret: "a", other: { secret: "b" } }, ["secret"])).toEqual({
    other: { secret: "b" },
  });
});
