/** What of the versions of systems is worth a bar of its own. */

export type VersionRow = { readonly version: string; readonly count: number };

/** So many bars can be read; the rest is one. */
export const barsMax = 8;

type VersionCount = { readonly platform: string; readonly os_version: string; readonly count: number };

/** The versions of a platform, newest first; the least used beyond {@link barsMax} are summed under `others`. */
export function versionRows(
  counts: readonly VersionCount[],
  platform: string,
  others: string,
): readonly VersionRow[] {
  const rows = counts
    .filter((row) => row.platform === platform)
    .map(({ os_version: version, count }) => ({ version, count }));
  const kept = rows
    .toSorted((a, b) => b.count - a.count)
    .slice(0, rows.length > barsMax ? barsMax - 1 : barsMax);
  const rest = rows.filter((row) => !kept.includes(row)).reduce((sum, { count }) => sum + count, 0);
  const newest = kept.toSorted((a, b) => compareVersions(b.version, a.version));
  return rest === 0 ? newest : [...newest, { version: others, count: rest }];
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** A share of a whole in whole percent. */
export function percent(count: number, whole: number): string {
  return whole === 0 ? "–" : `${Math.round((count / whole) * 100)} %`;
}
