/**
 * Limit/offset pages (http-api 1.10) and the bare form that old clients need of some lists (1.16, trap 1).
 */
import type { ListMode } from "../config.ts";
import type { Keyset, Page, PageRequest } from "./endpoint.ts";

/** Rows of a page when the client does not say, and the most it may ask for. */
export const pageLimitDefault = 50;
export const pageLimitMax = 500;

/** Farthest offset: what PostgreSQL's `integer` holds; beyond the end is beyond the end. */
const offsetMax = 2_147_483_647;

/** All rows: for lists that have no pages. */
export const everything: PageRequest = { limit: offsetMax, offset: 0 };

/** Reads `limit` and `offset`; what is not a usable number counts as absent. */
export function parsePage(query: URLSearchParams): PageRequest {
  const limit = wholeNumber(query.getAll("limit").at(-1)) ?? 0;
  return {
    limit: limit === 0 ? pageLimitDefault : Math.min(limit, pageLimitMax),
    offset: Math.min(wholeNumber(query.getAll("offset").at(-1)) ?? 0, offsetMax),
  };
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*\+?\d+\s*$/.test(text) ? Number(text) : null;
}

/** The envelope of a page; `url` is the absolute address of the request, with its query. */
export function pageEnvelope(
  page: Page<unknown>,
  { limit, offset }: PageRequest,
  url: URL,
): Readonly<Record<string, unknown>> {
  const isMinimum = page.isCountMinimum === true;
  // Beyond what was counted, a full page is all that says there may be another one.
  const hasNext = offset + limit < page.count || (isMinimum && page.rows.length === limit);
  return {
    count: page.count,
    ...(isMinimum ? { count_is_minimum: true } : {}),
    next: hasNext ? pageLink(url, limit, offset + limit) : null,
    previous: offset > 0 ? pageLink(url, limit, offset - limit) : null,
    results: page.rows,
  };
}

/** All other parameters stay, sorted by name; an offset of zero or less is left out. */
function pageLink(url: URL, limit: number, offset: number): string {
  const own: [string, string][] = [["limit", String(limit)]];
  if (offset > 0) own.push(["offset", String(offset)]);
  return linkTo(url, ["limit", "offset"], own);
}

/** The envelope of a page that continues from a row. It has no count: a log that grows has none that holds. */
export function keysetEnvelope(
  page: Keyset<unknown>,
  limit: number,
  url: URL,
): Readonly<Record<string, unknown>> {
  const link = (place: Keyset<unknown>["next"]): string | null =>
    place && linkTo(url, ["limit", "offset", "before", "after"], [["limit", String(limit)], place]);
  return { next: link(page.next), previous: link(page.previous), results: page.rows };
}

function linkTo(url: URL, dropped: readonly string[], own: readonly (readonly [string, string])[]): string {
  const others = [...url.searchParams].filter(([name]) => !dropped.includes(name));
  const sorted = [...others, ...own].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const query = sorted.map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`).join("&");
  return `${url.origin}${url.pathname}?${query}`;
}

function encodePart(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return encoded.replaceAll("%20", "+");
}

/** Go clients before this version decode the lists of trap 1 as bare arrays only. */
const envelopeSince = [0, 1, 77] as const;

/** Whether a once-bare list is answered as a bare array. */
export function isBareList(mode: ListMode, userAgent: string | undefined): boolean {
  if (mode !== "auto") return mode === "bare";
  const match = /\bgoztl\/v?(\d+)\.(\d+)\.(\d+)/.exec(userAgent ?? "");
  if (match === null) return false;
  const version = match.slice(1, 4).map(Number);
  const different = version.findIndex((part, index) => part !== envelopeSince[index]);
  return different >= 0 && (version[different] ?? 0) < (envelopeSince[different] ?? 0);
}
