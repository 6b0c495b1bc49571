/** Files that requests bring, before their transactions: what is wrong with one is told with the rest of the input. */
import { createReadStream } from "node:fs";
import {
  type Bringing,
  type BroughtFile,
  type FileDeps,
  type FileWish,
  fetchFile,
} from "#mdm/files/file-operations.ts";
import { FileRefusedError, fileRefusal } from "#mdm/files/stored-file.ts";
import { readFileRanges } from "#platform/archive/ranges.ts";
import { OperationRefused, type Refusal } from "#platform/errors.ts";
import type { ReadOperation } from "#platform/operation.ts";
import { type PackageFacts, PackageFileError, type PackageType } from "./package.ts";
import { packageExtensions, packageTypeOf, readPackageFile } from "./package-file.ts";
import { buildPackageManifest, hashChunks, type PackageManifest } from "./package-manifest.ts";

/** What became of a file. */
export type Brought<Facts> =
  | { readonly file: BroughtFile<Facts> }
  | { readonly refusals: readonly Refusal[] };

/** Brings a file; what the operator cannot mend is logged, and told in general words. */
export async function bringFile<Facts>(
  op: ReadOperation,
  { field, outageDetail }: { readonly field: string; readonly outageDetail: string },
  bring: () => Promise<BroughtFile<Facts>>,
): Promise<Brought<Facts>> {
  try {
    return { file: await bring() };
  } catch (error) {
    if (error instanceof FileRefusedError) return { refusals: [fileRefusal(field, error.message)] };
    op.log.warn({ err: error, field }, "A file could not be fetched");
    return { refusals: [fileRefusal(field, outageDetail)] };
  }
}

/** The file, or a throw of what is wrong with it. */
export function requireBrought<Facts>(brought: Brought<Facts>): BroughtFile<Facts> {
  if ("file" in brought) return brought.file;
  const [first, ...further] = brought.refusals;
  if (first === undefined) throw new Error("Nothing was brought, and nothing refused");
  throw new OperationRefused(first, ...further);
}

/** What is kept of a package. */
export type ReadPackage = {
  readonly type: PackageType;
  readonly facts: PackageFacts;
  readonly manifest: PackageManifest;
};

/** Fetches an installable file and reads what is kept of it. */
export function fetchPackage(
  deps: FileDeps,
  by: Bringing,
  wish: Pick<FileWish<ReadPackage>, "uri" | "sha256">,
): Promise<BroughtFile<ReadPackage>> {
  return fetchFile(deps, by, { ...wish, extensions: packageExtensions, read: readPackage });
}

async function readPackage(path: string, filename: string): Promise<ReadPackage> {
  const type = packageTypeOf(filename);
  try {
    const facts = await readFileRanges(path, (size) => readPackageFile(size, type));
    return { type, facts, manifest: buildPackageManifest(facts, await hashChunks(createReadStream(path))) };
  } catch (error) {
    if (!(error instanceof PackageFileError)) throw error;
    throw new FileRefusedError(error.message, { cause: error });
  }
}
