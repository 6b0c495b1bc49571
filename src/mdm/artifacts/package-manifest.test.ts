import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { PackageFacts } from "./package.ts";
import { buildPackageManifest, hashChunks, manifestChunkBytes } from "./package-manifest.ts";

const hex = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest("hex");
const parts = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));

test.each([
  ["a single partial chunk", parts("ab"), 2, ["ab"]],
  ["a single whole chunk", parts("ab", "cd"), 4, ["abcd"]],
  ["whole chunks", parts("abc", "defgh"), 4, ["abcd", "efgh"]],
  ["a partial chunk at the end", parts("abcdefghij"), 4, ["abcd", "efgh", "ij"]],
  ["nothing", parts(), 0, []],
])("%s is hashed at the boundaries", async (_, bytes, chunkBytes, chunks) => {
  expect(await hashChunks(bytes, 4)).toEqual({
    chunkBytes,
    md5s: chunks.map((chunk) => hex("md5", chunk)),
    sha256s: chunks.map((chunk) => hex("sha256", chunk)),
  });
});

test("a chunk has 4 MiB", async () => {
  const { chunkBytes, sha256s } = await hashChunks([Buffer.alloc(manifestChunkBytes + 1)]);
  expect(chunkBytes).toBe(4_194_304);
  expect(sha256s).toHaveLength(2);
});

const facts: PackageFacts = {
  name: "Agent",
  productId: "io.sample.agent",
  productVersion: "1.2",
  bundles: [],
  platforms: ["macOS"],
  platformIdentifier: null,
  signature: null,
};
const hashes = { chunkBytes: 4, md5s: ["m1", "m2"], sha256s: ["s1", "s2"] };
const metadata = {
  kind: "software",
  title: "Agent",
  "bundle-identifier": "io.sample.agent",
  "bundle-version": "1.2",
};
const asset = {
  kind: "software-package",
  "md5-size": 4,
  md5s: ["m1", "m2"],
  "sha256-size": 4,
  sha256s: ["s1", "s2"],
};

test("the manifest has Apple's words, and no URL yet", () => {
  expect(buildPackageManifest(facts, hashes)).toEqual({ items: [{ assets: [asset], metadata }] });
});

test("an app archive names its platform", () => {
  const ipa = { ...facts, platformIdentifier: "com.apple.platform.iphoneos" };
  expect(buildPackageManifest(ipa, hashes).items[0].metadata).toEqual({
    ...metadata,
    "platform-identifier": "com.apple.platform.iphoneos",
  });
});
