import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import S3rver from "@20minutes/s3rver";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "../secret.ts";
import type { FileStorage } from "./file-storage.ts";
import { createS3Client, type S3Client, type S3Settings } from "./s3-client.ts";
import { openS3Storage } from "./s3-storage.ts";

const folder = mkdtempSync(join(tmpdir(), "pomona-s3-"));
const incomingFolder = join(folder, "incoming");
const bucket = "pomona-test";
const server = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory: join(folder, "s3"),
  configureBuckets: [{ name: bucket, configs: [] }],
});
let settings: S3Settings;
let client: S3Client;
let storage: FileStorage;
beforeAll(async () => {
  const address = await server.run();
  settings = {
    endpoint: new URL(`http://127.0.0.1:${address.port}`),
    region: "us-east-1",
    accessKeyId: "S3RVER",
    secretAccessKey: new Secret("S3RVER"),
  };
  client = createS3Client(settings);
  storage = openS3Storage({ client, bucket, incomingFolder });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const facts = { contentType: "application/zip", filename: 'a "b".zip' };

async function store(content: string, into: FileStorage = storage): Promise<string> {
  const file = await into.receive([Buffer.from(content)], { bytesMax: 1000 });
  await into.keep(file);
  return file.sha256;
}

test("a file is kept in the bucket, lent, and served by a URL of its own", async () => {
  const sha256 = await store("in the bucket");
  expect(readdirSync(incomingFolder)).toEqual([]);
  expect(await storage.has(sha256)).toBe(true);
  expect(await storage.borrow(sha256, (path) => readFile(path, "utf8"))).toBe("in the bucket");
  expect(readdirSync(incomingFolder)).toEqual([]);
  const opened = await storage.open(sha256, facts);
  if (opened?.kind !== "redirect") throw new Error("A bucket has URLs");
  const response = await fetch(opened.url);
  expect(await response.text()).toBe("in the bucket");
  expect(response.headers.get("content-type")).toMatch(/^application\/zip/);
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="a _b_.zip"');
  // A device that lost its connection asks for the rest, at the same URL or at another of the same file.
  const rest = await fetch(opened.url, { headers: { range: "bytes=7-" } });
  expect([rest.status, rest.headers.get("content-range"), await rest.text()]).toEqual([
    206,
    "bytes 7-12/13",
    "bucket",
  ]);
  // Whoever changes it has no permission.
  expect((await fetch(opened.url.replace("application%2Fzip", "text%2Fhtml"))).status).toBe(403);
});

test("a deleted file is gone, and an absent one is null", async () => {
  const sha256 = await store("short-lived");
  await storage.delete(sha256);
  await storage.delete(sha256);
  expect(await storage.has(sha256)).toBe(false);
  expect(await storage.open(sha256, facts)).toBeNull();
  expect(await storage.borrow(sha256, async () => "used")).toBeNull();
});

test("a file beyond the size of one request comes in parts", async () => {
  // S3 wants five megabytes of every part but the last; the server of this test does not.
  const inParts = openS3Storage({ client: createS3Client(settings, 6), bucket, incomingFolder });
  const sha256 = await store("five parts of six bytes, almost", inParts);
  expect(await storage.borrow(sha256, (path) => readFile(path, "utf8"))).toBe(
    "five parts of six bytes, almost",
  );
});

test("keys with spaces, plus signs and other letters are found", async () => {
  const file = await storage.receive([Buffer.from("named")], { bytesMax: 1000 });
  const object = { bucket, key: "a folder/é +&.pkg" };
  await client.put(object, file);
  await storage.discard(file);
  const found = await client.get(object);
  expect(found === null ? null : await text(found)).toBe("named");
  expect(await client.has({ bucket, key: "a folder/é" })).toBe(false);
});

test("wrong credentials and a missing bucket are failures, not absent files", async () => {
  const stranger = createS3Client({ ...settings, secretAccessKey: new Secret("other") });
  await expect(stranger.get({ bucket, key: "a" })).rejects.toMatchObject({ code: "storage_failed" });
  const nowhere = openS3Storage({ client, bucket: "missing-bucket", incomingFolder });
  await expect(store("lost", nowhere)).rejects.toMatchObject({ code: "storage_failed" });
});

test("what is no digest never becomes a key", async () => {
  await expect(storage.has("../x")).rejects.toThrow(TypeError);
});
