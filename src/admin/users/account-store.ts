/** Rows of accounts and of the roles they hold. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Account, AccountId, AccountInput } from "./account.ts";

const columns = sql`id, username, email, is_service_account, is_superuser, is_active, must_change_password,
                    created_at, updated_at`;

export type AccountRow = AccountInput & {
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  readonly at: Date;
};

/** The accounts that have the name or the address: at most two. */
export async function listAccountsNamed(
  reader: Reader,
  { username, email }: { readonly username: string; readonly email: string },
): Promise<Account[]> {
  return reader.many(
    sql`select ${columns} from accounts where username = ${username} or email = ${email} order by id`,
  );
}

/** Inserts the account; null when its name or address is taken. */
export async function insertAccount(tx: Tx, row: AccountRow): Promise<Account | null> {
  return tx.maybe(sql`
    insert into accounts (username, email, is_service_account, is_superuser,
                          password_hash, must_change_password, created_at, updated_at)
    values (${row.username}, ${row.email}, ${row.isServiceAccount}, ${row.isSuperuser}, ${row.passwordHash},
            ${row.mustChangePassword}, ${row.at}, ${row.at})
    on conflict do nothing
    returning ${columns}`);
}

/** Whether there is any account; others that would make the first one wait until the transaction ends. */
export async function lockAccountsAndAskWhetherAny(tx: Tx): Promise<boolean> {
  await tx.run(sql`lock table accounts in share row exclusive mode`);
  const { hasAny } = await tx.one<{ hasAny: boolean }>(sql`select exists (select from accounts) as has_any`);
  return hasAny;
}

export async function insertAccountRole(tx: Tx, accountId: AccountId, roleId: number): Promise<void> {
  await tx.run(sql`insert into account_roles (account_id, role_id) values (${accountId}, ${roleId})`);
}

/** Locks the account or allows it again; answers whether it exists. */
export async function updateAccountActive(
  tx: Tx,
  row: { readonly id: AccountId; readonly isActive: boolean; readonly at: Date },
): Promise<boolean> {
  const count = await tx.run(
    sql`update accounts set is_active = ${row.isActive}, updated_at = ${row.at} where id = ${row.id}`,
  );
  return count === 1;
}
