/** The operators' door to accounts: people and service accounts. */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { foreignId, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import type { ReadOperation } from "#platform/operation.ts";
import { grantorOf } from "../roles/caller-grantor-api.ts";
import { accountUnknown, emailCharactersMax, usernameCharactersMax } from "./account.ts";
import { accountIdOf, changeAccount, createAccountFor, resetPassword } from "./account-change-operations.ts";
import type { AccountDeps } from "./account-operations.ts";
import { findListedAccount, type ListedAccount, listAccounts } from "./account-store.ts";

export type AccountApiDeps = AccountDeps & { readonly baseUrl: URL };

const rolesMax = 100;
const username = Type.String({ minLength: 1, maxLength: usernameCharactersMax });
const email = Type.String({ minLength: 1, maxLength: emailCharactersMax });
const roles = Type.Array(foreignId(), { maxItems: rolesMax });

const CreateBody = Type.Object({
  username,
  email: Type.Optional(email),
  is_service_account: Type.Optional(Type.Boolean({ default: false })),
  is_superuser: Type.Optional(Type.Boolean({ default: false })),
  roles: Type.Optional(roles),
});

const UpdateBody = Type.Object({
  username,
  email,
  is_superuser: Type.Boolean(),
  is_active: Type.Boolean({ description: "False: it can do nothing any more, and its sessions end." }),
  roles,
});

const members = {
  id: Type.Integer(),
  username: Type.String(),
  email: Type.String(),
  is_service_account: Type.Boolean(),
  is_superuser: Type.Boolean(),
  is_active: Type.Boolean(),
  must_change_password: Type.Boolean(),
  roles: Type.Array(Type.Integer()),
  verification_devices: Type.Integer({ description: "How many." }),
  last_login: nullable(timestamp()),
  created_at: timestamp(),
  updated_at: timestamp(),
};
const View = Type.Object(members);
const CreatedView = Type.Object({
  ...members,
  one_time_password: nullable(Type.String({ description: "Of people; shown this once." })),
  api_token: nullable(Type.String({ description: "Of service accounts; shown this once." })),
});

function view(account: ListedAccount): Static<typeof View> {
  return {
    id: account.id,
    username: account.username,
    email: account.email,
    is_service_account: account.isServiceAccount,
    is_superuser: account.isSuperuser,
    is_active: account.isActive,
    must_change_password: account.mustChangePassword,
    roles: [...account.roleIds],
    verification_devices: account.verificationDevicesCount,
    last_login: wireTime(account.lastLoginAt),
    created_at: wireTime(account.createdAt),
    updated_at: wireTime(account.updatedAt),
  };
}

async function readAccount(op: Pick<ReadOperation, "tx">, id: number): Promise<Static<typeof View>> {
  const account = await findListedAccount(op.tx, accountIdOf(id));
  if (account === null) throw new OperationRefused(accountUnknown);
  return view(account);
}

const list = { path: "/api/accounts/users/", view: "users", summary: "User List" } as const;
const one = { path: "/api/accounts/users/:id/", view: "user", summary: "User Detail" } as const;
const oneAnswer = { status: 200, schema: View } as const;

/** List, create, read, update (which deactivates), reset the password. */
export const accountEndpoints: readonly Endpoint<AccountApiDeps>[] = [
  readEndpoint({
    ...list,
    method: "GET",
    operationId: "listUsers",
    access: "accounts.view_user",
    query: Type.Object({
      is_service_account: Type.Optional(
        Type.Boolean({ description: "Only service accounts, or only people." }),
      ),
      search: Type.Optional(Type.String({ description: "Part of the name or of the address." })),
    }),
    response: oneAnswer,
    list: "envelope",
    handle: async (_, op, { query, page }) => {
      const filter = { isServiceAccount: query.is_service_account ?? null, search: query.search || null };
      const { count, rows } = await listAccounts(op.tx, filter, page);
      return { count, rows: rows.map(view) };
    },
  }),
  writeEndpoint({
    ...list,
    method: "POST",
    operationId: "createUser",
    access: "accounts.add_user",
    description:
      "The one-time password of a person, or the token of a service account, is in this answer alone.",
    body: CreateBody,
    response: { status: 201, schema: CreatedView },
    handle: async (deps, op, { body, caller }) => {
      const input = {
        username: body.username,
        email: body.email ?? `${body.username}@${deps.baseUrl.hostname.replace(/[[\]:]/g, "")}`,
        isServiceAccount: body.is_service_account ?? false,
        isSuperuser: body.is_superuser ?? false,
        roleIds: body.roles ?? [],
      };
      const created = await createAccountFor(op, deps, { input, grantor: grantorOf(caller) });
      return {
        ...(await readAccount(op, created.account.id)),
        one_time_password: created.oneTimePassword?.reveal() ?? null,
        api_token: created.apiToken?.reveal() ?? null,
      };
    },
  }),
  readEndpoint({
    ...one,
    method: "GET",
    operationId: "readUser",
    access: "accounts.view_user",
    response: oneAnswer,
    handle: (_, op, { params }) => readAccount(op, params.id),
  }),
  writeEndpoint({
    ...one,
    method: "PUT",
    operationId: "updateUser",
    access: "accounts.change_user",
    body: UpdateBody,
    response: oneAnswer,
    handle: async (_, op, { params, body, caller }) => {
      const change = {
        username: body.username,
        email: body.email,
        isServiceAccount: false,
        isSuperuser: body.is_superuser,
        isActive: body.is_active,
        roleIds: body.roles,
      };
      await changeAccount(op, { id: accountIdOf(params.id), change, grantor: grantorOf(caller) });
      return readAccount(op, params.id);
    },
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/accounts/users/:id/reset_password/",
    operationId: "resetUserPassword",
    view: "user_reset_password",
    access: "accounts.change_user",
    summary: "User Password Reset",
    description: "A new one-time password, in this answer alone; all sessions of the person end.",
    body: Type.Object({
      remove_verification_devices: Type.Optional(
        Type.Boolean({ description: "For people who lost them.", default: false }),
      ),
    }),
    response: { status: 200, schema: Type.Object({ one_time_password: Type.String() }) },
    handle: async (deps, op, { params, body, caller }) => {
      const password = await resetPassword(op, deps, {
        id: accountIdOf(params.id),
        removesVerificationDevices: body.remove_verification_devices ?? false,
        grantor: grantorOf(caller),
      });
      return { one_time_password: password.reveal() };
    },
  }),
];
