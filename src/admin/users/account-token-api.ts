/** The operators' door to API tokens: one's own, by the console, and those of accounts. */
import { type Static, Type } from "typebox";
import { invariant, OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import { grantorOf } from "../roles/caller-grantor-api.ts";
import { type ApiToken, isExpired, tokenNameCharactersMax } from "../tokens/api-token.ts";
import {
  apiTokenUnknown,
  createApiToken,
  revokeApiToken,
  type TokenDeps,
} from "../tokens/api-token-operations.ts";
import { findAccountIdOfToken, listApiTokens } from "../tokens/api-token-store.ts";
import { accountUnknown, tokenForPerson } from "./account.ts";
import { accountIdOf, lockTouchable } from "./account-change-operations.ts";
import { findListedAccount } from "./account-store.ts";

const Body = Type.Object({
  name: Type.Optional(Type.String({ maxLength: tokenNameCharactersMax })),
  expiry: Type.Optional(nullable(timestamp())),
});

const members = {
  id: Type.String({ format: "uuid" }),
  name: Type.String(),
  expiry: nullable(timestamp()),
  is_expired: Type.Boolean(),
  created_at: timestamp(),
};
const View = Type.Object(members);
const CreatedView = Type.Object({
  ...members,
  key: Type.String({ description: "For `Authorization: Token <key>`; in this answer alone." }),
});

function view(token: ApiToken, at: Date): Static<typeof View> {
  return {
    id: token.id,
    name: token.name,
    expiry: wireTime(token.expiry),
    is_expired: isExpired(token.expiry, at),
    created_at: wireTime(token.createdAt),
  };
}

async function listTokens(op: ReadOperation, accountId: number): Promise<Static<typeof View>[]> {
  return (await listApiTokens(op.tx, accountId)).map((token) => view(token, op.at));
}

type Owner = { readonly id: number; readonly username: string; readonly isServiceAccount: boolean };

async function createToken(
  op: Operation,
  deps: TokenDeps,
  { account, body }: { readonly account: Owner; readonly body: Static<typeof Body> },
): Promise<Static<typeof CreatedView>> {
  const expiry = typeof body.expiry === "string" ? new Date(body.expiry) : null;
  const { token, key } = await createApiToken(op, deps, { account, name: body.name ?? "", expiry });
  return { ...view(token, op.at), key: key.reveal() };
}

const ownList = { path: "/api/session/api_tokens/", view: "own_api_tokens" } as const;
const own = { access: { special: "session" }, summary: "Own API Token List" } as const;
const list = { path: "/api/accounts/users/:id/api_tokens/", view: "api_tokens" } as const;

/** Own tokens are made by the console alone, so that none begets others; those of service accounts by permission. */
export const accountTokenEndpoints: readonly Endpoint<TokenDeps>[] = [
  readEndpoint({
    ...ownList,
    ...own,
    method: "GET",
    operationId: "listOwnApiTokens",
    response: { status: 200, schema: View },
    list: "array",
    handle: (_, op, { caller }) => listTokens(op, Number(caller?.id)),
  }),
  writeEndpoint({
    ...ownList,
    ...own,
    method: "POST",
    operationId: "createOwnApiToken",
    body: Body,
    response: { status: 201, schema: CreatedView },
    handle: (deps, op, { caller, body }) => {
      invariant(caller !== null, "The door lets sessions through alone");
      const account = { id: Number(caller.id), username: caller.name, isServiceAccount: false };
      return createToken(op, deps, { account, body });
    },
  }),
  writeEndpoint({
    ...own,
    method: "DELETE",
    path: "/api/session/api_tokens/:uuid/",
    view: "own_api_token",
    operationId: "revokeOwnApiToken",
    summary: "Own API Token Detail",
    response: { status: 204, schema: null },
    handle: (_, op, { caller, params }) =>
      revokeApiToken(op, asUuid<"ApiToken">(params.uuid), Number(caller?.id)),
  }),
  readEndpoint({
    ...list,
    method: "GET",
    operationId: "listApiTokens",
    access: "accounts.view_apitoken",
    summary: "API Token List",
    response: { status: 200, schema: View },
    list: "array",
    handle: async (_, op, { params }) => {
      const account = await findListedAccount(op.tx, accountIdOf(params.id));
      if (account === null) throw new OperationRefused(accountUnknown);
      return listTokens(op, account.id);
    },
  }),
  writeEndpoint({
    ...list,
    method: "POST",
    operationId: "createApiToken",
    access: "accounts.add_apitoken",
    summary: "API Token List",
    description: "For service accounts that may do no more than the caller; people make their own.",
    body: Body,
    response: { status: 201, schema: CreatedView },
    handle: async (deps, op, { params, body, caller }) => {
      const { account } = await lockTouchable(op, accountIdOf(params.id), grantorOf(caller));
      if (!account.isServiceAccount) throw new OperationRefused(tokenForPerson);
      return createToken(op, deps, { account, body });
    },
  }),
  writeEndpoint({
    method: "DELETE",
    path: "/api/accounts/api_tokens/:uuid/",
    view: "api_token",
    operationId: "revokeApiToken",
    access: "accounts.delete_apitoken",
    summary: "API Token Detail",
    response: { status: 204, schema: null },
    description: "Of accounts that may do no more than the caller.",
    handle: async (_, op, { params, caller }) => {
      const id = asUuid<"ApiToken">(params.uuid);
      const accountId = await findAccountIdOfToken(op.tx, id);
      if (accountId === null) throw new OperationRefused(apiTokenUnknown);
      const { account } = await lockTouchable(op, accountIdOf(accountId), grantorOf(caller));
      await revokeApiToken(op, id, account.id);
    },
  }),
];
