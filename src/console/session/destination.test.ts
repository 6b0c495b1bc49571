import { expect, test } from "vitest";
import { destination } from "./destination.ts";

test("a login leads to the page that was asked for", () => {
  expect(destination("/devices/3?tab=apps")).toBe("/devices/3?tab=apps");
  expect(destination(undefined)).toBe("/");
});

test.each(["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", ""])(
  "a login never leads elsewhere: %s",
  (next) => expect(destination(next)).toBe("/"),
);
