/** Files in a bucket. They arrive on the local disk, where they are hashed and read, and leave it for the bucket. */
import { rm } from "node:fs/promises";
import { assertSha256, type FileStorage, type Sha256 } from "./file-storage.ts";
import { receiveFile } from "./incoming-file.ts";
import type { S3Client, S3Object } from "./s3-client.ts";

export type S3StorageOptions = {
  readonly client: S3Client;
  readonly bucket: string;
  /** Where files are while they arrive. */
  readonly incomingFolder: string;
};

/** The bucket may hold other things. */
const keyPrefix = "files/";

/** Opens the storage; the bucket must exist. */
export function openS3Storage({ client, bucket, incomingFolder }: S3StorageOptions): FileStorage {
  const objectOf = (sha256: Sha256): S3Object => {
    assertSha256(sha256);
    return { bucket, key: `${keyPrefix}${sha256}` };
  };
  const receive: FileStorage["receive"] = (chunks, limits) => receiveFile(incomingFolder, chunks, limits);
  const discard: FileStorage["discard"] = ({ path }) => rm(path, { force: true });
  return {
    receive,
    discard,
    keep: async (file) => {
      await client.put(objectOf(file.sha256), file);
      await discard(file);
    },
    open: async (sha256, facts) => {
      const object = objectOf(sha256);
      if (!(await client.has(object))) return null;
      return { kind: "redirect", url: await client.signUrl(object, facts) };
    },
    borrow: async (sha256, use) => {
      const stream = await client.get(objectOf(sha256));
      if (stream === null) return null;
      const file = await receive(stream, { bytesMax: Number.POSITIVE_INFINITY });
      try {
        return await use(file.path);
      } finally {
        await discard(file);
      }
    },
    has: async (sha256) => client.has(objectOf(sha256)),
    delete: async (sha256) => client.delete(objectOf(sha256)),
  };
}
