import { describe, expect, test } from "vitest";
import { type PlaceName, placeOf, readPages } from "./read-pages.ts";

/** A list of so many numbers, two a page. */
function pagesOf(count: number, placeName: PlaceName) {
  const asked: (string | null)[] = [];
  const readPage = async (place: string | null) => {
    asked.push(place);
    const first = place === null ? 1 : Number(place);
    const results = [first, first + 1].filter((row) => row <= count);
    const next = first + 2 <= count ? `/api/list/?limit=2&${placeName}=${first + 2}` : null;
    return { results, next };
  };
  return { asked, readPage };
}

describe.each<PlaceName>(["offset", "before"])("pages with %s", (placeName) => {
  const read = (rowsMax: number, count: number) =>
    readPages({ rowsMax, placeName }, pagesOf(count, placeName).readPage);

  test("a list is read to its end, from where each page says the next begins", async () => {
    const { asked, readPage } = pagesOf(5, placeName);
    expect(await readPages({ rowsMax: 100, placeName }, readPage)).toEqual({
      rows: [1, 2, 3, 4, 5],
      isCut: false,
    });
    expect(asked).toEqual([null, "3", "5"]);
  });

  test("at the limit it ends, says that there is more, and reads no further", async () => {
    const { asked, readPage } = pagesOf(50, placeName);
    expect(await readPages({ rowsMax: 3, placeName }, readPage)).toEqual({ rows: [1, 2, 3], isCut: true });
    expect(asked).toEqual([null, "3"]);
    expect(await read(4, 5)).toEqual({ rows: [1, 2, 3, 4], isCut: true });
    expect(await read(3, 4)).toEqual({ rows: [1, 2, 3], isCut: true });
    expect(await read(4, 4)).toEqual({ rows: [1, 2, 3, 4], isCut: false });
    expect(await read(4, 0)).toEqual({ rows: [], isCut: false });
  });

  test("one that grows shorter ends", async () => {
    const readPage = async () => ({ results: [], next: `/api/list/?${placeName}=4` });
    expect(await readPages({ rowsMax: 10, placeName }, readPage)).toEqual({ rows: [], isCut: false });
  });
});

test("a link without a place leads nowhere", () => {
  expect(placeOf("http://server/api/events/?limit=2&before=7", "before")).toBe("7");
  expect(placeOf("/api/events/?limit=2&before=7", "offset")).toBeNull();
  expect(placeOf("/api/events/?limit=2", "before")).toBeNull();
  expect(placeOf(null, "before")).toBeNull();
});
