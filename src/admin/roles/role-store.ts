/** Rows of roles. */
import { constraintViolation, type Reader, type Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Role, RoleId } from "./role.ts";

/** A role as lists show it. */
export type RoleRow = Role & {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** How many accounts hold it. */
  readonly accountsCount: number;
};

const columns = sql`id, name, permissions, built_in`;

/** A role that stays as it is until the transaction ends: it is judged by what it allows, and given. */
export async function holdRoleByName(tx: Tx, name: string): Promise<Role | null> {
  return tx.maybe(sql`select ${columns} from roles where name = ${name} for share`);
}

/** Inserts the role; null when the name is taken. */
export async function insertRole(
  tx: Tx,
  row: { readonly name: string; readonly permissions: readonly string[]; readonly at: Date },
): Promise<Role | null> {
  return tx.maybe(sql`
    insert into roles (name, permissions, created_at, updated_at)
    values (${row.name}, ${row.permissions}::text[], ${row.at}, ${row.at})
    on conflict (name) do nothing
    returning ${columns}`);
}

const rowQuery = sql`
  select r.id, r.name, r.permissions, r.built_in, r.created_at, r.updated_at,
         (select count(*)::integer from account_roles ar where ar.role_id = r.id) as accounts_count
    from roles r`;

export async function listRoleRows(reader: Reader): Promise<RoleRow[]> {
  return reader.many(sql`${rowQuery} order by r.name`);
}

export async function findRoleRow(reader: Reader, id: RoleId): Promise<RoleRow | null> {
  return reader.maybe(sql`${rowQuery} where r.id = ${id}`);
}

/** The role; other changes of it wait until the transaction ends. */
export async function lockRole(tx: Tx, id: RoleId): Promise<Role | null> {
  return tx.maybe(sql`select ${columns} from roles where id = ${id} for update`);
}

/** {@link holdRoleByName} for several. */
export async function holdRolesById(tx: Tx, ids: readonly number[]): Promise<Role[]> {
  return tx.many(sql`select ${columns} from roles where id = any(${ids}::integer[]) order by id for share`);
}

/** The roles of an account. */
export async function listRolesOf(reader: Reader, accountId: number): Promise<Role[]> {
  return reader.many(sql`
    select ${columns} from roles where id in (select role_id from account_roles where account_id = ${accountId})
     order by id`);
}

export async function findBuiltInRole(reader: Reader, builtIn: string): Promise<Role | null> {
  return reader.maybe(sql`select ${columns} from roles where built_in = ${builtIn}`);
}

/** Inserts a role that comes with the server; null when people have one of that name. */
export async function insertBuiltInRole(
  tx: Tx,
  row: {
    readonly name: string;
    readonly builtIn: string;
    readonly permissions: readonly string[];
    readonly at: Date;
  },
): Promise<Role | null> {
  return tx.maybe(sql`
    insert into roles (name, permissions, built_in, created_at, updated_at)
    values (${row.name}, ${row.permissions}::text[], ${row.builtIn}, ${row.at}, ${row.at})
    on conflict do nothing
    returning ${columns}`);
}

/** Updates the role; null when the name is taken. */
export async function updateRoleRow(
  tx: Tx,
  row: {
    readonly id: RoleId;
    readonly name: string;
    readonly permissions: readonly string[];
    readonly at: Date;
  },
): Promise<Role | null> {
  try {
    return await tx.maybe(sql`
      update roles set name = ${row.name}, permissions = ${row.permissions}::text[], updated_at = ${row.at}
       where id = ${row.id} returning ${columns}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "roles_name_unique") return null;
    throw error;
  }
}

export async function deleteRoleRow(tx: Tx, id: RoleId): Promise<void> {
  await tx.run(sql`delete from roles where id = ${id}`);
}
