/** Rows of accounts and of the roles they hold. */
import { constraintViolation, type Reader, type Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";
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

/** An account as lists show it. */
export type ListedAccount = Account & {
  readonly lastLoginAt: Date | null;
  readonly roleIds: readonly number[];
  readonly verificationDevicesCount: number;
};

const listedColumns = sql`
  a.id, a.username, a.email, a.is_service_account, a.is_superuser, a.is_active, a.must_change_password, a.created_at,
  a.updated_at, a.last_login_at,
  array(select role_id from account_roles ar where ar.account_id = a.id order by role_id) as role_ids,
  (select count(*)::integer from verification_devices d
    where d.account_id = a.id and d.confirmed_at is not null) as verification_devices_count`;

export async function listAccounts(
  reader: Reader,
  filter: { readonly isServiceAccount: boolean | null; readonly search: string | null },
  page: PageRequest,
): Promise<Page<ListedAccount>> {
  const { isServiceAccount, search } = filter;
  const where = sql`
    where (${isServiceAccount}::boolean is null or a.is_service_account = ${isServiceAccount}::boolean)
      and (${search}::text is null or strpos(lower(a.username || ' ' || a.email), lower(${search}::text)) > 0)`;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from accounts a ${where}`,
  );
  const rows = await reader.many<ListedAccount>(sql`
    select ${listedColumns} from accounts a ${where} order by a.username, a.id
     limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

export async function findListedAccount(reader: Reader, id: AccountId): Promise<ListedAccount | null> {
  return reader.maybe(sql`select ${listedColumns} from accounts a where a.id = ${id}`);
}

/** Lets one transaction at a time change what accounts may do: each locks one and then others, in no common order. */
export async function lockAccountChanges(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended('accounts', 0))`);
}

/** The account; other changes of it wait until the transaction ends. */
export async function lockAccount(tx: Tx, id: AccountId): Promise<Account | null> {
  return tx.maybe(sql`select ${columns} from accounts where id = ${id} for update`);
}

/** Whether others are superusers who may log in; two who would both stop wait for each other. */
export async function lockOtherSuperusers(tx: Tx, id: AccountId): Promise<boolean> {
  const others = await tx.many(
    sql`select id from accounts where is_superuser and is_active and id <> ${id} order by id for update`,
  );
  return others.length > 0;
}

/** Changes the account; null, or what somebody else has taken since it was looked for. */
export async function updateAccountRow(
  tx: Tx,
  row: {
    readonly id: AccountId;
    readonly username: string;
    readonly email: string;
    readonly isSuperuser: boolean;
    readonly isActive: boolean;
    readonly at: Date;
  },
): Promise<"username" | "email" | null> {
  try {
    await tx.run(sql`
      update accounts set username = ${row.username}, email = ${row.email}, is_superuser = ${row.isSuperuser},
                          is_active = ${row.isActive}, updated_at = ${row.at}
       where id = ${row.id}`);
    return null;
  } catch (error) {
    const constraint = constraintViolation(error)?.constraint;
    if (constraint === "accounts_username_unique") return "username";
    if (constraint === "accounts_email_unique") return "email";
    throw error;
  }
}

/** Gives the account a password that it must change. */
export async function updateOneTimePassword(
  tx: Tx,
  row: { readonly id: AccountId; readonly passwordHash: string; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    update accounts set password_hash = ${row.passwordHash}, must_change_password = true, updated_at = ${row.at}
     where id = ${row.id}`);
}

export async function deleteAccountRole(tx: Tx, accountId: AccountId, roleId: number): Promise<void> {
  await tx.run(sql`delete from account_roles where account_id = ${accountId} and role_id = ${roleId}`);
}
