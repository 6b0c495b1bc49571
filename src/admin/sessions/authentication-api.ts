/** Joins tokens and sessions to the HTTP server: what `createHttpServer` is given as `authenticate`. */
import type { Authenticate, Caller, Credentials } from "#platform/http/authenticate.ts";
import type { OperationSource } from "#platform/operation.ts";
import { hasPermission } from "../roles/role.ts";
import { readAuthorization, tokenTexts } from "../tokens/api-token.ts";
import { createTokenAuthentication } from "../tokens/token-authentication-api.ts";
import { csrfText } from "./session.ts";
import type { SessionCookie } from "./session-cookie.ts";
import { findLiveSession, noteSessionSeen, sessionUser } from "./session-operations.ts";
import type { SessionAccount } from "./session-store.ts";

/** Makes the authentication of API requests: a token when one is sent, whatever cookies come with it; else a session. */
export function createAuthentication(source: OperationSource, cookie: SessionCookie): Authenticate {
  const authenticateToken = createTokenAuthentication(source);
  return async (credentials) => {
    const key = cookie.read(credentials.cookie);
    if (key === null || hasToken(credentials)) return authenticateToken(credentials);
    const session = await findLiveSession(source.database, key, source.clock.now());
    if (session === null || !session.isOpen) return { unauthenticated: true, detail: tokenTexts.absent };
    const failure = csrfText(credentials, key);
    if (failure !== null) return { csrfFailed: true, detail: failure };
    await noteSessionSeen(source, session);
    return callerOf(session);
  };
}

/** Another scheme counts as no credentials (http-api 1.2). */
function hasToken({ authorization }: Credentials): boolean {
  const read = readAuthorization(authorization);
  return !("refused" in read) || read.refused !== tokenTexts.absent;
}

function callerOf(session: SessionAccount): Caller {
  const account = { isSuperuser: session.isSuperuser, permissions: new Set(session.permissions) };
  return {
    kind: "user",
    id: String(session.accountId),
    name: session.username,
    account: sessionUser({ ...session, id: session.accountId }, session.isMfaAuthenticated),
    hasPermission: (codename) => hasPermission(account, codename),
    session: { id: session.id, isLocked: session.mustChangePassword },
  };
}
