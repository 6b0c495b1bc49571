/** Reading a list to its end, page after page, as far as a limit. */

export type ListPage<Row> = { readonly results: readonly Row[]; readonly next?: string | null };

/** The most rows of one answer of the API. */
export const answerRowsMax = 500;

/** What the link to the next page calls the place where that begins: numbered pages, or those of a list that grows. */
export type PlaceName = "offset" | "before";

/** The place where the next page begins; null at the end. */
export function placeOf(next: string | null | undefined, name: PlaceName): string | null {
  // The link may be relative; only its parameters count.
  return typeof next === "string" ? new URL(next, "http://localhost").searchParams.get(name) : null;
}

/**
 * All rows of a list, at most so many. A page without rows ends it, whatever its link says.
 *
 * @param readPage Reads the page that begins at a place; the first for null.
 * @returns Also whether there are more.
 */
export async function readPages<Row>(
  { rowsMax, placeName }: { readonly rowsMax: number; readonly placeName: PlaceName },
  readPage: (place: string | null) => Promise<ListPage<Row>>,
): Promise<{ readonly rows: readonly Row[]; readonly isCut: boolean }> {
  const rows: Row[] = [];
  let place: string | null = null;
  do {
    const page: ListPage<Row> = await readPage(place);
    rows.push(...page.results);
    place = page.results.length === 0 ? null : placeOf(page.next, placeName);
  } while (place !== null && rows.length < rowsMax);
  return { rows: rows.slice(0, rowsMax), isCut: place !== null || rows.length > rowsMax };
}
