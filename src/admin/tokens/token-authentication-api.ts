/** Joins API tokens to the HTTP server: what `createHttpServer` is given as `authenticate`. */
import type { Database } from "#platform/db/database.ts";
import type { Clock } from "#platform/clock.ts";
import type { Authenticate, Caller } from "#platform/http/authenticate.ts";
import { hasPermission } from "../roles/role.ts";
import { authenticateToken } from "./api-token-operations.ts";
import type { TokenAccount } from "./api-token-store.ts";

/** Makes the authentication of API requests by token. */
export function createTokenAuthentication(source: {
  readonly database: Database;
  readonly clock: Clock;
}): Authenticate {
  return async ({ authorization }) => {
    const found = await authenticateToken(source.database, authorization, source.clock.now());
    return "refused" in found ? { unauthenticated: true, detail: found.refused } : callerOf(found);
  };
}

function callerOf(found: TokenAccount): Caller {
  const account = { isSuperuser: found.isSuperuser, permissions: new Set(found.permissions) };
  return {
    kind: found.isServiceAccount ? "service_account" : "user",
    id: String(found.accountId),
    name: found.username,
    account: auditUser(found),
    hasPermission: (codename) => hasPermission(account, codename),
  };
}

/** The `user` of audit events (http-api 1.15). */
function auditUser(found: TokenAccount): Readonly<Record<string, unknown>> {
  return {
    id: found.accountId,
    username: found.username,
    email: found.email,
    is_remote: false,
    is_service_account: found.isServiceAccount,
    is_superuser: found.isSuperuser,
    session: {
      mfa_authenticated: false,
      is_remote: false,
      token_authenticated: true,
      token: { pk: found.tokenId },
    },
  };
}
