/** What administrators do to accounts. Nobody gives, or takes over, more than they hold. */
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { asId } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import type { Secret } from "#platform/secret.ts";
import { type Grantor, refuseGrant, refuseTouch } from "../roles/grant.ts";
import type { Role } from "../roles/role.ts";
import { holdRolesById, listRolesOf } from "../roles/role-store.ts";
import { deleteSessionsOf } from "../sessions/session-store.ts";
import { verificationDeviceDeleted } from "../sessions/session-events.ts";
import { deleteVerificationDevicesOf } from "../sessions/verification-device-store.ts";
import {
  type Account,
  type AccountId,
  type AccountInput,
  accountTaken,
  accountUnknown,
  type CreatedAccount,
  lastSuperuser,
  refuseAccount,
  serviceAccountPassword,
  superuserGrant,
} from "./account.ts";
import { accountUpdated, oneTimePasswordSet, roleMembership } from "./account-events.ts";
import { type AccountDeps, createAccount } from "./account-operations.ts";
import {
  deleteAccountRole,
  insertAccountRole,
  listAccountsNamed,
  lockAccount,
  lockAccountChanges,
  lockOtherSuperusers,
  updateAccountRow,
  updateOneTimePassword,
} from "./account-store.ts";
import { generateOneTimePassword, hashPassword } from "./password.ts";

/** What is written of an account. */
export type AccountWrite = AccountInput & { readonly roleIds: readonly number[] };

/** Makes an account; a person gets a one-time password, a service account a token. */
export async function createAccountFor(
  op: Operation,
  deps: AccountDeps,
  { input, grantor }: { readonly input: AccountWrite; readonly grantor: Grantor },
): Promise<CreatedAccount> {
  const roles = await findGrantedRoles(op, input.roleIds, grantor);
  throwIfRefused(input.isSuperuser && !grantor.isSuperuser ? superuserGrant : null);
  return createAccount(op, deps, {
    ...input,
    roleNames: roles.map(({ name }) => name),
    withApiToken: false,
    apiTokenName: null,
    apiTokenExpiry: null,
    skipIfExisting: false,
  });
}

async function findGrantedRoles(op: Operation, ids: readonly number[], grantor: Grantor): Promise<Role[]> {
  const roles = await holdRolesById(op.tx, ids);
  const unknown = ids.find((id) => !roles.some((role) => role.id === id));
  if (unknown !== undefined) {
    const detail = `Invalid pk "${unknown}" - object does not exist.`;
    throw new OperationRefused({ kind: "invalid", code: "unknown_pk", field: "roles", detail });
  }
  const permissions = [...new Set(roles.flatMap((role) => role.permissions))];
  throwIfRefused(refuseGrant(grantor, permissions, "roles"));
  return roles;
}

/** An account that the grantor may change, with its roles. */
export async function lockTouchable(
  op: Operation,
  id: AccountId,
  grantor: Grantor,
): Promise<{ readonly account: Account; readonly roles: readonly Role[] }> {
  const account = await lockAccount(op.tx, id);
  if (account === null) throw new OperationRefused(accountUnknown);
  const roles = await listRolesOf(op.tx, id);
  const permissions = roles.flatMap((role) => role.permissions);
  throwIfRefused(refuseTouch(grantor, { isSuperuser: account.isSuperuser, permissions }));
  return { account, roles };
}

export type AccountChange = AccountWrite & { readonly isActive: boolean };

/** Changes an account. Its sessions end when it is deactivated; rights count from its next request on. */
export async function changeAccount(
  op: Operation,
  {
    id,
    change,
    grantor,
  }: { readonly id: AccountId; readonly change: AccountChange; readonly grantor: Grantor },
): Promise<void> {
  await lockAccountChanges(op.tx);
  const { account, roles: before } = await lockTouchable(op, id, grantor);
  const input = { ...change, isServiceAccount: account.isServiceAccount };
  throwIfRefused(refuseAccount(input));
  await refuseTaken(op, id, input);
  throwIfRefused(input.isSuperuser && !account.isSuperuser && !grantor.isSuperuser ? superuserGrant : null);
  await refuseLastSuperuser(op, account, change);
  const after = await findAfterRoles(op, { ids: change.roleIds, before, grantor });
  const taken = await updateAccountRow(op.tx, { ...input, id, at: op.at });
  if (taken !== null) throw new OperationRefused(accountTaken(taken));
  await moveRoles(op, account, { before, after });
  if (!change.isActive) await deleteSessionsOf(op.tx, id, null);
  const namesOf = (roles: readonly Role[]) => roles.map(({ name }) => name);
  op.record(
    accountUpdated(
      { ...account, roleNames: namesOf(before) },
      { ...account, ...input, id, roleNames: namesOf(after) },
    ),
  );
}

async function refuseTaken(op: Operation, id: AccountId, input: AccountInput): Promise<void> {
  const others = (await listAccountsNamed(op.tx, input)).filter((other) => other.id !== id);
  throwIfRefused(
    others.some(({ username }) => username === input.username) ? accountTaken("username") : null,
    others.some(({ email }) => email === input.email) ? accountTaken("email") : null,
  );
}

async function refuseLastSuperuser(op: Operation, account: Account, change: AccountChange): Promise<void> {
  const stops = account.isSuperuser && account.isActive && !(change.isSuperuser && change.isActive);
  if (stops && !(await lockOtherSuperusers(op.tx, account.id))) throw new OperationRefused(lastSuperuser);
}

/** The roles afterwards; only those that are new need to be the grantor's to give. */
async function findAfterRoles(
  op: Operation,
  { ids, before, grantor }: { ids: readonly number[]; before: readonly Role[]; grantor: Grantor },
): Promise<Role[]> {
  const kept = before.filter(({ id }) => ids.includes(id));
  const added = [...new Set(ids)].filter((id) => !kept.some((role) => role.id === id));
  return [...kept, ...(await findGrantedRoles(op, added, grantor))];
}

async function moveRoles(
  op: Operation,
  account: Account,
  { before, after }: { readonly before: readonly Role[]; readonly after: readonly Role[] },
): Promise<void> {
  const without = (roles: readonly Role[], others: readonly Role[]) =>
    roles.filter(({ id }) => !others.some((other) => other.id === id));
  for (const role of without(before, after)) {
    await deleteAccountRole(op.tx, account.id, role.id);
    op.record(roleMembership("zentral_remove_user_from_group", account, role));
  }
  for (const role of without(after, before)) {
    await insertAccountRole(op.tx, account.id, role.id);
    op.record(roleMembership("zentral_add_user_to_group", account, role));
  }
}

/**
 * Gives a person a new one-time password; all its sessions end.
 *
 * @returns The password, to be shown this once.
 */
export async function resetPassword(
  op: Operation,
  deps: AccountDeps,
  {
    id,
    removesVerificationDevices,
    grantor,
  }: { readonly id: AccountId; readonly removesVerificationDevices: boolean; readonly grantor: Grantor },
): Promise<Secret<string>> {
  const { account } = await lockTouchable(op, id, grantor);
  if (account.isServiceAccount) throw new OperationRefused(serviceAccountPassword);
  const password = generateOneTimePassword(deps.randomBytes);
  await updateOneTimePassword(op.tx, { id, passwordHash: await hashPassword(password), at: op.at });
  await deleteSessionsOf(op.tx, id, null);
  const removed = removesVerificationDevices ? await deleteVerificationDevicesOf(op.tx, id) : [];
  op.record(oneTimePasswordSet(account));
  for (const device of removed) op.record(verificationDeviceDeleted(id, device));
  return password;
}

export const accountIdOf = (id: number): AccountId => asId<"Account">(id);
