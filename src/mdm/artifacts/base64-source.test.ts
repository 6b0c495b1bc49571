import { expect, test } from "vitest";
import { readBase64 } from "./base64-source.ts";

test.each([
  ["", ""],
  ["AAEC", "000102"],
  ["AAE=", "0001"],
  ["AA==", "00"],
  [" A\nA-E_C! ", "000102"],
  ["AA==trailing", "00"],
])("%j is read", (text, hex) => {
  expect(readBase64(text)?.toString("hex")).toBe(hex);
});

test.each(["A", "AA", "AAE", "AA=", "AAECA", "A==="])("%j ends within a byte", (text) => {
  expect(readBase64(text)).toBeNull();
});
