/** External programs that tests talk to: absent ones are a visible skip, and a failure with `CI=true`. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "vitest";

const extraFolders = ["/usr/sbin", "/sbin", "/usr/libexec/certmonger", "/usr/lib/certmonger"];

/** The path of a program, or null when this machine does not have it. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...extraFolders];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder; the next one may have it.
    }
  }
  return null;
}

/** A `test` that needs programs; its body receives their paths in the order asked for. */
export function testWithProgram(
  programs: readonly string[],
  name: string,
  body: (...paths: string[]) => Promise<void> | void,
  timeoutMilliseconds?: number,
): void {
  const paths = programs.map(findProgram);
  const missing = programs.filter((_, index) => paths[index] === null);
  if (missing.length === 0) {
    test(name, async () => body(...(paths as string[])), timeoutMilliseconds);
  } else if (process.env["CI"] === "true") {
    test(name, () => {
      throw new Error(`Programs are missing: ${missing.join(", ")}`);
    });
  } else {
    test.skip(`${name} (needs ${missing.join(", ")})`, () => {});
  }
}
