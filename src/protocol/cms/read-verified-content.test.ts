import { expect, test } from "vitest";
import { aCa, rsaKey } from "../../../test/tools/identities.ts";
import { readVerifiedContent } from "./read-verified-content.ts";
import { signData } from "./sign.ts";

const { certificate, privateKey } = aCa(rsaKey("signer of content"));
const content = Buffer.from("<plist/>");
const sign = (detached: boolean): Buffer =>
  signData({ content, certificate, privateKey, signedAttributes: true, detached });

test("the content of a signed message is given when the signature holds", () => {
  expect(readVerifiedContent(sign(false))).toEqual(content);
});

test("a message that was changed, is cut, or has no content gives nothing", () => {
  const changed = sign(false);
  changed[changed.indexOf(content)] = 0x20;
  expect(readVerifiedContent(changed)).toBeNull();
  expect(readVerifiedContent(sign(false).subarray(0, 300))).toBeNull();
  expect(readVerifiedContent(sign(true))).toBeNull();
});

test.each([[""], ["<plist/>"], ["bplist00"], ["0"]])("%j is no signed message", (text) => {
  expect(readVerifiedContent(Buffer.from(text))).toBeNull();
});
