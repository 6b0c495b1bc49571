/** What is done with files. Bytes move outside transactions; a row is committed before the bytes it tells of are kept. */
import type { Reader } from "#platform/db/database.ts";
import { throwIfRefused } from "#platform/errors.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import { type Actor, operate, type Operation, type OperationSource } from "#platform/operation.ts";
import { type FileStorage, type IncomingFile, StorageError } from "#platform/storage/file-storage.ts";
import {
  type FileAddress,
  filenameAt,
  filenameCharactersMax,
  FileRefusedError,
  fileRefusal,
  parseFileUri,
  refuseExtension,
  type StoredFile,
  uploadedFileUri,
} from "./stored-file.ts";
import { findStoredFile, upsertStoredFile } from "./stored-file-store.ts";

/** Opens a file that is neither uploaded nor stored. */
export type OpenRemoteFile = (
  address: Exclude<FileAddress, { readonly kind: "uploaded" }>,
) => Promise<AsyncIterable<Uint8Array>>;

export type FileDeps = {
  readonly source: OperationSource;
  readonly fileStorage: FileStorage;
  readonly openRemoteFile: OpenRemoteFile;
  readonly fileBytesMax: number;
};

/** How files are brought: by whom, and with which tools. The read operations of requests are such. */
export type Bringing = { readonly tx: Reader; readonly actor: Actor };

export type FileWish<Facts> = {
  readonly uri: string;
  readonly sha256: string;
  readonly extensions: readonly string[];
  /** Reads what is in a local file, and refuses with {@link FileRefusedError}. */
  readonly read: (path: string, filename: string) => Promise<Facts>;
};

/** A file that is stored, and what was read from it. */
export type BroughtFile<Facts> = StoredFile & { readonly facts: Facts };

/**
 * Fetches the file of a URI, checks it and stores it. Nothing may refer to it yet: what refers to it must do so soon.
 *
 * @throws {FileRefusedError} For what the operator can mend; anything else that is thrown is an outage, or a bad link.
 */
export async function fetchFile<Facts>(
  deps: FileDeps,
  by: Bringing,
  wish: FileWish<Facts>,
): Promise<BroughtFile<Facts>> {
  const address = parseFileUri(wish.uri);
  if (address === null) throw new StorageError("storage_failed", "The URI names no file");
  if (address.kind === "uploaded") return useUploaded(deps, by, { ...wish, found: address.sha256 });
  const filename = filenameAt(address);
  refuseExtension(filename, wish.extensions);
  const chunks = await deps.openRemoteFile(address);
  const file = await deps.fileStorage.receive(chunks, { bytesMax: deps.fileBytesMax });
  return keepChecked(deps, by, { file, filename, sha256: wish.sha256, read: wish.read });
}

async function useUploaded<Facts>(
  deps: FileDeps,
  by: Bringing,
  { found, sha256, extensions, read }: FileWish<Facts> & { readonly found: string },
): Promise<BroughtFile<Facts>> {
  const stored = await findStoredFile(by.tx, found);
  if (stored === null) throw new StorageError("storage_failed", "There is no such file");
  refuseExtension(stored.filename, extensions);
  if (found !== sha256) throw new FileRefusedError("Hash mismatch");
  // First, so that it is not deleted as unused meanwhile.
  await noteBrought(deps, by, stored);
  const facts = await deps.fileStorage.borrow(found, async (path) => ({
    read: await read(path, stored.filename),
  }));
  if (facts === null) throw new StorageError("storage_failed", "There is no such file");
  return { ...stored, facts: facts.read };
}

/** Stores bytes that came within a request. @throws {FileRefusedError} */
export async function storeInlineFile<Facts>(
  deps: FileDeps,
  by: Bringing,
  given: {
    readonly bytes: Buffer;
    readonly sha256: string | null;
    readonly read: FileWish<Facts>["read"];
  },
): Promise<BroughtFile<Facts>> {
  const file = await deps.fileStorage.receive([given.bytes], { bytesMax: given.bytes.length });
  return keepChecked(deps, by, { file, filename: "", sha256: given.sha256, read: given.read });
}

/** Stores an upload; its URI is then taken wherever one of another scheme is. @throws {OperationRefused} */
export async function receiveUpload(
  deps: FileDeps,
  by: Bringing,
  upload: { readonly filename: string; readonly chunks: AsyncIterable<Uint8Array> },
): Promise<StoredFile> {
  const { fileBytesMax } = deps;
  const received = await deps.fileStorage
    .receive(upload.chunks, { bytesMax: fileBytesMax })
    .catch((error: unknown) => {
      if (!(error instanceof StorageError && error.code === "file_too_large")) throw error;
      return null;
    });
  if (received === null) {
    throwIfRefused(fileRefusal("file", `Ensure this file has no more than ${fileBytesMax} bytes.`));
    throw new Error("a refusal is thrown");
  }
  const filename = upload.filename.slice(-filenameCharactersMax).replaceAll("\0", "");
  const { facts: _, ...stored } = await keepChecked(deps, by, {
    file: received,
    filename,
    sha256: null,
    read: async () => null,
  });
  return stored;
}

/** Records an upload. */
export function recordUpload(op: Operation, { sha256, size, filename }: StoredFile): void {
  const newValue = { pk: sha256, uri: uploadedFileUri(sha256), size, filename };
  op.record(
    auditEvent({
      action: "created",
      model: "mdm.storedfile",
      pk: sha256,
      newValue,
      objectKey: "mdm_stored_file",
      app: "mdm",
    }),
  );
}

async function keepChecked<Facts>(
  deps: FileDeps,
  by: Bringing,
  received: {
    readonly file: IncomingFile;
    readonly filename: string;
    readonly sha256: string | null;
    readonly read: FileWish<Facts>["read"];
  },
): Promise<BroughtFile<Facts>> {
  const { file, filename, sha256, read } = received;
  try {
    if (sha256 !== null && file.sha256 !== sha256) throw new FileRefusedError("Hash mismatch");
    const facts = await read(file.path, filename);
    const stored = { sha256: file.sha256, size: file.size, filename };
    await noteBrought(deps, by, stored);
    // After the row: whoever deletes an unused file deletes its row first, and waits for this one.
    if (!(await deps.fileStorage.has(file.sha256))) await deps.fileStorage.keep(file);
    return { ...stored, facts };
  } finally {
    await deps.fileStorage.discard(file);
  }
}

async function noteBrought({ source }: FileDeps, { actor }: Bringing, file: StoredFile): Promise<void> {
  await operate(source, actor, (op) => upsertStoredFile(op.tx, { ...file, at: op.at }));
}
