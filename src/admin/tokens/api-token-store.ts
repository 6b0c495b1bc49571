/** Rows of API tokens, and the one look-up of each API request. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ApiToken, ApiTokenId } from "./api-token.ts";

/** A token with its account and what the account's roles hold together. */
export type TokenAccount = {
  readonly tokenId: ApiTokenId;
  readonly expiry: Date | null;
  readonly accountId: number;
  readonly username: string;
  readonly email: string;
  readonly isServiceAccount: boolean;
  readonly isSuperuser: boolean;
  readonly isActive: boolean;
  readonly permissions: readonly string[];
};

/** Finds a token by the hash of its key, with everything that authentication needs, in one statement. */
export async function findTokenAccount(reader: Reader, hashedKey: string): Promise<TokenAccount | null> {
  return reader.maybe(sql`
    select t.id as token_id, t.expiry, a.id as account_id, a.username, a.email, a.is_service_account,
           a.is_superuser, a.is_active,
           array(select distinct permission
                   from account_roles ar
                   join roles r on r.id = ar.role_id
                  cross join unnest(r.permissions) permission
                  where ar.account_id = a.id) as permissions
      from api_tokens t
      join accounts a on a.id = t.account_id
     where t.hashed_key = ${hashedKey}`);
}

export async function insertApiToken(tx: Tx, row: ApiToken): Promise<void> {
  await tx.run(sql`
    insert into api_tokens (id, account_id, hashed_key, name, expiry, created_at)
    values (${row.id}, ${row.accountId}, ${row.hashedKey}, ${row.name}, ${row.expiry}, ${row.createdAt})`);
}

/** A token as lists show it; the newest first. */
export async function listApiTokens(reader: Reader, accountId: number): Promise<ApiToken[]> {
  return reader.many(sql`
    select id, account_id, hashed_key, name, expiry, created_at from api_tokens
     where account_id = ${accountId} order by created_at desc, id`);
}

/** The account of a token; null when there is no such token. */
export async function findAccountIdOfToken(reader: Reader, id: ApiTokenId): Promise<number | null> {
  const found = await reader.maybe<{ accountId: number }>(
    sql`select account_id from api_tokens where id = ${id}`,
  );
  return found?.accountId ?? null;
}

/** Deletes a token of an account; answers what it was. */
export async function deleteApiToken(
  tx: Tx,
  id: ApiTokenId,
  accountId: number,
): Promise<(ApiToken & { readonly username: string }) | null> {
  return tx.maybe(sql`
    delete from api_tokens t using accounts a
     where t.id = ${id} and a.id = t.account_id and a.id = ${accountId}
    returning t.id, t.account_id, t.hashed_key, t.name, t.expiry, t.created_at, a.username`);
}
