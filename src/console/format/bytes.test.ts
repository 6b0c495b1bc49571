import { expect, test } from "vitest";
import { base64ToText, newUuid, textToBase64 } from "./bytes.ts";

test("texts come back from base64, whatever their letters", () => {
  expect(base64ToText(textToBase64("Äpfel 🍎 <dict/>"))).toBe("Äpfel 🍎 <dict/>");
});

test.each(["/w==", "no base64!"])("%s is no text", (base64) => expect(base64ToText(base64)).toBeNull());

test("identifiers are UUIDs of version 4, and differ", () => {
  expect(newUuid()).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
  expect(newUuid()).not.toBe(newUuid());
});
