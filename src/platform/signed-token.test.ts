import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { Secret } from "./secret.ts";
import { createTokenSigner, tokenCharactersMax } from "./signed-token.ts";

const key = new Secret(randomBytes(32));
const signer = createTokenSigner(key);
const facts = ["0d2f3c34-2d8c-4f6e-b6fd-3ad6f0a5a901", 12, null];

test("a token says what was signed", () => {
  expect(signer.open("file", signer.sign("file", facts))).toEqual(facts);
});

test("the same facts make the same token in every process of an installation", () => {
  expect(createTokenSigner(key).sign("file", facts)).toBe(signer.sign("file", facts));
});

test("a token is good for its purpose alone", () => {
  expect(signer.open("manifest", signer.sign("file", facts))).toBeNull();
});

test("a token of another installation is not taken", () => {
  const other = createTokenSigner(new Secret(randomBytes(32)));
  expect(signer.open("file", other.sign("file", facts))).toBeNull();
});

test("a token with any character changed is not taken", () => {
  const token = signer.sign("file", facts);
  for (let index = 0; index < token.length; index++) {
    const changed = `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
    const opened = signer.open("file", changed);
    // The last character of a signature has two bits that say nothing.
    if (index < token.length - 1) expect(opened, changed).toBeNull();
  }
});

test.each(["", ".", "a", "a.b", `${"a".repeat(tokenCharactersMax)}.b`, "null", "[].", "é.é", "a.b.c"])(
  "hostile text is no token: %j",
  (text) => {
    expect(signer.open("file", text)).toBeNull();
  },
);

test("a purpose of two lines is a mistake of ours", () => {
  expect(() => signer.sign("a\nb", [])).toThrow(TypeError);
});
