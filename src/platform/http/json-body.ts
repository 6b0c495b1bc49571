/** JSON in and out: strict, UTF-8, bounded depth; an empty body is `{}` (http-api 1.8). */
import type { FastifyReply } from "fastify";
import { type Problem, mediaTypeProblem, parseProblem } from "./problem.ts";

/**
 * Deepest nesting of a body; declarations and manifests stay far below, and nothing after this recurses
 * deeper.
 */
export const jsonDepthMax = 64;

export type JsonBody = { readonly value: unknown } | { readonly problem: Problem };

/** Parses a body. Of duplicate names the last wins; NaN and Infinity are refused. */
export function parseJsonBody(bytes: Buffer, contentType: string | undefined): JsonBody {
  if (bytes.length === 0) return { value: {} };
  const [mediaType = ""] = (contentType ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json")
    return { problem: mediaTypeProblem(contentType ?? "") };
  if (isTooDeep(bytes)) return { problem: parseProblem(`nested deeper than ${jsonDepthMax} levels`) };
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown };
  } catch (error) {
    // Both name what is wrong with the caller's own bytes.
    return { problem: parseProblem(error instanceof Error ? error.message : "malformed") };
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside strings; done before parsing so that no code sees a deeper value. */
function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (isInString) {
      if (byte === backslash) index++;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) isInString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > jsonDepthMax) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

/**
 * Sends a JSON answer; as bytes, because the framework would add a charset that JSON does not have (RFC 8259,
 * 11).
 */
export function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.header("content-type", "application/json").send(Buffer.from(JSON.stringify(body)));
}
