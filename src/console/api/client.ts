/** The HTTP API, typed by openapi.json. Every request of the console goes through here. */
import createClient, { type Middleware } from "openapi-fetch";
import { failureTexts } from "../texts/failures.ts";
import { ApiFailure, readFailure } from "./failure.ts";
import type { paths } from "./generated/schema.d.ts";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** The token that shows the server that a request comes from this page; set whenever a session answer brings one. */
let csrfToken: string | null = null;

/** Takes the token of the present session; null after a logout. */
export function keepCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** The same for requests that neither client below makes. */
export function currentCsrfToken(): string | null {
  return csrfToken;
}

const withCsrfToken: Middleware = {
  onRequest: ({ request }) => {
    if (csrfToken !== null && !safeMethods.has(request.method)) request.headers.set("X-CSRFToken", csrfToken);
    return request;
  },
};

export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "http://localhost",
  credentials: "same-origin",
  headers: { Accept: "application/json" },
  // Repeated filters are repeated parameters: ?tags=1&tags=2.
  querySerializer: { array: { style: "form", explode: true } },
});
api.use(withCsrfToken);

type Answer<Data> = { readonly data?: Data; readonly error?: unknown; readonly response: Response };

/**
 * The data of an answer.
 *
 * @throws {ApiFailure} For every answer that is no success, and when none came.
 */
export async function unwrap<Data>(pending: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await pending.catch(() => {
    throw new ApiFailure(0, failureTexts.unreachable);
  });
  if (!response.ok) throw readFailure(response.status, error);
  return data as Data;
}

/** Requests outside the typed client: uploads and downloads. Same session, same errors. */
export async function requestRaw(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (csrfToken !== null && !safeMethods.has(init.method ?? "GET")) headers.set("X-CSRFToken", csrfToken);
  const response = await fetch(path, { ...init, headers, credentials: "same-origin" }).catch(() => {
    throw new ApiFailure(0, failureTexts.unreachable);
  });
  if (response.ok) return response;
  throw readFailure(response.status, await response.json().catch(() => null));
}

/** A JSON request whose path the typed client does not know at build time. The caller answers for the type. */
export async function requestJson<Answered>(method: string, path: string, body?: unknown): Promise<Answered> {
  const response = await requestRaw(path, {
    method,
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (response.status === 204 ? undefined : await response.json()) as Answered;
}
