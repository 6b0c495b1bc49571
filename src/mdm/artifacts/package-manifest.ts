/** The manifest by which a device downloads and checks a package, but for the URL of the file (desired-state 6.1). */
import { createHash } from "node:crypto";
import type { PackageFacts } from "./package.ts";

/** What a device checks at a time. */
export const manifestChunkBytes = 4 * 1024 * 1024;

/** Hashes of a whole file, chunk by chunk. */
export type ChunkHashes = {
  readonly chunkBytes: number;
  readonly md5s: readonly string[];
  readonly sha256s: readonly string[];
};

/** As it is stored, answered, and written to a property list with the `url` of its only asset. */
export type PackageManifest = {
  readonly items: readonly [
    {
      readonly assets: readonly [
        {
          readonly kind: "software-package";
          readonly "md5-size": number;
          readonly md5s: readonly string[];
          readonly "sha256-size": number;
          readonly sha256s: readonly string[];
        },
      ];
      readonly metadata: {
        readonly kind: "software";
        readonly title: string;
        readonly "bundle-identifier": string;
        readonly "bundle-version": string;
        readonly "platform-identifier"?: string;
      };
    },
  ];
};

/** Hashes a file in one pass. A file of less than a chunk is a chunk of its own size. */
export async function hashChunks(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  chunkBytes: number = manifestChunkBytes,
): Promise<ChunkHashes> {
  const hashes = { md5s: [] as string[], sha256s: [] as string[] };
  let chunk = startChunk();
  let size = 0;
  const endChunk = (): void => {
    hashes.md5s.push(chunk.md5.digest("hex"));
    hashes.sha256s.push(chunk.sha256.digest("hex"));
    chunk = startChunk();
  };
  for await (const part of bytes) {
    let at = 0;
    while (at < part.length) {
      const taken = part.subarray(at, at + chunkBytes - chunk.size);
      chunk.md5.update(taken);
      chunk.sha256.update(taken);
      chunk.size += taken.length;
      at += taken.length;
      if (chunk.size === chunkBytes) endChunk();
    }
    size += part.length;
  }
  if (chunk.size > 0) endChunk();
  return { chunkBytes: Math.min(size, chunkBytes), ...hashes };
}

function startChunk() {
  return { md5: createHash("md5"), sha256: createHash("sha256"), size: 0 };
}

/** Builds the manifest. */
export function buildPackageManifest(facts: PackageFacts, hashes: ChunkHashes): PackageManifest {
  const { chunkBytes, md5s, sha256s } = hashes;
  const { platformIdentifier } = facts;
  const asset = { kind: "software-package", "md5-size": chunkBytes, md5s } as const;
  const metadata = {
    kind: "software",
    title: facts.name,
    "bundle-identifier": facts.productId,
    "bundle-version": facts.productVersion,
    ...(platformIdentifier === null ? {} : { "platform-identifier": platformIdentifier }),
  } as const;
  return { items: [{ assets: [{ ...asset, "sha256-size": chunkBytes, sha256s }], metadata }] };
}
