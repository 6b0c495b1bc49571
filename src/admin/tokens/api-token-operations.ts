/** Making API tokens, and telling who a token speaks for. */
import { randomUUID } from "node:crypto";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, type Refusal, throwIfRefused } from "#platform/errors.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import {
  type ApiToken,
  type ApiTokenId,
  type TokenOwner,
  generateKey,
  hashKey,
  isExpired,
  readAuthorization,
  refuseToken,
  tokenTexts,
} from "./api-token.ts";
import { type TokenAccount, deleteApiToken, findTokenAccount, insertApiToken } from "./api-token-store.ts";

export type TokenDeps = {
  /** A cryptographic source of random bytes. */
  readonly randomBytes: (size: number) => Uint8Array;
};

export type ApiTokenInput = {
  readonly account: { readonly id: number; readonly username: string; readonly isServiceAccount: boolean };
  readonly name: string;
  readonly expiry: Date | null;
};

/** Makes a token for an account. The key is known to the caller alone and never again. */
export async function createApiToken(
  op: Operation,
  deps: TokenDeps,
  { account, name, expiry }: ApiTokenInput,
): Promise<{ readonly token: ApiToken; readonly key: Secret<string> }> {
  throwIfRefused(refuseToken({ name, expiry }, op.at));
  const owner: TokenOwner = account.isServiceAccount ? "service_account" : "user";
  const key = generateKey(owner, deps.randomBytes);
  const token: ApiToken = {
    id: asUuid<"ApiToken">(randomUUID()),
    accountId: account.id,
    hashedKey: hashKey(key),
    name,
    expiry,
    createdAt: op.at,
  };
  await insertApiToken(op.tx, token);
  op.record(tokenEvent("created", token, account.username));
  return { token, key: new Secret(key) };
}

/** The refusal of an id that names no token. */
export const apiTokenUnknown: Refusal = {
  kind: "not_found",
  code: "api_token_unknown",
  detail: "No APIToken matches the given query.",
};

/** Revokes a token of an account. */
export async function revokeApiToken(op: Operation, id: ApiTokenId, accountId: number): Promise<void> {
  const deleted = await deleteApiToken(op.tx, id, accountId);
  if (deleted === null) throw new OperationRefused(apiTokenUnknown);
  op.record(tokenEvent("deleted", deleted, deleted.username));
}

/** The event carries the hash, never the key (http-api 1.3). */
function tokenEvent(
  action: "created" | "deleted",
  token: ApiToken,
  username: string,
): ReturnType<typeof auditEvent> {
  const value = {
    pk: token.id,
    hashed_key: token.hashedKey,
    user: { pk: token.accountId, username },
    name: token.name,
    expiry: token.expiry?.toISOString() ?? null,
  };
  return auditEvent({
    action,
    model: "accounts.apitoken",
    pk: token.id,
    ...(action === "created" ? { newValue: value } : { prevValue: value }),
    objectKey: "accounts_api_token",
    app: "accounts",
  });
}

/**
 * Tells whom an `Authorization` header speaks for.
 *
 * The look-up is by hash, so the time it takes says nothing about keys that are nearly right.
 *
 * @returns The account with its permissions, or the text of the 401 (http-api 1.2).
 */
export async function authenticateToken(
  reader: Reader,
  authorization: string | undefined,
  at: Date,
): Promise<TokenAccount | { readonly refused: string }> {
  const read = readAuthorization(authorization);
  if ("refused" in read) return read;
  const found = await findTokenAccount(reader, hashKey(read.key));
  if (found === null || isExpired(found.expiry, at)) return { refused: tokenTexts.unknown };
  return found.isActive ? found : { refused: tokenTexts.inactive };
}
