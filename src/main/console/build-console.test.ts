import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildConsole } from "./build-console.ts";

/** What a browser loads before it shows anything: people on slow lines wait for it. */
const initialBytesMax = 300_000;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pomona-console-"));
  await buildConsole(folder);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files that the page names: the entry, all it imports at once, and the styles. */
function initialFiles(): string[] {
  const page = readFileSync(join(folder, "index.html"), "utf8");
  return [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => join(folder, path));
}

test("the first page needs less than 300 kB, compressed", () => {
  const files = initialFiles();
  expect(files.filter((path) => path.endsWith(".js")).length).toBeGreaterThan(0);
  expect(files.filter((path) => path.endsWith(".css")).length).toBeGreaterThan(0);
  const sizes = files.map((path) => readCompressed(path).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(initialBytesMax);
});

/** Small files have no compressed copy. */
function readCompressed(path: string): Buffer {
  const names = new Set(readdirSync(join(folder, "assets")).map((name) => join(folder, "assets", name)));
  return readFileSync(names.has(`${path}.gz`) ? `${path}.gz` : path);
}

test("files are compressed ahead, and pages are files of their own", () => {
  const assets = readdirSync(join(folder, "assets"));
  const page = assets.find((name) => /^DevicesPage-.*\.js$/.test(name)) ?? "";
  expect(initialFiles().join()).not.toContain(page);
  const path = join(folder, "assets", page);
  expect(gunzipSync(readFileSync(`${path}.gz`))).toEqual(readFileSync(path));
  expect(assets).toContain(`${page}.br`);
});
