/** Receives files to the local disk, whatever they are kept in later: their digest is known only at their end. */
import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type IncomingFile, StorageError } from "./file-storage.ts";

/** What a crash left behind is removed when it is older than any file may take to arrive. */
export const abandonedSeconds = 24 * 60 * 60;

/** Writes a stream to a file of the folder, counting and hashing. @throws {StorageError} `file_too_large` */
export async function receiveFile(
  folder: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { bytesMax }: { readonly bytesMax: number },
): Promise<IncomingFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomUUID());
  const file = await open(path, "wx", 0o600);
  try {
    const received = await writeChunks(file, chunks, bytesMax);
    await file.sync();
    await file.close();
    return { path, ...received };
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

async function writeChunks(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesMax: number,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > bytesMax) throw new StorageError("file_too_large", `A file may have ${bytesMax} bytes`);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return { sha256: hash.digest("hex"), size };
}

/** Removes what arrived before a crash and was never kept. */
export async function removeAbandonedFiles(folder: string, at: Date): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(absentIsNew);
    if (at.getTime() - mtimeMs > abandonedSeconds * 1000) await rm(path, { force: true });
  }
}

/** A file that was kept or discarded since the folder was listed. */
function absentIsNew(error: unknown): { readonly mtimeMs: number } {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return { mtimeMs: Number.POSITIVE_INFINITY };
  throw error;
}
