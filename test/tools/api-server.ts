/** Serves some endpoints over real HTTP for a test file, with a caller whose permissions the test chooses. */
import { afterAll, beforeAll } from "vitest";
import type { BoundEndpoint } from "#platform/http/endpoint.ts";
import { createHttpServer, type HttpServer } from "#platform/http/http-server.ts";
import type { TestDatabase } from "./test-database.ts";

export type ApiAnswer = { readonly status: number; readonly body: unknown };

export type ApiServer = {
  /** Calls as an account that holds every permission, unless `permissions` names the ones it holds. */
  readonly call: (
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly permissions?: readonly string[] },
  ) => Promise<ApiAnswer>;
  /** Asks for what is no JSON, or is read as it comes. */
  readonly open: (
    path: string,
    options?: { readonly signal?: AbortSignal; readonly permissions?: readonly string[] },
  ) => Promise<Response>;
};

/** Who calls: an account without a console session, unless told otherwise. */
export type ApiCallers = {
  readonly session?: { readonly id: string; readonly isLocked: boolean };
  readonly accountId?: string;
};

/** Starts the server before the tests of a file and closes it after them. */
export function useApiServer(
  database: TestDatabase,
  endpoints: () => readonly BoundEndpoint[],
  { session, accountId = "1" }: ApiCallers = {},
): ApiServer {
  let server: HttpServer | undefined;
  let origin = "";
  beforeAll(async () => {
    server = createHttpServer({
      source: database.source,
      endpoints: endpoints(),
      rawRoutes: [],
      // Clients keep spare connections open, which a server waits for.
      limits: { closeSecondsMax: 1 },
      // The token of a test is the list of its permissions.
      authenticate: async ({ authorization }) => ({
        kind: "user",
        id: accountId,
        name: "t",
        account: { id: 1, username: "t" },
        hasPermission: (codename) =>
          authorization === undefined || authorization.split(" ").includes(codename),
        ...(session === undefined ? {} : { session }),
      }),
    });
    origin = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
  });
  afterAll(() => server?.close());
  return {
    open: (path, { signal, permissions } = {}) =>
      fetch(origin + path, {
        ...(signal === undefined ? {} : { signal }),
        headers: permissions === undefined ? {} : { authorization: `Token ${permissions.join(" ")}` },
      }),
    call: async (method, path, { body, permissions } = {}) => {
      const headers: Record<string, string> = {};
      if (body !== undefined) headers["content-type"] = "application/json";
      if (permissions !== undefined) headers["authorization"] = `Token ${permissions.join(" ")}`;
      const response = await fetch(origin + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    },
  };
}
