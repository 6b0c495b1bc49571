/** Opens the storage of files that the configuration names. */
import { join } from "node:path";
import type { OpenRemoteFile } from "#mdm/files/file-operations.ts";
import { createRemoteFileOpener } from "#mdm/files/remote-file-sender.ts";
import type { FileStorage } from "#platform/storage/file-storage.ts";
import { createHttpsSource } from "#platform/storage/https-source.ts";
import { createS3Client } from "#platform/storage/s3-client.ts";
import { openS3Storage } from "#platform/storage/s3-storage.ts";
import type { Config } from "#platform/config.ts";
import { incomingFolderName, openLocalStorage } from "#platform/storage/local-storage.ts";

/** Where files are kept, and how those of other servers are opened. */
export function openFiles({ storage: { s3, bucket, privateHosts }, dataFolder }: Config): {
  readonly storage: FileStorage;
  readonly openRemoteFile: OpenRemoteFile;
} {
  const client = s3 === null ? null : createS3Client(s3);
  const folder = join(dataFolder, "files");
  const storage =
    client === null || bucket === null
      ? openLocalStorage(folder)
      : openS3Storage({ client, bucket, incomingFolder: join(folder, incomingFolderName) });
  const openHttps = createHttpsSource({ privateHosts });
  return { storage, openRemoteFile: createRemoteFileOpener({ s3: client, openHttps }) };
}
