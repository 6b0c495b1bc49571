/** Serves the console: its files, and its one page for every address that is no other door's. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/**
 * What the page may do: load its own files and talk to its own server. Styles are written into the page by the
 * components; icons of applications come from Apple's image servers.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: https://*.mzstatic.com",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** Addresses that are never pages of the console. */
const otherDoors = /^\/(?:api|public|mdm|scep|metrics|healthz|readyz|assets)(?:[/?]|$)/;

/** HEAD is answered like GET, without the body (RFC 9110, section 9.3.2). */
function isForPage({ method, url, headers: { accept = "" } }: FastifyRequest): boolean {
  return (method === "GET" || method === "HEAD") && accept.includes("text/html") && !otherDoors.test(url);
}

export type ConsoleFiles = {
  /** Answers the page, when the request is one for a page. */
  readonly answerPage: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | null;
};

/**
 * Serves what a build has left in a folder. Files under `assets` carry their digest in the name and are kept for good;
 * the page is asked for every time.
 *
 * @returns Null when nothing was built: the API serves all the same.
 */
export function serveConsole(app: FastifyInstance, folder: string | null): ConsoleFiles | null {
  if (folder === null || !existsSync(join(folder, "index.html"))) return null;
  app.register(fastifyStatic, {
    root: join(folder, "assets"),
    prefix: "/assets/",
    preCompressed: true,
    immutable: true,
    maxAge: "365d",
    index: false,
    setHeaders: (reply) => void reply.header("x-content-type-options", "nosniff"),
  });
  app.get("/icon.svg", (_request, reply) => reply.sendFile("icon.svg", folder, { maxAge: "1d" }));
  return {
    answerPage: (request, reply) => {
      if (!isForPage(request)) return null;
      const fresh = { maxAge: 0, immutable: false, cacheControl: false } as const;
      return reply
        .headers({ ...pageHeaders, "cache-control": "no-cache" })
        .sendFile("index.html", folder, fresh);
    },
  };
}
