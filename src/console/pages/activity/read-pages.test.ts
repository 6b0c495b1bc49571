import { expect, test } from "vitest";
import { placeOf, readPages } from "./read-pages.ts";

/** A list of so many numbers, two a page. */
function pagesOf(count: number) {
  const asked: (string | null)[] = [];
  const readPage = async (before: string | null) => {
    asked.push(before);
    const first = before === null ? 1 : Number(before);
    const results = [first, first + 1].filter((row) => row <= count);
    const next = first + 2 <= count ? `http://server/api/events/?limit=2&before=${first + 2}` : null;
    return { results, next };
  };
  return { asked, readPage };
}

test("a list is read to its end, from where each page says the next begins", async () => {
  const { asked, readPage } = pagesOf(5);
  expect(await readPages(100, readPage)).toEqual({ rows: [1, 2, 3, 4, 5], isCut: false });
  expect(asked).toEqual([null, "3", "5"]);
});

test("at the limit it ends, and says that there is more", async () => {
  expect(await readPages(4, pagesOf(5).readPage)).toEqual({ rows: [1, 2, 3, 4], isCut: true });
  expect(await readPages(3, pagesOf(4).readPage)).toEqual({ rows: [1, 2, 3], isCut: true });
  expect(await readPages(4, pagesOf(4).readPage)).toEqual({ rows: [1, 2, 3, 4], isCut: false });
  expect(await readPages(4, pagesOf(0).readPage)).toEqual({ rows: [], isCut: false });
});

test("a link without a place leads nowhere", () => {
  expect(placeOf("/api/events/?limit=2")).toBeNull();
  expect(placeOf(null)).toBeNull();
});
