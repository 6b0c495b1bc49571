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
  if (isBuiltOf(digest)) return false;
  // Two processes may build at once, and one may serve meanwhile: the folder changes in one step.
  const fresh = `${consoleFolder}.${process.pid}`;
  try {
    await buildConsole(fresh);
    writeFileSync(join(fresh, stampName), digest);
    return replaceConsole(fresh, digest);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** @returns False when another process built the same meanwhile: then it stays, because somebody may serve it. */
function replaceConsole(fresh: string, digest: string): boolean {
  if (isBuiltOf(digest)) return false;
  rmSync(consoleFolder, { recursive: true, force: true });
  try {
    renameSync(fresh, consoleFolder);
    return true;
  } catch (error) {
    // Another process put its own there since the line before.
    if (isBuiltOf(digest)) return false;
    throw error;
  }
}

function isBuiltOf(digest: string): boolean {
  const stampPath = join(consoleFolder, stampName);
  return existsSync(stampPath) && readFileSync(stampPath, "utf8") === digest;
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
