/** Finds the captured fixtures, which live beside the repository and not in it (see CONTRIBUTING.md). */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe } from "vitest";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** What lives beside the repository; not all of it is there everywhere. */
export const sharedFolder = process.env["POMONA_SHARED"] ?? join(dirname(repository), "shared");

/** The folder of captured fixtures, or null where the repository stands alone. */
export function fixturesFolder(): string | null {
  const folder = join(sharedFolder, "fixtures");
  return existsSync(folder) ? folder : null;
}

/**
 * A `describe` for tests that read captured fixtures: skipped visibly where they are absent, and a failure with
 * `CI=true`, where nothing may be skipped.
 */
export function describeWithFixtures(name: string, body: (folder: string) => void): void {
  const folder = fixturesFolder();
  if (folder !== null) {
    describe(name, () => body(folder));
  } else if (process.env["CI"] === "true") {
    throw new Error(`The fixtures that "${name}" needs are absent`);
  } else {
    describe.skip(`${name} (needs ../shared/fixtures)`, () => body("absent"));
  }
}
