/**
 * Builds the console into an ignored folder, when what it is made of changed since the last time. An installation
 * without its sources or without the builder serves what it was shipped with.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const repository = join(import.meta.dirname, "..", "..", "..");

export const consoleSources = join(repository, "src", "console");
/** What is served. */
export const consoleFolder = join(repository, "dist-console");
const stampName = "sources.sha256";

/** Each of several processes that build at once is in the way of another only once. */
const replaceTriesMax = 100;

/** Files below are not worth a compressed copy. */
const compressedBytesMin = 1024;

/**
 * Builds when something changed. Without the sources or the builder, which an installation for production lacks, what
 * was built before stays.
 *
 * @returns Whether it did.
 */
export async function buildConsoleWhenChanged(): Promise<boolean> {
  if (!existsSync(consoleSources) || !isBuilderInstalled()) return false;
  const digest = digestSources();
  const isSame = (folder: string): boolean => isBuiltOf(digest, folder);
  if (isSame(consoleFolder)) return false;
  // Two processes may build at once, and one may serve meanwhile.
  const fresh = `${consoleFolder}.${process.pid}`;
  try {
    await buildConsole(fresh);
    writeFileSync(join(fresh, stampName), digest);
    return replaceFolder(fresh, consoleFolder, isSame);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Puts a build where it is served, in steps that other processes see as one. None of them deletes files there:
 * somebody may serve them.
 *
 * @returns False when another process put the same there: then it stays.
 */
export function replaceFolder(fresh: string, place: string, isSame: (folder: string) => boolean): boolean {
  for (let tries = 0; tries < replaceTriesMax; tries += 1) {
    if (isSame(place)) return false;
    if (moveFolder(fresh, place)) return true;
    const aside = `${fresh}.before`;
    if (!moveFolder(place, aside)) continue;
    // Since it was looked at, it may have become what is wanted.
    const isBack = isSame(aside) && moveFolder(aside, place);
    rmSync(aside, { recursive: true, force: true });
    if (isBack) return false;
  }
  throw new Error(`Other processes keep replacing ${place}`);
}

/** @returns False when the one is gone, or something is in the place of the other. */
function moveFolder(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOENT", "ENOTEMPTY", "EEXIST"].includes(code)) return false;
    throw error;
  }
}

function isBuiltOf(digest: string, folder: string): boolean {
  try {
    return readFileSync(join(folder, stampName), "utf8") === digest;
  } catch (error) {
    // Another process may move it away at any time.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Whether there is something to serve. */
export function isConsoleBuilt(): boolean {
  return existsSync(join(consoleFolder, "index.html"));
}

function isBuilderInstalled(): boolean {
  return ["vite", "react"].every((name) => existsSync(join(repository, "node_modules", name)));
}

/** Builds into a folder, and compresses every file ahead. */
export async function buildConsole(folder: string): Promise<void> {
  const { build } = await import("vite");
  await build({
    configFile: false,
    mode: "production",
    // Whoever builds, a test too, is served what people are: not the libraries' own checks.
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    oxc: { jsx: { runtime: "automatic", development: false } },
    root: consoleSources,
    // Its warnings are about directives for servers that libraries carry.
    logLevel: "error",
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2022",
      sourcemap: false,
      reportCompressedSize: false,
    },
  });
  for (const path of listFiles(folder)) compress(path);
}

function compress(path: string): void {
  if (!/\.(?:js|css|html|svg|json)$/.test(path)) return;
  const bytes = readFileSync(path);
  if (bytes.length < compressedBytesMin) return;
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
}

/** A digest of all that a build depends on. */
function digestSources(): string {
  const hash = createHash("sha256");
  const generated = join(consoleSources, "api", "generated");
  const files = listFiles(consoleSources).filter(
    (path) => !path.startsWith(generated) && !path.endsWith(".test.ts"),
  );
  for (const path of [...files, join(repository, "package-lock.json"), import.meta.filename].sort()) {
    if (!existsSync(path)) continue;
    hash
      .update(`${relative(repository, path)}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return hash.digest("hex");
}

function listFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? listFiles(path) : [path];
  });
}
