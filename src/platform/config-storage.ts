/** The settings of files: where they are kept, and where they may be fetched from. */
import { parseHttpsOrLoopbackUrl } from "./config-values.ts";
import { Secret } from "./secret.ts";
import type { S3Settings } from "./storage/s3-client.ts";

export type StorageSettings = {
  /** For `s3:` URIs, and for the bucket. */
  readonly s3: S3Settings | null;
  /** Where files are kept; null: in the data folder. */
  readonly bucket: string | null;
  /** Largest file that is uploaded or fetched. */
  readonly fileBytesMax: number;
  /** Hosts of `https:` URIs that may be in private networks. */
  readonly privateHosts: readonly string[];
};

/** Room for the installer of an operating system's largest application. */
export const fileBytesMaxDefault = 8 * 1024 ** 3;

/** Names of the environment, with what help says of them. */
export const storageSettings: Readonly<Record<string, string>> = {
  POMONA_S3_REGION: "Region of S3, for s3:// files and for POMONA_FILES_BUCKET (default: no S3)",
  POMONA_S3_ACCESS_KEY_ID: "Access key of S3",
  POMONA_S3_SECRET_ACCESS_KEY: "Its secret",
  POMONA_S3_ENDPOINT: "URL of a server that speaks like S3 (default: that of Amazon in the region)",
  POMONA_FILES_BUCKET: "Bucket that files are kept in (default: the folder files of POMONA_DATA)",
  POMONA_FILE_BYTES_MAX: `Largest file that is uploaded or fetched, in bytes (default: ${fileBytesMaxDefault})`,
  POMONA_FILES_PRIVATE_HOSTS:
    "Hosts of https:// files that may be in private networks, comma-separated (default: none)",
};

type Attempt = <T>(name: string, fallback: T, parse: (value: string) => T) => T;

/** Reads the settings; `refuse` gets what is wrong with them together. */
export function readStorageSettings(
  attempt: Attempt,
  refuse: (name: string, detail: string) => void,
): StorageSettings {
  const region = attempt("POMONA_S3_REGION", null, parseRegion);
  const accessKeyId = attempt("POMONA_S3_ACCESS_KEY_ID", null, (value) => value);
  const secretAccessKey = attempt("POMONA_S3_SECRET_ACCESS_KEY", null, (value) => new Secret(value));
  const endpoint = attempt("POMONA_S3_ENDPOINT", null, parseHttpsOrLoopbackUrl);
  const bucket = attempt("POMONA_FILES_BUCKET", null, parseBucket);
  const isWhole = region !== null && accessKeyId !== null && secretAccessKey !== null;
  const isEmpty = region === null && accessKeyId === null && secretAccessKey === null;
  if (!isWhole && !isEmpty) {
    refuse("POMONA_S3_REGION", "POMONA_S3_REGION, _ACCESS_KEY_ID and _SECRET_ACCESS_KEY belong together");
  }
  if (isEmpty && bucket !== null) refuse("POMONA_FILES_BUCKET", "needs POMONA_S3_REGION and its keys");
  return {
    s3: isWhole
      ? {
          endpoint: endpoint ?? new URL(`https://s3.${region}.amazonaws.com`),
          region,
          accessKeyId,
          secretAccessKey,
        }
      : null,
    bucket,
    fileBytesMax: attempt("POMONA_FILE_BYTES_MAX", fileBytesMaxDefault, parseBytes),
    privateHosts: attempt("POMONA_FILES_PRIVATE_HOSTS", [], parseHosts),
  };
}

function parseRegion(value: string): string {
  if (!/^[a-z0-9-]{1,64}$/.test(value)) throw new Error("must be a region such as eu-central-1");
  return value;
}

function parseBucket(value: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value)) throw new Error("must be the name of a bucket");
  return value;
}

function parseBytes(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new Error("must be a number of bytes");
  return Number(value);
}

function parseHosts(value: string): string[] {
  const hosts = value.split(",").map((host) => host.trim().toLowerCase());
  return hosts.filter((host) => host !== "");
}
