import { expect, test } from "vitest";
import { readSubject, writeSubject } from "./subject-lines.ts";

test("subjects are written a part a line", () => {
  expect(readSubject(" CN = Mac =1 \n\nO=Orchard\r\n2.5.4.5=X")).toEqual([
    { type: "CN", value: "Mac =1" },
    { type: "O", value: "Orchard" },
    { type: "2.5.4.5", value: "X" },
  ]);
  expect(readSubject("CN")).toEqual([{ type: "CN", value: "" }]);
  expect(readSubject(" \n")).toEqual([]);
});

test("what was read is written as it was", () => {
  const text = "CN=Mac =1\nO=Orchard";
  expect(writeSubject(readSubject(text))).toBe(text);
  expect(writeSubject([])).toBe("");
});
