/** What is done to roles. */
import { OperationRefused, type Refusal, throwIfRefused } from "#platform/errors.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import type { Operation } from "#platform/operation.ts";
import { builtInRoles } from "./built-in-roles.ts";
import { type Grantor, refuseGrant, refuseTouch } from "./grant.ts";
import { type Role, type RoleId, refuseRole, roleUnknown } from "./role.ts";
import {
  deleteRoleRow,
  findBuiltInRole,
  holdRoleByName,
  insertBuiltInRole,
  insertRole,
  lockRole,
  updateRoleRow,
} from "./role-store.ts";

/** What is written of a role. */
export type RoleInput = { readonly name: string; readonly permissions: readonly string[] };

const roleNameTaken: Refusal = {
  kind: "conflict",
  code: "role_name_taken",
  field: "name",
  detail: "role with this name already exists.",
};

/** Makes a role; codenames are kept sorted and each once. */
export async function createRole(
  op: Operation,
  input: RoleInput,
  grantor: Grantor = serverItself,
): Promise<Role> {
  const role = normalRole(input);
  throwIfRefused(refuseRole(role), refuseGrant(grantor, role.permissions, "permissions"));
  const created = await insertRole(op.tx, { ...role, at: op.at });
  if (created === null) throw new OperationRefused(roleNameTaken);
  op.record(roleEvent("created", null, created));
  return created;
}

/** The server's own command line may do everything. */
const serverItself: Grantor = { isSuperuser: true, hasPermission: () => true };

function normalRole({ name, permissions }: RoleInput): RoleInput {
  return { name: name.trim(), permissions: [...new Set(permissions)].sort() };
}

function roleEvent(
  action: "created" | "updated" | "deleted",
  before: Role | null,
  after: Role | null,
): ReturnType<typeof auditEvent> {
  const valueOf = ({ id, name, permissions }: Role) => ({ pk: id, name, permissions });
  return auditEvent({
    action,
    model: "accounts.role",
    pk: (after ?? before)?.id ?? 0,
    ...(before === null ? {} : { prevValue: valueOf(before) }),
    ...(after === null ? {} : { newValue: valueOf(after) }),
    objectKey: "accounts_role",
    app: "accounts",
  });
}

async function lockOwnRole(op: Operation, id: RoleId, verb: "changed" | "deleted"): Promise<Role> {
  const role = await lockRole(op.tx, id);
  if (role === null) {
    const detail = "No Role matches the given query.";
    throw new OperationRefused({ kind: "not_found", code: "role_not_found", detail });
  }
  if (role.builtIn === null) return role;
  const detail = `This role comes with the server and cannot be ${verb}; copy it instead.`;
  throw new OperationRefused({ kind: "conflict", code: "role_built_in", detail });
}

/** Changes a role: its holders' next requests know. */
export async function updateRole(
  op: Operation,
  { id, input, grantor }: { readonly id: RoleId; readonly input: RoleInput; readonly grantor: Grantor },
): Promise<Role> {
  const before = await lockOwnRole(op, id, "changed");
  const role = normalRole(input);
  throwIfRefused(refuseTouch(grantor, { ...before, isSuperuser: false }));
  throwIfRefused(refuseRole(role), refuseGrant(grantor, role.permissions, "permissions"));
  const after = await updateRoleRow(op.tx, { id, ...role, at: op.at });
  if (after === null) throw new OperationRefused(roleNameTaken);
  op.record(roleEvent("updated", before, after));
  return after;
}

/** Deletes a role; whoever held it holds it no more. */
export async function deleteRole(op: Operation, id: RoleId, grantor: Grantor): Promise<void> {
  const role = await lockOwnRole(op, id, "deleted");
  throwIfRefused(refuseTouch(grantor, { ...role, isSuperuser: false }));
  await deleteRoleRow(op.tx, id);
  op.record(roleEvent("deleted", role, null));
}

/** Makes the roles that come with the server, and keeps them up with what its endpoints ask for. */
export async function ensureBuiltInRoles(op: Operation, known: readonly string[]): Promise<void> {
  for (const role of builtInRoles(known)) {
    const present = await findBuiltInRole(op.tx, role.builtIn);
    if (present === null) {
      // A role of that name that people made stays theirs.
      const created = await insertBuiltInRole(op.tx, { ...role, at: op.at });
      if (created !== null) op.record(roleEvent("created", null, created));
    } else if (present.permissions.join() !== role.permissions.join()) {
      const { id, name } = present;
      const after = await updateRoleRow(op.tx, { id, name, permissions: role.permissions, at: op.at });
      op.record(roleEvent("updated", present, after));
    }
  }
}

/** Finds the roles that an account shall hold, each once; refuses when one is not there. */
export async function findRolesNamed(op: Operation, names: readonly string[]): Promise<Role[]> {
  const roles: Role[] = [];
  for (const name of new Set(names)) {
    const role = await holdRoleByName(op.tx, name);
    if (role === null) throw new OperationRefused(roleUnknown(name));
    roles.push(role);
  }
  return roles;
}
