// A stored file is bytes that versions and packages refer to by their digest; what is brought twice is there once.
// Operators bring files, by an upload, inline, or by the address of one that the server fetches.
// A file is never changed, and never deleted while anything refers to it; what nobody refers to goes after a day.
import type { Refusal } from "#platform/errors.ts";

export type StoredFile = {
  readonly sha256: string;
  readonly size: number;
  /** As it was uploaded; empty for what came without a name. */
  readonly filename: string;
};

/** How long a file that nobody refers to is kept: until the version that it was uploaded for is made. */
export const unusedFileSeconds = 24 * 60 * 60;

export const filenameCharactersMax = 255;

/** The digest of a file as an operator writes it. */
export const sha256Pattern = "^[0-9a-f]{64}$";

/** Where a file is to be fetched from. */
export type FileAddress =
  | { readonly kind: "uploaded"; readonly sha256: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly key: string }
  | { readonly kind: "https"; readonly url: URL };

/** A file that cannot be taken; the message is for the operator who named or brought it. */
export class FileRefusedError extends Error {
  readonly code = "file_refused";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FileRefusedError";
  }
}

/** The URI of an uploaded file. */
export function uploadedFileUri(sha256: string): string {
  return `pomona://files/${sha256}`;
}

/** Reads a URI (http-api 2.11). Null for one of a scheme that is known and a form that is not. @throws {FileRefusedError} */
export function parseFileUri(uri: string): FileAddress | null {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase() ?? "";
  if (scheme === "pomona") {
    const sha256 = /^pomona:\/\/files\/([0-9a-f]{64})$/.exec(uri)?.[1];
    return sha256 === undefined ? null : { kind: "uploaded", sha256 };
  }
  if (scheme === "s3") {
    const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/.exec(uri) ?? [];
    return bucket === undefined || key === undefined ? null : { kind: "s3", bucket, key };
  }
  if (scheme === "https") {
    return URL.canParse(uri) ? { kind: "https", url: new URL(uri) } : null;
  }
  throw new FileRefusedError(`Unknown external resource URI scheme: '${scheme}'`);
}

/** The name of the file at an address; an uploaded one has the name it came with. */
export function filenameAt(address: Exclude<FileAddress, { readonly kind: "uploaded" }>): string {
  const path = address.kind === "s3" ? address.key : decodePath(address.url.pathname);
  return (path.split("/").at(-1) ?? "").slice(-filenameCharactersMax).replaceAll("\0", "");
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A percent sign that stands for itself.
    return path;
  }
}

/** Refuses a name with another extension than these, which are compared exactly. @throws {FileRefusedError} */
export function refuseExtension(filename: string, extensions: readonly string[]): void {
  const extension = /\.[^.]*$/.exec(filename)?.[0] ?? "";
  if (!extensions.includes(extension))
    throw new FileRefusedError(`Unsupported file extension: '${extension}'`);
}

/** The refusal of a field whose file cannot be taken. */
export function fileRefusal(field: string, detail: string): Refusal {
  return { kind: "invalid", code: "file_refused", field, detail };
}
