/**
 * Builds the console into an ignored folder, when what it is made of changed since the last time. An installation
 * without its sources or without the builder serves what it was shipped with.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const repository = join(import.meta.dirname, "..", "..", "..");

export const consoleSources = join(repository, "src", "console");
/** What is served. */
export const consoleFolder = join(repository, "dist-console");
const stampPath = join(consoleFolder, "sources.sha256");

/** Files below are not worth a compressed copy. */
const compressedBytesMin = 1024;

/** Builds when something changed. @returns Whether it did. */
export async function buildConsoleWhenChanged(): Promise<boolean> {
  if (!existsSync(consoleSources)) return false;
  const digest = digestSources();
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === digest) return false;
  await buildConsole();
  writeFileSync(stampPath, digest);
  return true;
}

/** Builds, and compresses every file ahead. */
export async function buildConsole(): Promise<void> {
  const { build } = await import("vite");
  await build({
    configFile: false,
    root: consoleSources,
    // Its warnings are about directives for servers that libraries carry.
    logLevel: "error",
    build: {
      outDir: consoleFolder,
      emptyOutDir: true,
      target: "es2022",
      sourcemap: false,
      reportCompressedSize: false,
    },
  });
  for (const path of listFiles(consoleFolder)) compress(path);
}

function compress(path: string): void {
  if (!/\.(?:js|css|html|svg|json)$/.test(path)) return;
  const bytes = readFileSync(path);
  if (bytes.length < compressedBytesMin) return;
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 };
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
