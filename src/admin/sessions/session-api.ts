/** The console's door to sessions: who is logged in, login and logout. */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import type { Credentials } from "#platform/http/authenticate.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { HeadedAnswer } from "#platform/http/headed-answer.ts";
import { nullable } from "#platform/http/wire-fields.ts";
import { type ReadOperation, operate } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import { csrfText, csrfTokenOf, foreignOriginText } from "./session.ts";
import type { SessionCookie } from "./session-cookie.ts";
import { type SessionDeps, findLiveSession, logIn, logOut } from "./session-operations.ts";
import type { SessionAccount } from "./session-store.ts";

export type SessionApiDeps = SessionDeps & {
  readonly sessionCookie: SessionCookie;
  /** The version of this server. */
  readonly version: string;
  /** Every permission that endpoints ask for; what superusers hold. */
  readonly listPermissions: () => readonly string[];
};

export const SessionView = Type.Object({
  authenticated: Type.Boolean({ description: "Whether somebody is logged in, second factor included." }),
  account: nullable(
    Type.Object({
      id: Type.Integer(),
      username: Type.String(),
      email: Type.String(),
      is_superuser: Type.Boolean(),
      must_change_password: Type.Boolean({
        description: "Nothing else works until `PUT /api/session/password/`.",
      }),
      permissions: Type.Array(Type.String(), { description: "Of superusers: all that endpoints ask for." }),
    }),
  ),
  csrf_token: nullable(
    Type.String({ description: "For the header `X-CSRFToken` of what changes something." }),
  ),
  second_factor: nullable(
    Type.Object(
      { kinds: Type.Array(Type.Union([Type.Literal("totp"), Type.Literal("webauthn")])) },
      {
        description: "Set while the password was right and the second factor is awaited.",
      },
    ),
  ),
  version: Type.String(),
});

const LoginBody = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 150 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
});

/** The answer about a session; null for none. */
export function sessionView(
  deps: SessionApiDeps,
  session: { readonly account: SessionAccount; readonly key: string } | null,
): Static<typeof SessionView> {
  const isOpen = session?.account.isOpen ?? false;
  return {
    authenticated: isOpen,
    account: session === null || !isOpen ? null : accountView(deps, session.account),
    csrf_token: session === null ? null : csrfTokenOf(session.key),
    second_factor: session === null || isOpen ? null : { kinds: [...session.account.factorKinds] },
    version: deps.version,
  };
}

function accountView(
  { listPermissions }: SessionApiDeps,
  session: SessionAccount,
): NonNullable<Static<typeof SessionView>["account"]> {
  return {
    id: session.accountId,
    username: session.username,
    email: session.email,
    is_superuser: session.isSuperuser,
    must_change_password: session.mustChangePassword,
    permissions: [...(session.isSuperuser ? listPermissions() : session.permissions)],
  };
}

/** The answer about a new key, which the browser shall keep. */
export async function answerWithKey(
  deps: SessionApiDeps,
  op: Pick<ReadOperation, "tx" | "at">,
  key: Secret<string>,
): Promise<HeadedAnswer> {
  const account = await findLiveSession(op.tx, key.reveal(), op.at);
  const view = sessionView(deps, account === null ? null : { account, key: key.reveal() });
  return new HeadedAnswer(view, deps.sessionCookie.keep(key.reveal()));
}

/** The session that a request brings, open or not. */
export async function findCookieSession(
  deps: SessionApiDeps,
  op: Pick<ReadOperation, "tx" | "at">,
  credentials: Credentials,
): Promise<{ readonly account: SessionAccount; readonly key: string } | null> {
  const key = deps.sessionCookie.read(credentials.cookie);
  const account = key === null ? null : await findLiveSession(op.tx, key, op.at);
  return key === null || account === null ? null : { account, key };
}

/** Public endpoints are not guarded by the door. */
export function refuseForgery(text: string | null): void {
  if (text !== null) throw new OperationRefused({ kind: "forbidden", code: "csrf_failed", detail: text });
}

const place = { path: "/api/session/", view: "session", access: { special: "public" } } as const;
const answer = { status: 200, schema: SessionView } as const;

/** Who is logged in, login, logout. */
export const sessionEndpoints: readonly Endpoint<SessionApiDeps>[] = [
  readEndpoint({
    ...place,
    method: "GET",
    operationId: "readSession",
    summary: "Session",
    description: "Who is logged in with the cookie of this request; answered to anybody.",
    response: answer,
    handle: async (deps, op, { credentials }) =>
      sessionView(deps, await findCookieSession(deps, op, credentials)),
  }),
  writeEndpoint({
    ...place,
    method: "POST",
    operationId: "logIn",
    summary: "Login",
    description:
      "Begins a session and sets its cookie. With a second factor the session is not authenticated until " +
      "`POST /api/session/second_factor/`. Too many failures are answered 429 with `Retry-After`.",
    body: LoginBody,
    response: answer,
    prepare: async (deps, op, { body, credentials }) => {
      refuseForgery(foreignOriginText(credentials));
      const login = { username: body.username, password: new Secret(body.password) };
      return logIn(deps, op.actor, { ...login, oldKey: deps.sessionCookie.read(credentials.cookie) });
    },
    handle: (deps, op, { prepared }) => answerWithKey(deps, op, prepared),
  }),
  writeEndpoint({
    ...place,
    method: "DELETE",
    operationId: "logOut",
    summary: "Logout",
    description: "Ends the session of the cookie, if there is one.",
    response: answer,
    prepare: async (deps, op, { credentials }) => {
      refuseForgery(foreignOriginText(credentials));
      const session = await findCookieSession(deps, op, credentials);
      if (session === null) return;
      refuseForgery(csrfText(credentials, session.key));
      const { accountId, username } = session.account;
      const actor = { ...op.actor, id: String(accountId), name: username };
      await operate(deps.source, actor, (own) => logOut(own, session.account));
    },
    handle: async (deps) => new HeadedAnswer(sessionView(deps, null), deps.sessionCookie.forget()),
  }),
];
