import { pbkdf2Sync } from "node:crypto";
import { expect, test } from "vitest";
import { readPlistDictionary } from "../plist/read.ts";
import { accountPasswordIterations, hashAccountPassword } from "./account-password.ts";

test("a password becomes the property list macOS keeps of it", async () => {
  const salt = Buffer.alloc(32, 7);
  const hash = readPlistDictionary(await hashAccountPassword("correct horse", salt));
  const entropy = pbkdf2Sync("correct horse", salt, accountPasswordIterations, 128, "sha512");
  expect(hash).toEqual({ "SALTED-SHA512-PBKDF2": { entropy, salt, iterations: 39_999 } });
});

test("the same password never has the same hash twice", async () => {
  const [one, other] = await Promise.all([hashAccountPassword("same"), hashAccountPassword("same")]);
  expect(one?.equals(other ?? Buffer.alloc(0))).toBe(false);
});
