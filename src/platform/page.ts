/** A page of a list, as stores answer it and the HTTP layer shows it (http-api 1.10). */
export type PageRequest = { readonly limit: number; readonly offset: number };

/** The rows of one page, and how many there are in all. */
export type Page<Row> = {
  readonly count: number;
  /** There are more than `count`: they were not counted to the end. */
  readonly isCountMinimum?: true;
  readonly rows: readonly Row[];
};

/** One step of an order a caller asks for. */
export type Ordering<Column extends string> = { readonly column: Column; readonly isDescending: boolean };
