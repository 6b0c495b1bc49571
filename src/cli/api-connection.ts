/** Talks to the API of a server: a token, a time limit, and errors in the server's own words. */
import { isLoopbackHost } from "#platform/config-values.ts";
import type { Secret } from "#platform/secret.ts";
import { type ApiRequest, CliUsageError } from "./request.ts";

/** How long a server may take to answer. */
export const answerSecondsMax = 60;
/** How long it may take with a file. */
export const uploadSecondsMax = 6 * 60 * 60;
/** Most pages that `--all` follows. */
export const pagesMax = 10_000;

export type Server = { readonly url: URL; readonly token: Secret<string> };

export type ApiAnswer = { readonly status: number; readonly body: Buffer };

/** The server refused the request; the message says what it said. */
export class ApiRefusedError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiRefusedError";
    this.status = status;
  }
}

/** The server cannot be reached, or failed itself. */
export class ServerFailedError extends Error {}

/** Reads the address of a server. A token is not sent where everybody on the way can read it. @throws {CliUsageError} */
export function parseServerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopbackHost(url.hostname));
  if (url === null || !isSafe) {
    throw new CliUsageError(`"${text}" is not an https URL (http is for this machine alone)`);
  }
  return url;
}

/** Sends one request. @throws {ApiRefusedError} for 4xx; {ServerFailedError} for everything else that is no success */
export async function sendRequest(server: Server, request: ApiRequest): Promise<ApiAnswer> {
  const answer = await exchange(server, request);
  if (answer.status >= 200 && answer.status < 300) return answer;
  const message = describeRefusal(answer);
  if (answer.status >= 400 && answer.status < 500) throw new ApiRefusedError(answer.status, message);
  throw new ServerFailedError(`The server answered ${answer.status}: ${message}`);
}

async function exchange(server: Server, { method, target, body }: ApiRequest): Promise<ApiAnswer> {
  try {
    const response = await fetch(new URL(target, server.url), {
      method,
      headers: {
        authorization: `Token ${server.token.reveal()}`,
        // A form names its type itself, with the boundary that it has chosen.
        ...(typeof body === "string" ? { "content-type": "application/json" } : {}),
      },
      body,
      redirect: "error",
      signal: AbortSignal.timeout((body instanceof FormData ? uploadSecondsMax : answerSecondsMax) * 1000),
    });
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new ServerFailedError(`Cannot reach ${server.url.origin}: ${cause}`, { cause: error });
  }
}

/** All rows of a list: of this page, or of every page. Of a bare array there is one page. */
export async function listRows(
  server: Server,
  request: ApiRequest,
  { isAll }: { readonly isAll: boolean },
): Promise<{ readonly rows: readonly unknown[]; readonly hasMore: boolean }> {
  const rows: unknown[] = [];
  let target: string | null = request.target;
  for (let pages = 0; target !== null; pages++) {
    if (pages >= pagesMax) throw new ServerFailedError(`There are more than ${pagesMax} pages`);
    const page = readPage(parseAnswer(await sendRequest(server, { ...request, target })), server.url);
    rows.push(...page.rows);
    target = page.next;
    if (!isAll) break;
  }
  return { rows, hasMore: target !== null };
}

function readPage(
  answer: unknown,
  url: URL,
): { readonly rows: readonly unknown[]; readonly next: string | null } {
  if (Array.isArray(answer)) return { rows: answer, next: null };
  const { results, next } = answer as { readonly results?: unknown; readonly next?: unknown };
  if (!Array.isArray(results)) throw new ServerFailedError("The server answered something that is no list");
  // Only path and query count: wherever the link points, the token goes to the server that was named.
  const link = typeof next === "string" ? new URL(next, url) : null;
  return { rows: results, next: link === null ? null : `${link.pathname}${link.search}` };
}

/** Reads JSON. @throws {ServerFailedError} */
export function parseAnswer({ body }: ApiAnswer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new ServerFailedError("The server answered something that is not JSON", { cause: error });
  }
}

/** `field: text` for each thing that is wrong; the plain text of a detail. */
function describeRefusal(answer: ApiAnswer): string {
  try {
    return flatten(JSON.parse(answer.body.toString("utf8")), "").join("\n") || `${answer.status}`;
  } catch {
    // A proxy in between answers with pages of its own.
    return `${answer.status} ${answer.body.toString("utf8", 0, 200)}`.trim();
  }
}

function flatten(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => flatten(item, path));
  if (typeof value !== "object" || value === null)
    return [path === "" ? String(value) : `${path}: ${String(value)}`];
  return Object.entries(value).flatMap(([key, member]) => {
    const isUnnamed = ["detail", "non_field_errors", "error"].includes(key);
    return flatten(member, isUnnamed ? path : path === "" ? key : `${path}.${key}`);
  });
}
