// Versions of Apple's systems, made comparable (protocol.md 0.2): dotted integers and a supplement such as
// "(a)", which Apple calls the supplemental version extra. Hostile or missing text reads as version 0.0.0.

/** A comparable version: at least three numbers, then the supplement, "" when there is none. */
export type OsVersion = { readonly numbers: readonly number[]; readonly supplement: string };

/** What missing and unreadable text stands for: lower than any real version. */
export const unknownOsVersion: OsVersion = { numbers: [0, 0, 0], supplement: "" };

const versionCharactersMax = 64;
const versionNumbers = /^\d{1,9}(?:\.\d{1,9}){0,5}$/;

/**
 * Parses a version, its supplement behind a space ("13.3.1 (a)") or given apart.
 *
 * @param supplement The supplemental version extra a device reports in a key of its own; wins over one in
 *   `text`.
 */
export function parseOsVersion(text: string | null, supplement?: string | null): OsVersion {
  if (text === null || text.length > versionCharactersMax) return unknownOsVersion;
  const [dotted = "", behind = ""] = text.trim().split(/\s+/);
  if (!versionNumbers.test(dotted)) return unknownOsVersion;
  const numbers = dotted.split(".").map(Number);
  while (numbers.length < 3) numbers.push(0);
  return { numbers, supplement: supplement || behind };
}

/**
 * Compares two versions: negative when `a` is older, positive when it is newer. A supplement is newer than
 * none.
 */
export function compareOsVersions(a: OsVersion, b: OsVersion): number {
  for (let index = 0; index < Math.max(a.numbers.length, b.numbers.length); index += 1) {
    const difference = (a.numbers[index] ?? 0) - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.supplement === b.supplement) return 0;
  return a.supplement < b.supplement ? -1 : 1;
}

/** Tells whether a version has reached a minimum such as "13.1". */
export function isOsVersionAtLeast(version: OsVersion, minimum: string): boolean {
  return compareOsVersions(version, parseOsVersion(minimum)) >= 0;
}
