/** Files in a folder of this machine. A file appears whole or not at all: it is written elsewhere, synced and renamed. */
import { createReadStream } from "node:fs";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { assertSha256, type FileStorage, type Sha256 } from "./file-storage.ts";
import { receiveFile } from "./incoming-file.ts";

/** Where files are while they arrive: below the folder, so that keeping one is a rename. */
export const incomingFolderName = "incoming";

/** Opens the storage; the folder is made when the first file arrives. */
export function openLocalStorage(folder: string): FileStorage {
  const incoming = join(folder, incomingFolderName);
  return {
    receive: (chunks, limits) => receiveFile(incoming, chunks, limits),
    keep: async ({ path, sha256 }) => {
      const target = pathOf(folder, sha256);
      await mkdir(shelfOf(folder, sha256), { recursive: true, mode: 0o700 });
      await rename(path, target);
      await syncFolder(shelfOf(folder, sha256));
    },
    discard: ({ path }) => rm(path, { force: true }),
    open: async (sha256) => {
      const found = await open(pathOf(folder, sha256), "r").catch(absentIsNull);
      if (found === null) return null;
      const { size } = await found.stat();
      const stream = (range = {}) => createReadStream("", { ...range, fd: found });
      return { kind: "stream", size, stream, close: () => found.close() };
    },
    borrow: async (sha256, use) => {
      const path = pathOf(folder, sha256);
      return (await exists(path)) ? use(path) : null;
    },
    has: async (sha256) => exists(pathOf(folder, sha256)),
    delete: async (sha256) => rm(pathOf(folder, sha256), { force: true }),
  };
}

/** Folders stay small when the first byte of the digest names one of 256. */
function shelfOf(folder: string, sha256: Sha256): string {
  assertSha256(sha256);
  return join(folder, sha256.slice(0, 2));
}

function pathOf(folder: string, sha256: Sha256): string {
  return join(shelfOf(folder, sha256), sha256);
}

async function exists(path: string): Promise<boolean> {
  return (await access(path).catch(absentIsNull)) !== null;
}

function absentIsNull(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
  throw error;
}

/** A rename is durable when the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
