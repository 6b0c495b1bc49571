import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FileStorage } from "./file-storage.ts";
import { abandonedSeconds, removeAbandonedFiles } from "./incoming-file.ts";
import { incomingFolderName, openLocalStorage } from "./local-storage.ts";

let folder: string;
let storage: FileStorage;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pomona-files-"));
  storage = openLocalStorage(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const limits = { bytesMax: 100 };
const facts = { contentType: "application/zip", filename: "a.zip" };
const parts = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));
const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");
const incoming = (): string[] => readdirSync(join(folder, incomingFolderName));

async function store(text: string): Promise<string> {
  const file = await storage.receive(parts(text), limits);
  await storage.keep(file);
  return file.sha256;
}

async function textOf(sha256: string): Promise<string | null> {
  const opened = await storage.open(sha256, facts);
  if (opened === null) return null;
  if (opened.kind !== "stream") throw new Error("A folder has no URLs");
  const bytes = await buffer(opened.stream());
  expect(bytes.length).toBe(opened.size);
  return bytes.toString();
}

test("a file is received, kept under its digest, and opened again", async () => {
  const file = await storage.receive(parts("one ", "two"), limits);
  expect(file).toMatchObject({ sha256: sha256Of("one two"), size: 7 });
  expect(await storage.has(file.sha256)).toBe(false);
  await storage.keep(file);
  await storage.discard(file);
  expect(await storage.has(file.sha256)).toBe(true);
  expect(await textOf(file.sha256)).toBe("one two");
  expect(incoming()).toEqual([]);
});

test("a part of a file is streamed from its first byte to its last", async () => {
  const sha256 = await store("0123456789");
  const partOf = async (start: number, end: number): Promise<string> => {
    const opened = await storage.open(sha256, facts);
    if (opened?.kind !== "stream") throw new Error("A folder has no URLs");
    return (await buffer(opened.stream({ start, end }))).toString();
  };
  expect([await partOf(3, 5), await partOf(0, 0), await partOf(9, 9)]).toEqual(["345", "0", "9"]);
});

test("the same bytes are there once, and keeping them again is fine", async () => {
  expect(await store("same")).toBe(await store("same"));
  expect(readdirSync(join(folder, sha256Of("same").slice(0, 2)))).toEqual([sha256Of("same")]);
});

test("a deleted file is gone, and deleting it again is fine", async () => {
  const sha256 = await store("short-lived");
  await storage.delete(sha256);
  await storage.delete(sha256);
  expect(await storage.has(sha256)).toBe(false);
  expect(await textOf(sha256)).toBeNull();
});

test("a file is lent with its path, an absent one is not", async () => {
  const sha256 = await store("lent");
  expect(await storage.borrow(sha256, (path) => readFile(path, "utf8"))).toBe("lent");
  expect(await storage.borrow(sha256Of("absent"), async () => "used")).toBeNull();
});

test("a file beyond the limit is refused and leaves nothing behind", async () => {
  await expect(storage.receive(parts("x".repeat(60), "x".repeat(41)), limits)).rejects.toMatchObject({
    code: "file_too_large",
  });
  expect(incoming()).toEqual([]);
});

test("a stream that breaks leaves nothing behind", async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from("half");
    throw new Error("gone");
  }
  await expect(storage.receive(broken(), limits)).rejects.toThrow("gone");
  expect(incoming()).toEqual([]);
});

test.each(["", "../../secret.key", "A".repeat(64), `${"a".repeat(64)}/..`])(
  "%j never becomes a path",
  async (name) => {
    await expect(storage.has(name)).rejects.toThrow(TypeError);
    await expect(storage.open(name, facts)).rejects.toThrow(TypeError);
    await expect(storage.delete(name)).rejects.toThrow(TypeError);
  },
);

test("what a crash left behind is removed after a day, what still arrives is not", async () => {
  const fresh = await storage.receive(parts("fresh"), limits);
  const old = join(folder, incomingFolderName, "old");
  writeFileSync(old, "left");
  const at = new Date();
  const before = new Date(at.getTime() - (abandonedSeconds + 60) * 1000);
  utimesSync(old, before, before);
  await removeAbandonedFiles(join(folder, incomingFolderName), at);
  expect(incoming()).toEqual([fresh.path.split("/").at(-1)]);
});
