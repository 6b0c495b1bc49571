/** Something that is done to several objects, one after the other, with the outcome of each. */

export type BulkAction<Row> = {
  readonly id: string;
  /** `Delete`. */
  readonly label: string;
  readonly permission: string;
  /** What will happen to each. */
  readonly consequence: string;
  /** Why it cannot be done to one of them; null where it can. */
  readonly refusal?: (row: Row) => string | null;
  readonly run: (row: Row) => Promise<unknown>;
};

export type BulkOutcome<Row> = {
  readonly done: readonly Row[];
  readonly failed: readonly { readonly row: Row; readonly reason: string }[];
};

/**
 * Runs it for each row; one that fails stops no other.
 *
 * @param onProgress Told after each how many there are behind.
 */
export async function runBulkAction<Row>(
  { refusal, run }: Pick<BulkAction<Row>, "refusal" | "run">,
  rows: readonly Row[],
  onProgress: (count: number) => void,
): Promise<BulkOutcome<Row>> {
  const done: Row[] = [];
  const failed: { row: Row; reason: string }[] = [];
  for (const row of rows) {
    const reason = refusal?.(row) ?? (await reasonOf(run(row)));
    if (reason === null) done.push(row);
    else failed.push({ row, reason });
    onProgress(done.length + failed.length);
  }
  return { done, failed };
}

/** Null when it worked. */
async function reasonOf(pending: Promise<unknown>): Promise<string | null> {
  try {
    await pending;
    return null;
  } catch (error) {
    // Each outcome is told; the others still have their turn.
    return error instanceof Error ? error.message : String(error);
  }
}
