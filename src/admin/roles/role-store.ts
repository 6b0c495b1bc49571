/** Rows of roles. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Role } from "./role.ts";

const columns = sql`id, name, permissions`;

export async function findRoleByName(reader: Reader, name: string): Promise<Role | null> {
  return reader.maybe(sql`select ${columns} from roles where name = ${name}`);
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
