/** The console's door to the second half of a login. */
import { Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import type { Credentials } from "#platform/http/authenticate.ts";
import { type Endpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { HeadedAnswer } from "#platform/http/headed-answer.ts";
import { type ReadOperation, operate } from "#platform/operation.ts";
import { relyingPartyOf } from "./passkey.ts";
import {
  askForPasskey,
  type FactorDeps,
  type Proof,
  verifySecondFactor,
} from "./second-factor-operations.ts";
import { csrfText, noPendingSession } from "./session.ts";
import {
  answerWithKey,
  findCookieSession,
  refuseForgery,
  type SessionApiDeps,
  SessionView,
} from "./session-api.ts";
import type { SessionAccount } from "./session-store.ts";
import { nothingToVerify } from "./verification-device.ts";

export type FactorApiDeps = SessionApiDeps & FactorDeps;

const Body = Type.Object({
  code: Type.Optional(Type.String({ maxLength: 20, description: "Of an app with one-time codes." })),
  assertion: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: "The `AuthenticationResponseJSON` of a passkey.",
    }),
  ),
});

/** The session that waits for its second factor. */
async function pendingSession(
  deps: SessionApiDeps,
  op: ReadOperation,
  credentials: Credentials,
): Promise<SessionAccount> {
  const found = await findCookieSession(deps, op, credentials);
  if (found === null || found.account.isOpen) throw new OperationRefused(noPendingSession);
  refuseForgery(csrfText(credentials, found.key));
  return found.account;
}

function proofOf(
  { code, assertion }: { readonly code?: string; readonly assertion?: Readonly<Record<string, unknown>> },
  { ownOrigin }: Credentials,
): Proof {
  if (assertion !== undefined) return { kind: "webauthn", assertion, party: relyingPartyOf(ownOrigin) };
  if (code === undefined) throw new OperationRefused(nothingToVerify);
  return { kind: "totp", code };
}

const access = { special: "public" } as const;

/** Asking for the second factor, and judging it. */
export const secondFactorEndpoints: readonly Endpoint<FactorApiDeps>[] = [
  writeEndpoint({
    method: "POST",
    path: "/api/session/second_factor/",
    operationId: "verifySecondFactor",
    view: "second_factor",
    access,
    summary: "Second Factor",
    description:
      "Completes a login whose answer named `second_factor` kinds: with a code, or with a passkey's answer. The session " +
      "gets a new cookie and a new CSRF token.",
    body: Body,
    response: { status: 200, schema: SessionView },
    prepare: async (deps, op, { body, credentials }) => {
      const session = await pendingSession(deps, op, credentials);
      return verifySecondFactor(deps, op.actor, { session, proof: proofOf(body, credentials) });
    },
    handle: (deps, op, { prepared }): Promise<HeadedAnswer> => answerWithKey(deps, op, prepared),
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/session/second_factor/options/",
    operationId: "askForPasskey",
    view: "second_factor_options",
    access,
    summary: "Passkey Request",
    description: "The `PublicKeyCredentialRequestOptionsJSON` for the browser; its challenge counts once.",
    response: { status: 200, schema: null },
    prepare: async (deps, op, { credentials }) => {
      const session = await pendingSession(deps, op, credentials);
      const party = relyingPartyOf(credentials.ownOrigin);
      return operate(deps.source, op.actor, (own) => askForPasskey(own, session, party));
    },
    handle: async (_, _op, { prepared }) => prepared,
  }),
];
