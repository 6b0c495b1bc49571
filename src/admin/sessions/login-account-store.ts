/** What login needs to know of an account, and writes to it. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

export type LoginAccount = {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly isSuperuser: boolean;
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
  readonly hasFactor: boolean;
};

const query = sql`
  select a.id, a.username, a.email, a.is_superuser, a.password_hash, a.must_change_password,
         exists (select from verification_devices d
                  where d.account_id = a.id and d.confirmed_at is not null) as has_factor
    from accounts a
   where a.is_active and not a.is_service_account and a.password_hash is not null`;

/** The account that may log in by this name. */
export async function findLoginAccount(reader: Reader, username: string): Promise<LoginAccount | null> {
  return reader.maybe(sql`${query} and a.username = ${username}`);
}

/** The same by its id; other changes of the account wait until the transaction ends. */
export async function lockLoginAccount(tx: Tx, id: number): Promise<LoginAccount | null> {
  return tx.maybe(sql`${query} and a.id = ${id} for update of a`);
}

export async function findLoginAccountById(reader: Reader, id: number): Promise<LoginAccount | null> {
  return reader.maybe(sql`${query} and a.id = ${id}`);
}

export async function updateLastLogin(tx: Tx, id: number, at: Date): Promise<void> {
  await tx.run(sql`update accounts set last_login_at = ${at} where id = ${id}`);
}

export async function updatePassword(
  tx: Tx,
  row: { readonly id: number; readonly passwordHash: string; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    update accounts set password_hash = ${row.passwordHash}, must_change_password = false, updated_at = ${row.at}
     where id = ${row.id}`);
}
