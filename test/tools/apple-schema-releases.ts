/** Which of Apple's releases a file of the schema follows: what the README.md beside the files says. */
import type { Support, SupportedOs } from "#protocol/apple-schema/schema.ts";

export type Releases = {
  /** That of most files. */
  readonly base: string;
  /** That of one file, by its name without ending and its platforms. */
  readonly of: (file: string, on: SupportedOs) => string;
};

/**
 * A row such as "| `mdm/checkin/` | 27.0 seed (`a`, `b`: 26.0). New: … |": a release, and files of another
 * one.
 */
export function readReleases(readme: string, part: string): Releases {
  const row = findRow(readme, `| \`${part}\` |`);
  const [, base, listed] = /\| (\d+\.\d+(?: seed)?)[^(|]*\(((?:`[^`]+`(?:, )?)+: [\d.]+)\)/.exec(row) ?? [];
  if (base === undefined || listed === undefined) throw new Error(`No release is recorded for ${part}`);
  const [files = "", release = ""] = listed.split(": ");
  const others = new Map(namesIn(files).map((name) => [name, release]));
  return { base, of: (file) => others.get(file) ?? base };
}

/** Rows of files brought forward and of files compared, by names without `com.apple.`; the others are older. */
export function profileReleases(readme: string): Releases {
  const part = "| `mdm/profiles/`";
  const rows = [findRow(readme, `${part}, brought forward |`), findRow(readme, `${part}, read at`)];
  const base = releaseIn(findRow(readme, `${part}, all others |`));
  const newer = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`(?: \((\d+\.\d+)\))?/g)]);
  const releases = new Map(newer.map(([, name = "", release = "27.0 seed"]) => [name, release]));
  return { base, of: (file) => releases.get(file.replace(/^com\.apple\./, "")) ?? base };
}

/** New files follow the release that brought the item; a few test items were not compared, all others were. */
export function statusReleases(readme: string): Releases {
  const row = readme.split("\n").find((line) => line.startsWith("| `declarative/status/test.")) ?? "";
  const unchecked = namesIn(row).map((name) => name.replace(/^declarative\/status\/test/, ""));
  const older = releaseIn(row);
  return {
    base: "27.0 seed",
    of: (file, on) => {
      if (file.startsWith("test.") && unchecked.includes(file.slice("test".length))) return older;
      const first = Object.values(on).flatMap((each: Support | null) => each?.introduced ?? []);
      const lowest = Math.min(...first.map(Number.parseFloat));
      return lowest >= 26 ? lowest.toFixed(1) : "27.0 seed";
    },
  };
}

function findRow(readme: string, start: string): string {
  const row = readme.split("\n").find((line) => line.startsWith(start));
  if (row === undefined) throw new Error(`The README has no row ${start}`);
  return row;
}

function releaseIn(row: string): string {
  const release = /\| (\d+\.\d+)\b[^|]*\|\s*$/.exec(row)?.[1];
  if (release === undefined) throw new Error(`No release is recorded in ${row.slice(0, 60)}`);
  return release;
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}
