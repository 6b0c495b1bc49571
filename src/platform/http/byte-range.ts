/**
 * Which part of a file a request asks for (RFC 9110, 14): a device that lost its connection goes on where it was.
 * One part alone; of several, the whole is as good an answer, and easier to read.
 */

/** The first and the last byte of a part, from 0. */
export type ByteRange = { readonly start: number; readonly end: number };

export type RangeRequest = {
  /** The header `Range`. */
  readonly range: string | undefined;
  /** The header `If-Range`. */
  readonly ifRange: string | undefined;
};

export type RangeDecision =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly range: ByteRange }
  /** No byte of the file is asked for: 416 (RFC 9110, 15.5.17). */
  | { readonly kind: "unsatisfiable" };

const whole: RangeDecision = { kind: "whole" };
/** So many digits that every number of them is exact. */
const rangePattern = /^bytes=(?<first>\d{0,15})-(?<last>\d{0,15})$/i;

/**
 * Decides what of a file is sent. What cannot be read as one range of bytes is as if it were not there (14.2).
 *
 * @param file Its size in bytes, and its entity tag, a strong one. A date in `If-Range` matches nothing: there are none.
 */
export function decideRange(
  { range, ifRange }: RangeRequest,
  { size, entityTag }: { readonly size: number; readonly entityTag: string },
): RangeDecision {
  if (range === undefined || (ifRange !== undefined && ifRange.trim() !== entityTag)) return whole;
  const { first = "", last = "" } = rangePattern.exec(range.replaceAll(/\s/g, ""))?.groups ?? {};
  if (first === "" && last === "") return whole;
  if (first === "") return decideSuffix(Number(last), size);
  const [start, end] = [Number(first), last === "" ? size - 1 : Number(last)];
  if (last !== "" && end < start) return whole;
  if (start >= size) return { kind: "unsatisfiable" };
  return { kind: "part", range: { start, end: Math.min(end, size - 1) } };
}

/** The last bytes of a file, or all of a smaller one. */
function decideSuffix(length: number, size: number): RangeDecision {
  if (length === 0 || size === 0) return { kind: "unsatisfiable" };
  return { kind: "part", range: { start: Math.max(size - length, 0), end: size - 1 } };
}
