/** The operators' door to roles and to the permissions they are made of. */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import type { PermissionText } from "#platform/http/permission-texts.ts";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asId } from "#platform/ids.ts";
import type { ReadOperation } from "#platform/operation.ts";
import { grantorOf } from "./caller-grantor-api.ts";
import { type RoleId, roleNameCharactersMax, rolePermissionsMax } from "./role.ts";
import { createRole, deleteRole, updateRole } from "./role-operations.ts";
import { findRoleRow, listRoleRows, type RoleRow } from "./role-store.ts";

export type RoleApiDeps = {
  /** Every permission that endpoints ask for, in words. */
  readonly describePermissions: () => readonly PermissionText[];
};

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: roleNameCharactersMax }),
  permissions: Type.Array(Type.String({ minLength: 1 }), { maxItems: rolePermissionsMax }),
});

const View = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  permissions: Type.Array(Type.String()),
  built_in: nullable(
    Type.String({ description: "Set for roles that come with the server; they cannot be changed." }),
  ),
  accounts: Type.Integer({ description: "How many accounts hold it." }),
  created_at: timestamp(),
  updated_at: timestamp(),
});

const PermissionView = Type.Object({
  codename: Type.String(),
  name: Type.String({ description: "In words: `Change blueprint`." }),
  endpoints: Type.Array(Type.String(), { description: "What asks for it: `GET /api/mdm/blueprints/`." }),
});

function view(row: RoleRow): Static<typeof View> {
  return {
    id: row.id,
    name: row.name,
    permissions: [...row.permissions],
    built_in: row.builtIn,
    accounts: row.accountsCount,
    created_at: wireTime(row.createdAt),
    updated_at: wireTime(row.updatedAt),
  };
}

async function readRole(op: Pick<ReadOperation, "tx">, id: RoleId): Promise<Static<typeof View>> {
  const row = await findRoleRow(op.tx, id);
  if (row !== null) return view(row);
  const detail = "No Role matches the given query.";
  throw new OperationRefused({ kind: "not_found", code: "role_not_found", detail });
}

const idOf = (params: { readonly id: number }): RoleId => asId<"Role">(params.id);
const list = { path: "/api/accounts/roles/", view: "roles", summary: "Role List" } as const;
const one = { path: "/api/accounts/roles/:id/", view: "role", summary: "Role Detail" } as const;
const oneAnswer = { status: 200, schema: View } as const;

/** Roles, and the permissions to choose from. */
export const roleEndpoints: readonly Endpoint<RoleApiDeps>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/accounts/permissions/",
    operationId: "listPermissions",
    view: "permissions",
    access: "accounts.view_role",
    summary: "Permission List",
    response: { status: 200, schema: PermissionView },
    list: "array",
    handle: async ({ describePermissions }) => describePermissions(),
  }),
  readEndpoint({
    ...list,
    method: "GET",
    operationId: "listRoles",
    access: "accounts.view_role",
    response: oneAnswer,
    list: "array",
    handle: async (_, op) => (await listRoleRows(op.tx)).map(view),
  }),
  writeEndpoint({
    ...list,
    method: "POST",
    operationId: "createRole",
    access: "accounts.add_role",
    description: "A role may hold only what its maker holds.",
    body: Body,
    response: { status: 201, schema: View },
    handle: async (_, op, { body, caller }) =>
      readRole(op, (await createRole(op, body, grantorOf(caller))).id),
  }),
  readEndpoint({
    ...one,
    method: "GET",
    operationId: "readRole",
    access: "accounts.view_role",
    response: oneAnswer,
    handle: (_, op, { params }) => readRole(op, idOf(params)),
  }),
  writeEndpoint({
    ...one,
    method: "PUT",
    operationId: "updateRole",
    access: "accounts.change_role",
    body: Body,
    response: oneAnswer,
    handle: async (_, op, { params, body, caller }) => {
      await updateRole(op, { id: idOf(params), input: body, grantor: grantorOf(caller) });
      return readRole(op, idOf(params));
    },
  }),
  writeEndpoint({
    ...one,
    method: "DELETE",
    operationId: "deleteRole",
    access: "accounts.delete_role",
    response: { status: 204, schema: null },
    handle: (_, op, { params, caller }) => deleteRole(op, idOf(params), grantorOf(caller)),
  }),
];
