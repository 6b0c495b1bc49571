/**
 * Archives of gigabytes are read by the few ranges that matter. A reader is a generator: it asks for a range and is given
 * the bytes, so that the same reader runs over a file, or over bytes in memory.
 */
import { open } from "node:fs/promises";
import { inflateRawSync, inflateSync } from "node:zlib";

export type ByteRange = { readonly offset: number; readonly length: number };

/** Asks for ranges, answers with what it read. */
export type RangeSteps<T> = Generator<ByteRange, T, Buffer>;

export type ArchiveErrorCode = "archive_malformed" | "archive_too_large" | "archive_unsupported";

/** Bytes that are no archive of the kind, beyond a limit, or made in a way that is not read here. */
export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode;
  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ArchiveError";
    this.code = code;
  }
}

/** For what is wrong with the bytes themselves. */
export function malformedArchive(message: string, options?: ErrorOptions): ArchiveError {
  return new ArchiveError("archive_malformed", message, options);
}

/** Asks for one range of a file of `size` bytes. @throws {ArchiveError} when any of it lies outside the file */
export function* readRange(size: number, { offset, length }: ByteRange): RangeSteps<Buffer> {
  const isInside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!isInside || offset + length > size) throw malformedArchive("The archive points outside itself");
  return length === 0 ? Buffer.alloc(0) : yield { offset, length };
}

/** Runs a reader over a file. The file must not change meanwhile. */
export async function readFileRanges<T>(path: string, steps: (size: number) => RangeSteps<T>): Promise<T> {
  const file = await open(path, "r");
  try {
    const reading = steps((await file.stat()).size);
    let step = reading.next();
    while (step.done !== true) {
      const { offset, length } = step.value;
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      if (bytesRead < length) throw malformedArchive("The file ends early");
      step = reading.next(bytes);
    }
    return step.value;
  } finally {
    await file.close();
  }
}

/** Runs a reader over bytes in memory. */
export function readByteRanges<T>(bytes: Buffer, steps: (size: number) => RangeSteps<T>): T {
  const reading = steps(bytes.length);
  let step = reading.next();
  while (step.done !== true) {
    const { offset, length } = step.value;
    step = reading.next(bytes.subarray(offset, offset + length));
  }
  return step.value;
}

/**
 * Inflates bytes whose inflated size was announced: a bomb stops at the size it lied about.
 *
 * @throws {ArchiveError} For damaged data and for any other size than the announced one.
 */
export function inflateExactly(
  bytes: Buffer,
  { format, size }: { readonly format: "zlib" | "raw"; readonly size: number },
): Buffer {
  const inflate = format === "zlib" ? inflateSync : inflateRawSync;
  let inflated: Buffer;
  try {
    inflated = inflate(bytes, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    throw malformedArchive("The archive has compressed data that does not inflate", { cause: error });
  }
  if (inflated.length !== size) throw malformedArchive("The archive lies about a size");
  return inflated;
}
