/** Writes an answer of the API: its headers, its file, its stream or its JSON. */
import type { FastifyReply } from "fastify";
import type { Answer } from "./api-call.ts";
import { FileAnswer } from "./file-answer.ts";
import { sendJson } from "./json-body.ts";
import { StreamAnswer } from "./stream-answer.ts";

/** Headers of every API answer (http-api 1.13). */
export const apiHeaders = {
  vary: "Accept",
  "cache-control": "max-age=0, no-cache, no-store, must-revalidate, private",
  "x-content-type-options": "nosniff",
} as const;

function asFile(
  reply: FastifyReply,
  { contentType, filename }: { readonly contentType: string; readonly filename: string | null },
): FastifyReply {
  reply.header("content-type", contentType);
  if (filename === null) return reply;
  const name = filename.replace(/[^A-Za-z0-9._ -]/g, "_");
  return reply.header("content-disposition", `attachment; filename="${name}"`);
}

/** Sends an answer; `allow` names the methods of its path. */
export async function sendReply(
  reply: FastifyReply,
  { status, body, headers = {} }: Answer,
  allow: string,
): Promise<FastifyReply> {
  reply.code(status).headers({ ...apiHeaders, allow, ...headers });
  if (body instanceof FileAnswer) return asFile(reply, body).send(body.bytes);
  if (body instanceof StreamAnswer) {
    if (reply.request.method !== "HEAD") return asFile(reply, body).send(body.stream);
    body.stream.destroy();
    return asFile(reply, body).send();
  }
  if (status === 204 || (body === undefined && status < 300)) return reply.send();
  return sendJson(reply, body ?? null);
}
