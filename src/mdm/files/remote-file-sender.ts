/** Opens the files of other servers that URIs name. */
import type { S3Client } from "#platform/storage/s3-client.ts";
import { StorageError } from "#platform/storage/file-storage.ts";
import type { OpenRemoteFile } from "./file-operations.ts";

export type RemoteFileOptions = {
  /** Null without credentials. */
  readonly s3: S3Client | null;
  readonly openHttps: (url: URL) => Promise<AsyncIterable<Uint8Array>>;
};

/** Makes the opener; it throws {@link StorageError} `storage_failed` for everything that is not there. */
export function createRemoteFileOpener({ s3, openHttps }: RemoteFileOptions): OpenRemoteFile {
  return async (address) => {
    if (address.kind === "https") return openHttps(address.url);
    if (s3 === null) throw new StorageError("storage_failed", "No credentials of S3 are configured");
    const stream = await s3.get(address);
    if (stream === null) throw new StorageError("storage_failed", "There is no such object");
    return stream;
  };
}
