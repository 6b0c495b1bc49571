/** Whoever calls, as one who grants. */
import { invariant } from "#platform/errors.ts";
import type { Caller } from "#platform/http/authenticate.ts";
import type { Grantor } from "./grant.ts";

/** The caller of an endpoint that asks for permissions. */
export function grantorOf(caller: Caller | null): Grantor {
  invariant(caller !== null, "Who grants is known");
  return { isSuperuser: caller.account["is_superuser"] === true, hasPermission: caller.hasPermission };
}
