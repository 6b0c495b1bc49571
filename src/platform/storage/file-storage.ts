/**
 * Files by content: a file is named by the SHA-256 of its bytes, so what is stored twice is there once, nothing that
 * is served ever changes, and no name from outside becomes a path.
 */
import type { Readable } from "node:stream";

/** 64 lower-case hexadecimal digits. */
export type Sha256 = string;

/** A file on the local disk that is not stored yet; whoever receives one keeps or discards it. */
export type IncomingFile = { readonly path: string; readonly sha256: Sha256; readonly size: number };

/** What a download says of itself; the storage knows bytes alone. */
export type DownloadFacts = { readonly contentType: string; readonly filename: string };

/** A stored file as it is served: its bytes, or a URL that gives them, or parts, to whoever has it, for a while. */
export type OpenedFile =
  | {
      readonly kind: "stream";
      readonly size: number;
      /** All of it, or from one byte to another, both sent. To be called once, and read to its end or destroyed. */
      readonly stream: (range?: { readonly start: number; readonly end: number }) => Readable;
      /** For a file of which nothing is streamed. */
      readonly close: () => Promise<void>;
    }
  | { readonly kind: "redirect"; readonly url: string };

export type FileStorage = {
  /**
   * Writes a stream to a temporary file, counting and hashing.
   *
   * @throws {StorageError} `file_too_large` past `bytesMax`. Nothing is left behind by a throw, also one of the stream.
   */
  readonly receive: (
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    limits: { readonly bytesMax: number },
  ) => Promise<IncomingFile>;
  /** Stores a received file durably, and does away with the temporary one. What is there already stays as it is. */
  readonly keep: (file: IncomingFile) => Promise<void>;
  /** Does away with a received file; harmless after `keep`. */
  readonly discard: (file: IncomingFile) => Promise<void>;
  /** Null when there is no such file. What is opened is streamed or closed. */
  readonly open: (sha256: Sha256, facts: DownloadFacts) => Promise<OpenedFile | null>;
  /** Has a stored file as a local one for as long as `use` runs; null, without `use`, when there is no such file. */
  readonly borrow: <T>(sha256: Sha256, use: (path: string) => Promise<T>) => Promise<T | null>;
  readonly has: (sha256: Sha256) => Promise<boolean>;
  /** Absent already is fine. */
  readonly delete: (sha256: Sha256) => Promise<void>;
};

export type StorageErrorCode = "file_too_large" | "storage_failed";

/** A file that cannot be received or stored. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;
  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StorageError";
    this.code = code;
  }
}

const sha256Pattern = /^[0-9a-f]{64}$/;

/** Guards every path and key that is made of a digest. @throws {TypeError} for anything else: that is our own mistake. */
export function assertSha256(value: string): asserts value is Sha256 {
  if (!sha256Pattern.test(value)) throw new TypeError("Not a SHA-256 in lower-case hexadecimal");
}
