import { expect, test } from "vitest";
import { answerRowsMax, readAll } from "./read-all.ts";

const listOf = (count: number) => {
  const asked: number[] = [];
  return {
    asked,
    readPage: async ({ limit, offset }: { readonly limit: number; readonly offset: number }) => {
      asked.push(offset);
      const results = Array.from({ length: Math.min(limit, count - offset) }, (_, index) => offset + index);
      return { results, next: offset + limit < count ? "/next" : null };
    },
  };
};

test("a list is read to its end", async () => {
  const { asked, readPage } = listOf(answerRowsMax * 2 + 1);
  const { rows, isCut } = await readAll(10_000, readPage);
  expect(rows).toHaveLength(answerRowsMax * 2 + 1);
  expect(new Set(rows).size).toBe(rows.length);
  expect({ asked, isCut }).toEqual({ asked: [0, answerRowsMax, answerRowsMax * 2], isCut: false });
});

test("what is beyond the limit is not read, and said to be there", async () => {
  const { asked, readPage } = listOf(5_000);
  const { rows, isCut } = await readAll(answerRowsMax + 10, readPage);
  expect({ count: rows.length, isCut, asked }).toEqual({
    count: answerRowsMax + 10,
    isCut: true,
    asked: [0, answerRowsMax],
  });
});

test("a list that ends at the limit is whole, and one that grows shorter ends", async () => {
  expect((await readAll(answerRowsMax, listOf(answerRowsMax).readPage)).isCut).toBe(false);
  expect((await readAll(answerRowsMax, listOf(0).readPage)).rows).toEqual([]);
  expect(await readAll(10, async () => ({ results: [], next: "/more" }))).toEqual({ rows: [], isCut: false });
});
