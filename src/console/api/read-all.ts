/** Reading a list of numbered pages to its end, as far as a limit. */

export type ListPage<Row> = { readonly results: readonly Row[]; readonly next: string | null };

/** The most rows of one answer of the API. */
export const answerRowsMax = 500;

/**
 * All rows of a list, at most so many.
 *
 * @param readPage Reads {@link answerRowsMax} rows from a place on.
 * @returns Also whether there are more.
 */
export async function readAll<Row>(
  rowsMax: number,
  readPage: (page: { readonly limit: number; readonly offset: number }) => Promise<ListPage<Row>>,
): Promise<{ readonly rows: readonly Row[]; readonly isCut: boolean }> {
  const rows: Row[] = [];
  let isMore = true;
  while (isMore && rows.length < rowsMax) {
    const { results, next } = await readPage({ limit: answerRowsMax, offset: rows.length });
    rows.push(...results);
    isMore = next !== null && results.length > 0;
  }
  return { rows: rows.slice(0, rowsMax), isCut: isMore || rows.length > rowsMax };
}
