/** Audit events of accounts. */
import { auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { Account } from "./account.ts";

export function accountCreated(account: Account, roleNames: readonly string[]): DomainEvent {
  return auditEvent({
    action: "created",
    model: "accounts.user",
    pk: account.id,
    newValue: valueOf(account, roleNames),
    objectKey: "accounts_user",
    app: "accounts",
  });
}

type AccountState = Pick<
  Account,
  "id" | "username" | "email" | "isServiceAccount" | "isSuperuser" | "isActive"
> & { readonly roleNames: readonly string[] };

export function accountUpdated(before: AccountState, after: AccountState): DomainEvent {
  return auditEvent({
    action: "updated",
    model: "accounts.user",
    pk: after.id,
    prevValue: valueOf(before, before.roleNames),
    newValue: valueOf(after, after.roleNames),
    objectKey: "accounts_user",
    app: "accounts",
  });
}

/** The password itself is told to nobody. */
export function oneTimePasswordSet({ id, username }: Account): DomainEvent {
  const value = { pk: id, username };
  return auditEvent({
    action: "updated",
    model: "accounts.user",
    pk: id,
    prevValue: value,
    newValue: { ...value, password_reset: true },
    objectKey: "accounts_user",
    app: "accounts",
  });
}

/** A role given or taken, by the names of the reference (console-ops 2.4). */
export function roleMembership(
  type: "zentral_add_user_to_group" | "zentral_remove_user_from_group",
  account: Pick<Account, "id" | "username">,
  role: { readonly id: number; readonly name: string },
): DomainEvent {
  return {
    type,
    payload: {
      user: { pk: account.id, username: account.username },
      group: { pk: role.id, name: role.name },
    },
    tags: ["zentral"],
    objects: { accounts_user: [String(account.id)], accounts_role: [String(role.id)] },
  };
}

function valueOf(
  account: Omit<AccountState, "roleNames">,
  roleNames: readonly string[],
): Readonly<Record<string, unknown>> {
  return {
    pk: account.id,
    username: account.username,
    email: account.email,
    is_service_account: account.isServiceAccount,
    is_superuser: account.isSuperuser,
    is_active: account.isActive,
    roles: roleNames,
  };
}
