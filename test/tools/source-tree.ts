/** The source tree as data: every file, parsed, with its imports. What the architecture test looks at. */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export type Import = {
  readonly specifier: string;
  /** Path inside the repository (`src/platform/errors.ts`), or null for packages and Node's modules. */
  readonly file: string | null;
  readonly isTypeOnly: boolean;
};

/** A node of the syntax tree, as far as these rules need to know it. */
export type SyntaxNode = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>;

export type SourceFile = {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly program: SyntaxNode;
  readonly comments: readonly { readonly type: string; readonly start: number; readonly end: number }[];
  readonly isTest: boolean;
};

/** Files of a folder with one of the endings, relative to the repository, in a fixed order. */
export function listFiles(folder: string, ending: RegExp): string[] {
  return readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.includes("node_modules/"))
    .sort();
}

/** Reads and parses one file. */
export function readSource(path: string): SourceFile {
  const text = readFileSync(join(repository, path), "utf8");
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`Cannot parse "${path}": ${errors[0]?.message}`);
  const static_ = module.staticImports.map((statement) => ({
    specifier: statement.moduleRequest.value,
    isTypeOnly: statement.entries.length > 0 && statement.entries.every((entry) => entry.isType),
  }));
  const exported = module.staticExports.flatMap((statement) =>
    statement.entries.flatMap((entry) =>
      entry.moduleRequest === null
        ? []
        : [{ specifier: entry.moduleRequest.value, isTypeOnly: entry.isType }],
    ),
  );
  return {
    path,
    text,
    imports: [...static_, ...exported].map((found) => ({
      ...found,
      file: resolveImport(path, found.specifier),
    })),
    program: program as unknown as SyntaxNode,
    comments,
    isTest: path.endsWith(".test.ts"),
  };
}

function resolveImport(from: string, specifier: string): string | null {
  if (specifier.startsWith("#")) return `src/${specifier.slice(1)}`;
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  return null;
}

/** Calls `visit` for every node below and including one. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && typeof (child as SyntaxNode).type === "string") {
        walk(child as SyntaxNode, visit);
      }
    }
  }
}

/** The line of an offset, from one. */
export function lineOf(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split("\n").length;
}
