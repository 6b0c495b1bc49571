/** What every list keeps in its address: page, rows a page, order. */

export type ListSearch = {
  /** From 1. */
  readonly page?: number;
  readonly size?: number;
  /** As the API takes it: `-created_at`. */
  readonly ordering?: string;
};

const sizeDefault = 50;

/** Reads the parameters of an address; what is malformed is left out. */
export function listSearch(search: Record<string, unknown>): ListSearch {
  const { page, size, ordering } = search;
  return {
    ...(isCount(page) && page > 1 ? { page } : {}),
    ...(isCount(size) && size <= 500 && size !== sizeDefault ? { size } : {}),
    ...(typeof ordering === "string" && /^-?[a-z_]{1,40}$/.test(ordering) ? { ordering } : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

/** The same for the API. */
export function pageQuery({ page = 1, size = sizeDefault, ordering }: ListSearch): {
  readonly limit: number;
  readonly offset: number;
  readonly ordering?: string;
} {
  return { limit: size, offset: (page - 1) * size, ...(ordering === undefined ? {} : { ordering }) };
}

/** The page and size of an address, with what is left out filled in. */
export function pagingOf({ page = 1, size = sizeDefault }: ListSearch): {
  readonly page: number;
  readonly size: number;
} {
  return { page, size };
}

/** What changes in an address; undefined takes a parameter away. */
export type SearchChange<Search> = { readonly [Name in keyof Search]?: Search[Name] | undefined };

/** The address after a change: parameters that were taken away are gone. */
export function changeSearch<Search extends object>(before: Search, changed: SearchChange<Search>): Search {
  const merged = Object.entries({ ...before, ...changed }).filter(([, value]) => value !== undefined);
  // Members came from the one or the other, and those that are left have their types.
  return Object.fromEntries(merged) as Search;
}

/** Reads the texts of an address that have their shape; the others are left out. */
export function readTexts<Name extends string>(
  search: Readonly<Record<string, unknown>>,
  shapes: Readonly<Record<Name, RegExp>>,
): { readonly [Each in Name]?: string } {
  const read = (Object.entries(shapes) as [Name, RegExp][]).flatMap(([name, shape]) => {
    // The router reads digits as a number; what people look for may be digits.
    const value = typeof search[name] === "number" ? String(search[name]) : search[name];
    return typeof value === "string" && shape.test(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(read) as { readonly [Each in Name]?: string };
}

/** A time as the API takes them, UTC. */
export const timeShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
