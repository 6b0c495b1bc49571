/** One file in a request (`multipart/form-data`, RFC 7578), read as it arrives and never held whole. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";
import { OperationRefused } from "../errors.ts";
import { malformedRequestProblem, mediaTypeProblem, type Problem } from "./problem.ts";

/** A file that arrives. Its chunks end with an error when the connection does, or when nothing comes for too long. */
export type Upload = { readonly filename: string; readonly chunks: AsyncIterable<Uint8Array> };

/** Longest time that an upload may take: a large package over a slow line. */
export const uploadSecondsMax = 6 * 60 * 60;
/** Longest silence within one. */
export const uploadSilenceSecondsMax = 60;
/** Parts in front of the file: what forms of browsers send along, which nobody reads. */
const partsMax = 20;
const fieldBytesMax = 1024;
const headerPairsMax = 20;

/** Answers of an upload without a file, as for any field that is missing. */
export const noFileProblem: Problem = { status: 400, body: { file: ["This field is required."] } };

/**
 * Waits for the first file of a request; its other parts are passed over.
 *
 * @returns The file, to be read to its end before the answer; or what is wrong with the request.
 */
export async function openUpload(
  request: IncomingMessage,
  contentType: string | undefined,
): Promise<Upload | { readonly problem: Problem }> {
  if (!/^multipart\/form-data\s*;/i.test(contentType ?? "")) {
    return { problem: mediaTypeProblem(contentType ?? "") };
  }
  const parser = createParser(contentType ?? "");
  if (parser === null) return { problem: malformedRequestProblem };
  const { promise, resolve } = Promise.withResolvers<Upload | { readonly problem: Problem }>();
  parser.on("file", (_name, file, filename) => {
    // The name only ever labels the file; a path in front of it is none of our business.
    const label = filename?.split(/[/\\]/).at(-1) ?? "";
    resolve({ filename: label, chunks: readChunks(request, file) });
  });
  parser.on("error", () => resolve({ problem: malformedRequestProblem }));
  parser.on("finish", () => resolve({ problem: noFileProblem }));
  request.once("error", () => resolve({ problem: malformedRequestProblem }));
  request.pipe(parser);
  const opened = await promise;
  if ("problem" in opened) discardRest(request, parser);
  return opened;
}

function createParser(contentType: string): BusboyInstance | null {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: {
        files: 1,
        fields: partsMax,
        parts: partsMax,
        fieldSize: fieldBytesMax,
        headerPairs: headerPairsMax,
      },
    });
  } catch {
    // A content type without a boundary.
    return null;
  }
}

async function* readChunks(request: IncomingMessage, file: BusboyFileStream): AsyncGenerator<Uint8Array> {
  const silence = setTimeout(() => void file.destroy(incomplete()), uploadSilenceSecondsMax * 1000);
  request.once("close", () => {
    if (!request.complete) file.destroy(incomplete());
  });
  try {
    for await (const chunk of file as Readable) {
      silence.refresh();
      yield chunk as Uint8Array;
    }
  } catch (error) {
    // The parser's own errors tell of the end that is missing, which is the client's fault.
    throw error instanceof OperationRefused ? error : incomplete();
  } finally {
    clearTimeout(silence);
    request.unpipe();
    request.resume();
  }
}

function incomplete(): OperationRefused {
  const detail = "The file did not arrive whole.";
  return new OperationRefused({ kind: "invalid", code: "upload_incomplete", field: "file", detail });
}

/** What is left is read and thrown away, so that the client comes to read the answer. */
function discardRest(request: IncomingMessage, parser: BusboyInstance): void {
  request.unpipe(parser);
  request.resume();
}
