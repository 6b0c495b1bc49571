import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildConsole, replaceFolder } from "./build-console.ts";

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

describe("a build is put where another one is", () => {
  /** Two builds, and who looks whether a folder has what is wanted. */
  function builds(): { fresh: string; place: string; put: (into: string, text: string) => void } {
    const root = mkdtempSync(join(folder, "builds-"));
    const put = (into: string, text: string): void => {
      mkdirSync(into, { recursive: true });
      writeFileSync(join(into, "page"), text);
    };
    const fresh = join(root, "fresh");
    put(fresh, "new");
    return { fresh, place: join(root, "place"), put };
  }
  const read = (path: string): string | null =>
    existsSync(join(path, "page")) ? readFileSync(join(path, "page"), "utf8") : null;
  const isNew = (path: string): boolean => read(path) === "new";

  test("an older one makes way, and so does half a one", () => {
    for (const before of [null, "old", ""]) {
      const { fresh, place, put } = builds();
      if (before !== null) put(place, before);
      expect(replaceFolder(fresh, place, isNew)).toBe(true);
      expect(read(place)).toBe("new");
      expect(readdirSync(join(place, ".."))).toEqual(["place"]);
    }
  });

  test("the same of another process stays, also when that comes in between", () => {
    for (const lookBefore of [0, 1]) {
      const { fresh, place, put } = builds();
      put(place, "old");
      let looks = 0;
      const isSame = (path: string): boolean => {
        const isThere = isNew(path);
        if (looks++ === lookBefore) {
          put(place, "new");
          writeFileSync(join(place, "theirs"), "");
        }
        return isThere;
      };
      expect(replaceFolder(fresh, place, isSame)).toBe(false);
      expect(readdirSync(place)).toEqual(["page", "theirs"]);
    }
  });
});
