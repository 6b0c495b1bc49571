/** What documents say of the product, held against the product. That named files exist is in the architecture test. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandNames } from "../src/mdm/commands/command.ts";
import { settings } from "../src/platform/config.ts";
import { listFiles, repository } from "./tools/source-tree.ts";

const read = (path: string): string => readFileSync(join(repository, path), "utf8");

/** A path of the API with its parameters made alike: `<id>`, `{uuid}` and `1` are all the same to a reader. */
function withoutParameters(path: string): string {
  return path.replace(/<[^/>]+>|\{[^/}]+\}|(?<=\/)\d+(?=\/)/g, "*");
}

describe("documents and the product agree", () => {
  test("every path of the API that a document names is in openapi.json", () => {
    const { paths } = JSON.parse(read("openapi.json")) as { readonly paths: Record<string, unknown> };
    const known = new Set(Object.keys(paths).map(withoutParameters));
    const unknown = ["README.md", "ARCHITECTURE.md", ...listFiles("docs", /\.md$/)].flatMap((document) => {
      const named = read(document).match(/\/api\/[\w<>{}/]+\//g) ?? [];
      return named
        .filter((path) => !known.has(withoutParameters(path)))
        .map((path) => `${document}: ${path}`);
    });
    expect(unknown).toEqual([]);
  });

  test("README explains every setting, and no other", () => {
    const table = read("README.md").split("\n## Settings")[1]?.split("\n## ")[0] ?? "";
    const rows = table.split("\n").filter((line) => line.startsWith("| `"));
    const named = rows.flatMap(
      (line) => (line.split("|")[1] ?? "").match(/\b(?:POMONA|DATABASE)_[A-Z0-9_]+/g) ?? [],
    );
    expect(new Set(named)).toEqual(new Set(Object.keys(settings)));
  });

  test("the record of dependencies has every dependency, and no other", () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
      read("package.json"),
    ) as Record<string, Readonly<Record<string, string>>>;
    const rows = read("docs/adr/0009-dependencies.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const named = rows.flatMap((line) => (line.split("|")[1] ?? "").match(/(?<=`)[^`,]+(?=`)/g) ?? []);
    const present = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });
    expect(new Set(named.filter((name) => /\w/.test(name)))).toEqual(new Set(present));
  });

  test("docs/commands.md has a row for every kind of command", () => {
    const rows = [...read("docs/commands.md").matchAll(/^\| ([A-Z]\w+) \|/gm)].map(([, name]) => name);
    expect(new Set(rows)).toEqual(new Set(["Command", ...commandNames]));
  });

  test("docs/events.md has every type of event", () => {
    const documented = read("docs/events.md");
    const types = listFiles("src", /-events\.ts$|audit-event\.ts$/).flatMap((path) =>
      [...read(path).matchAll(/(?:type: |lockPinEvent\()"([a-z_]+)"/g)].map(([, type]) => type),
    );
    expect(types).toContain("zentral_audit");
    expect(types.filter((type) => !documented.includes(`\`${type}\``))).toEqual([]);
  });
});
