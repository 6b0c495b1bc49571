import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { blake2b } from "./blake2b.ts";

test.each([
  ["", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"],
  ["abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"],
])("the 32-byte digest of %j is the published one", (text, digest) => {
  expect(blake2b(Buffer.from(text), 32).toString("hex")).toBe(digest);
});

test("64-byte digests are those of OpenSSL, for any input", () => {
  const inputs = fc.uint8Array({ maxLength: 400 });
  const isSame = (input: Uint8Array): boolean =>
    blake2b(input, 64).equals(createHash("blake2b512").update(input).digest());
  fc.assert(fc.property(inputs, isSame), {
    examples: [[new Uint8Array(128)], [new Uint8Array(256)], [new Uint8Array(0)]],
  });
});
