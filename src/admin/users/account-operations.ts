/** Making accounts. */
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Secret } from "#platform/secret.ts";
import { findRolesNamed } from "../roles/role-operations.ts";
import { createApiToken } from "../tokens/api-token-operations.ts";
import {
  type Account,
  type AccountInput,
  type CreateAccountInput,
  type CreatedAccount,
  accountTaken,
  firstAdministrator,
  refuseAccount,
} from "./account.ts";
import { accountCreated } from "./account-events.ts";
import {
  insertAccount,
  insertAccountRole,
  listAccountsNamed,
  lockAccountsAndAskWhetherAny,
} from "./account-store.ts";
import { generateOneTimePassword, hashPassword } from "./password.ts";

export type AccountDeps = {
  /** A cryptographic source of random bytes. */
  readonly randomBytes: (size: number) => Uint8Array;
};

/** Name of the token that a service account is made with, as in the reference. */
const serviceTokenName = "Initial Service Account API Token";

/** Makes an account with its roles and, when asked or for a service, an API token (http-api 1.3). */
export async function createAccount(
  op: Operation,
  deps: AccountDeps,
  input: CreateAccountInput,
): Promise<CreatedAccount> {
  throwIfRefused(refuseAccount(input));
  const existing = await findExisting(op, input);
  if (existing !== null)
    return { account: existing, isCreated: false, oneTimePassword: null, apiToken: null };
  const roles = await findRolesNamed(op, input.roleNames);
  const { account, oneTimePassword } = await insertNewAccount(op, deps, input);
  for (const role of roles) await insertAccountRole(op.tx, account.id, role.id);
  op.record(
    accountCreated(
      account,
      roles.map(({ name }) => name),
    ),
  );
  const apiToken = await createInitialToken(op, deps, { account, input });
  return { account, isCreated: true, oneTimePassword, apiToken };
}

/** Makes the first administrator; null when there are accounts already. */
export async function ensureFirstAdministrator(
  op: Operation,
  deps: AccountDeps,
): Promise<{ readonly username: string; readonly oneTimePassword: Secret<string> } | null> {
  if (await lockAccountsAndAskWhetherAny(op.tx)) return null;
  const { account, oneTimePassword } = await insertNewAccount(op, deps, firstAdministrator);
  op.record(accountCreated(account, []));
  return oneTimePassword === null ? null : { username: account.username, oneTimePassword };
}

async function findExisting(op: Operation, input: CreateAccountInput): Promise<Account | null> {
  const named = await listAccountsNamed(op.tx, input);
  const same = named.find(({ username }) => username === input.username);
  if (same !== undefined && same.email === input.email && input.skipIfExisting) return same;
  throwIfRefused(
    same === undefined ? null : accountTaken("username"),
    named.some(({ email }) => email === input.email) ? accountTaken("email") : null,
  );
  return null;
}

async function insertNewAccount(
  op: Operation,
  deps: AccountDeps,
  { username, email, isServiceAccount, isSuperuser }: AccountInput,
): Promise<{ readonly account: Account; readonly oneTimePassword: Secret<string> | null }> {
  const oneTimePassword = isServiceAccount ? null : generateOneTimePassword(deps.randomBytes);
  const account = await insertAccount(op.tx, {
    username,
    email,
    isServiceAccount,
    isSuperuser,
    passwordHash: oneTimePassword === null ? null : await hashPassword(oneTimePassword),
    mustChangePassword: oneTimePassword !== null,
    at: op.at,
  });
  // Somebody else was faster with the name or the address.
  if (account === null) throw new OperationRefused(accountTaken("username"));
  return { account, oneTimePassword };
}

async function createInitialToken(
  op: Operation,
  deps: AccountDeps,
  { account, input }: { readonly account: Account; readonly input: CreateAccountInput },
): Promise<Secret<string> | null> {
  if (!input.withApiToken && !account.isServiceAccount) return null;
  const name = input.apiTokenName ?? (account.isServiceAccount ? serviceTokenName : "");
  return (await createApiToken(op, deps, { account, name, expiry: input.apiTokenExpiry })).key;
}
