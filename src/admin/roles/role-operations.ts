/** What is done to roles. */
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import type { Operation } from "#platform/operation.ts";
import { type Role, refuseRole, roleUnknown } from "./role.ts";
import { findRoleByName, insertRole } from "./role-store.ts";

/** Makes a role; codenames are kept sorted and each once. */
export async function createRole(
  op: Operation,
  input: { readonly name: string; readonly permissions: readonly string[] },
): Promise<Role> {
  const role = { name: input.name.trim(), permissions: [...new Set(input.permissions)].sort() };
  throwIfRefused(refuseRole(role));
  const created = await insertRole(op.tx, { ...role, at: op.at });
  if (created === null) {
    const detail = "role with this name already exists.";
    throw new OperationRefused({ kind: "conflict", code: "role_name_taken", field: "name", detail });
  }
  op.record(
    auditEvent({
      action: "created",
      model: "accounts.role",
      pk: created.id,
      newValue: { pk: created.id, name: created.name, permissions: created.permissions },
      objectKey: "accounts_role",
      app: "accounts",
    }),
  );
  return created;
}

/** Finds the roles that an account shall hold, each once; refuses when one is not there. */
export async function findRolesNamed(op: Operation, names: readonly string[]): Promise<Role[]> {
  const roles: Role[] = [];
  for (const name of new Set(names)) {
    const role = await findRoleByName(op.tx, name);
    if (role === null) throw new OperationRefused(roleUnknown(name));
    roles.push(role);
  }
  return roles;
}
