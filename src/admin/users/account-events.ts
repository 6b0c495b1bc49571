/** Audit events of accounts. */
import { auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { Account } from "./account.ts";

export function accountCreated(account: Account, roleNames: readonly string[]): DomainEvent {
  return auditEvent({
    action: "created",
    model: "accounts.user",
    pk: account.id,
    newValue: {
      pk: account.id,
      username: account.username,
      email: account.email,
      is_service_account: account.isServiceAccount,
      is_superuser: account.isSuperuser,
      is_active: account.isActive,
      roles: roleNames,
    },
    objectKey: "accounts_user",
    app: "accounts",
  });
}
