import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  generateKey,
  hashKey,
  isExpired,
  keyChecksum,
  readAuthorization,
  refuseToken,
  tokenTexts,
} from "./api-token.ts";

const good = `ztls_${"A".repeat(30)}3zTTTR`;

test("the checksum is that of the specification", () => {
  expect(keyChecksum(`ztls_${"A".repeat(30)}`)).toBe("3zTTTR");
});

test.each([
  ["user", /^ztlu_[0-9a-zA-Z]{36}$/],
  ["service_account", /^ztls_[0-9a-zA-Z]{36}$/],
] as const)("a key of a %s has 41 characters and a checksum that holds", (owner, pattern) => {
  const key = generateKey(owner, randomBytes);
  expect(key).toMatch(pattern);
  expect(readAuthorization(`Token ${key}`)).toEqual({ key });
});

test("bytes that would favour some characters are not used", () => {
  const chunks = [new Uint8Array(30).fill(255), new Uint8Array(30).fill(61)];
  expect(generateKey("user", () => chunks.shift() ?? new Uint8Array())).toMatch(/^ztlu_Z{30}/);
});

test.each([
  ["", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"],
  ["abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"],
])("the hash of %j is the published BLAKE2b digest of 32 bytes", (key, digest) => {
  expect(hashKey(key)).toBe(digest);
});

test("the hash has 64 hexadecimal digits", () => {
  expect(hashKey(good)).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ["no header", undefined, tokenTexts.absent],
  ["an empty header", "", tokenTexts.absent],
  ["another scheme", `Bearer ${good}`, tokenTexts.absent],
  ["a key without scheme", good, tokenTexts.absent],
  ["the scheme alone", "Token", tokenTexts.empty],
  ["the scheme and spaces", "Token  ", tokenTexts.empty],
  ["two keys", "Token a b", tokenTexts.spaces],
  ["bytes beyond ASCII", "Token k\u00e9y", tokenTexts.characters],
  ["a control character", "Token k\u0001y", tokenTexts.characters],
  ["another owner letter", `Token ztlx_${"A".repeat(36)}`, tokenTexts.format],
  ["another prefix", `Token abcs_${"A".repeat(30)}3zTTTR`, tokenTexts.format],
  ["a wrong checksum", `Token ${good.slice(0, -1)}S`, tokenTexts.format],
  ["a cut key", `Token ${good.slice(0, -1)}`, tokenTexts.format],
  ["an underscore alone", "Token _", tokenTexts.format],
  ["a key of a megabyte", `Token ${"a".repeat(1_000_000)}`, tokenTexts.unknown],
])("%s is refused", (_name, header, refused) => {
  expect(readAuthorization(header)).toEqual({ refused });
});

test.each([`Token ${good}`, `token ${good}`, `TOKEN  ${good} `])("the header %j is read", (header) => {
  expect(readAuthorization(header)).toEqual({ key: good });
});

test("a legacy key without underscore has no format", () => {
  expect(readAuthorization("Token 9944b09199c62bcf")).toEqual({ key: "9944b09199c62bcf" });
});

test("a token expires at its expiry and cannot be made expired", () => {
  const at = new Date("2026-11-21T12:00:00Z");
  expect(isExpired(null, at)).toBe(false);
  expect(isExpired(at, at)).toBe(true);
  expect(isExpired(new Date(at.getTime() + 1), at)).toBe(false);
  expect(refuseToken({ name: "", expiry: at }, at)).toMatchObject({ field: "expiry" });
  expect(refuseToken({ name: "n".repeat(257), expiry: null }, at)).toMatchObject({ field: "name" });
  expect(refuseToken({ name: "n", expiry: null }, at)).toBeNull();
});
