/** Reading a list that grows to its end, page after page, as far as a limit. */

export type KeysetPage<Row> = { readonly results: readonly Row[]; readonly next: string | null };

/** The place from which a page of older events continues; null at the end. */
export function placeOf(next: string | null): string | null {
  // The link may be relative; only its parameters count.
  return next === null ? null : new URL(next, "http://localhost").searchParams.get("before");
}

/**
 * All rows of a list, at most so many.
 *
 * @param readPage Reads the page that begins before a place; the first for null.
 * @returns Also whether there are more.
 */
export async function readPages<Row>(
  rowsMax: number,
  readPage: (before: string | null) => Promise<KeysetPage<Row>>,
): Promise<{ readonly rows: readonly Row[]; readonly isCut: boolean }> {
  const rows: Row[] = [];
  let before: string | null = null;
  do {
    const page: KeysetPage<Row> = await readPage(before);
    rows.push(...page.results);
    before = placeOf(page.next);
  } while (before !== null && rows.length < rowsMax);
  return { rows: rows.slice(0, rowsMax), isCut: before !== null || rows.length > rowsMax };
}
