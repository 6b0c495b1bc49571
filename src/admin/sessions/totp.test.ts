import { expect, test } from "vitest";
import { Secret } from "#platform/secret.ts";
import { matchTotp, provisionTotp } from "./totp.ts";

/** The key of RFC 6238, appendix B. */
const rfcKey = new Secret(Buffer.from("12345678901234567890"));
const at = (seconds: number): Date => new Date(seconds * 1000);

// The RFC's codes have eight digits; ours are the last six of them.
test.each([
  [59, "287082", 1],
  [1_111_111_109, "081804", 37_037_036],
  [1_234_567_890, "005924", 41_152_263],
  [20_000_000_000, "353130", 666_666_666],
])("at %i seconds the code of the RFC is taken", (seconds, code, step) => {
  expect(matchTotp(rfcKey, code, at(seconds))).toBe(step);
});

test("clocks may differ by one step and no more", () => {
  expect([0, 30, 60, 89].map((seconds) => matchTotp(rfcKey, "287082", at(seconds)))).toEqual([1, 1, 1, 1]);
  expect(matchTotp(rfcKey, "287082", at(90))).toBeNull();
});

test.each(["", "28708", "2870822", "28708a", "-87082", "٢٨٧٠٨٢"])("%j is no code", (code) => {
  expect(matchTotp(rfcKey, code, at(59))).toBeNull();
});

test("a code may be typed in groups", () => {
  expect(matchTotp(rfcKey, "287 082", at(59))).toBe(1);
});

test("apps are told whose code it is", () => {
  const { uri, secret } = provisionTotp(rfcKey, "ada");
  expect(secret.reveal()).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  expect(new URL(uri.reveal()).searchParams.get("secret")).toBe(secret.reveal());
  expect(String(uri)).toBe("[secret]");
});
