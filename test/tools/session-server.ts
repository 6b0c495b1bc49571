/** A server with the endpoints of sessions and accounts alone, and browsers that talk to it. */
import { randomBytes } from "node:crypto";
import { roleEndpoints } from "#admin/roles/role-api.ts";
import { createRole } from "#admin/roles/role-operations.ts";
import { createAuthentication } from "#admin/sessions/authentication-api.ts";
import { createSessionCookie } from "#admin/sessions/session-cookie.ts";
import { ownSessionEndpoints, verificationDeviceEndpoints } from "#admin/sessions/own-account-api.ts";
import { secondFactorEndpoints } from "#admin/sessions/second-factor-api.ts";
import { sessionEndpoints } from "#admin/sessions/session-api.ts";
import type { CreateAccountInput } from "#admin/users/account.ts";
import { accountEndpoints } from "#admin/users/account-api.ts";
import { createAccount } from "#admin/users/account-operations.ts";
import { accountTokenEndpoints } from "#admin/users/account-token-api.ts";
import { bindEndpoints, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { createHttpServer } from "#platform/http/http-server.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import type { TestDatabase } from "./test-database.ts";

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  // Each test knows the shape of the answer it asked for.
  readonly body: Readonly<Record<string, unknown>>;
};

export type Browser = {
  readonly call: (
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<Reply>;
  /** The session's cookie as it is sent; null without. */
  readonly cookie: () => string | null;
  readonly setCookie: (value: string | null) => void;
  readonly logIn: (username: string, password: string) => Promise<Reply>;
};

/** Endpoints to try rights with. */
const garden = [
  readEndpoint<null>({
    method: "GET",
    path: "/api/garden/fruits/",
    operationId: "listFruits",
    view: "fruits",
    access: "garden.view_fruit",
    summary: "Fruits",
    response: { status: 200, schema: null },
    handle: async (_, op) => ({ account: op.actor.account }),
  }),
  writeEndpoint<null>({
    method: "POST",
    path: "/api/garden/fruits/",
    operationId: "addFruit",
    view: "fruits",
    access: "garden.add_fruit",
    summary: "Fruits",
    response: { status: 200, schema: null },
    handle: async () => ({}),
  }),
];

export type SessionServer = {
  readonly origin: string;
  readonly browser: () => Browser;
  readonly createAccount: (
    changes: Partial<CreateAccountInput> & { readonly username: string },
  ) => Promise<{ readonly id: number; readonly password: string; readonly token: string }>;
  readonly close: () => Promise<void>;
};

/** Starts the server on loopback, with plain HTTP. */
export async function startSessionServer(world: TestDatabase): Promise<SessionServer> {
  const baseUrl = new URL("http://localhost");
  const sessionCookie = createSessionCookie(baseUrl);
  const deps = {
    source: world.source,
    randomBytes,
    sealer: createSealer(new Secret(randomBytes(32))),
    sessionCookie,
    version: "1.2.3",
    baseUrl,
    describePermissions: () => [],
    listPermissions: () => ["garden.add_fruit", "garden.view_fruit"],
  };
  const server = createHttpServer({
    source: world.source,
    endpoints: [
      ...[sessionEndpoints, secondFactorEndpoints, ownSessionEndpoints, verificationDeviceEndpoints].flatMap(
        (endpoints) => bindEndpoints(deps, endpoints),
      ),
      ...bindEndpoints(deps, roleEndpoints),
      ...bindEndpoints(deps, accountEndpoints),
      ...bindEndpoints(deps, accountTokenEndpoints),
      ...bindEndpoints(null, garden),
    ],
    rawRoutes: [],
    checksAnswers: true,
    authenticate: createAuthentication(world.source, sessionCookie),
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const origin = `http://localhost:${port}`;
  return {
    origin,
    browser: () => createBrowser(origin, sessionCookie.name),
    createAccount: (changes) => makeAccount(world, changes),
    close: () => server.close(),
  };
}

async function makeAccount(
  world: TestDatabase,
  changes: Partial<CreateAccountInput> & { readonly username: string },
): Promise<{ readonly id: number; readonly password: string; readonly token: string }> {
  const made = await world.testOperation((op) =>
    createAccount(
      op,
      { randomBytes },
      {
        email: `${changes.username}@example.com`,
        isServiceAccount: false,
        isSuperuser: false,
        roleNames: [],
        withApiToken: true,
        apiTokenName: null,
        apiTokenExpiry: null,
        skipIfExisting: false,
        ...changes,
      },
    ),
  );
  return {
    id: made.account.id,
    password: made.oneTimePassword?.reveal() ?? "",
    token: made.apiToken?.reveal() ?? "",
  };
}

/** A browser with one cookie and the token of its page. */
export function createBrowser(origin: string, cookieName: string): Browser {
  let cookie: string | null = null;
  let csrfToken: string | null = null;
  const call: Browser["call"] = async (method, path, { body, headers = {} } = {}) => {
    const response = await fetch(new URL(path, origin), {
      method,
      headers: {
        ...(cookie === null ? {} : { cookie: `theme=dark; ${cookieName}=${cookie}` }),
        ...(csrfToken === null ? {} : { "x-csrftoken": csrfToken }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const [kept] = response.headers.getSetCookie();
    if (kept !== undefined) cookie = kept.slice(cookieName.length + 1).split(";")[0] || null;
    const text = await response.text();
    const answer = (text === "" ? {} : JSON.parse(text)) as Reply["body"];
    if ("csrf_token" in answer) csrfToken = answer["csrf_token"] as string | null;
    return { status: response.status, headers: response.headers, body: answer };
  };
  return {
    call,
    cookie: () => cookie,
    setCookie: (value) => {
      cookie = value;
    },
    logIn: (username, password) => call("POST", "/api/session/", { body: { username, password } }),
  };
}

/** Makes a role that holds some permissions. */
export async function makeRole(
  world: TestDatabase,
  name: string,
  permissions: readonly string[],
): Promise<number> {
  return (await world.testOperation((op) => createRole(op, { name, permissions }))).id;
}
