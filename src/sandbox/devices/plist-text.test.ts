import { expect, test } from "vitest";
import { readPlist } from "#protocol/plist/read.ts";
import { Real } from "#protocol/plist/value.ts";
import { plistText } from "./plist-text.ts";

test("what a device writes is what a server reads", () => {
  const value = {
    text: "a < b & c > d é",
    empty: "",
    data: Buffer.from("any bytes, longer than one line of base64, which holds fifty-one of them"),
    noData: Buffer.alloc(0),
    yes: true,
    no: false,
    whole: 42,
    part: 0.5,
    large: 2n ** 60n,
    when: new Date("2026-03-01T10:00:00Z"),
    list: ["a", { b: [] }, []],
    nothing: {},
  };
  expect(readPlist(plistText(value))).toEqual(value);
  expect(plistText({ left: undefined, real: new Real(1) }).toString()).not.toContain("left");
  expect(readPlist(plistText({ real: new Real(1) }))).toEqual({ real: 1 });
});
