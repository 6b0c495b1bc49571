/** Rows of sessions, and the one look-up of each request with a session. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Session, SessionId } from "./session.ts";

/** A session with its account and what the account's roles hold together. */
export type SessionAccount = Session & {
  readonly username: string;
  readonly email: string;
  readonly isServiceAccount: boolean;
  readonly isSuperuser: boolean;
  readonly isActive: boolean;
  readonly mustChangePassword: boolean;
  readonly permissions: readonly string[];
  /** Kinds of the verification devices that may be asked for, sorted. */
  readonly factorKinds: readonly ("totp" | "webauthn")[];
};

export type SessionRow = Session & { readonly hashedKey: string };

const columns = sql`s.id, s.account_id, s.is_open, s.is_mfa_authenticated, s.ip, s.user_agent, s.created_at,
                    s.last_seen_at, s.ends_at`;

/** Finds a session by the hash of its key, with everything that a request needs, in one statement. */
export async function findSessionAccount(reader: Reader, hashedKey: string): Promise<SessionAccount | null> {
  return reader.maybe(sql`
    select ${columns}, a.username, a.email, a.is_service_account, a.is_superuser, a.is_active,
           a.must_change_password,
           array(select distinct permission
                   from account_roles ar
                   join roles r on r.id = ar.role_id
                  cross join unnest(r.permissions) permission
                  where ar.account_id = a.id order by permission) as permissions,
           array(select distinct kind from verification_devices d
                  where d.account_id = a.id and d.confirmed_at is not null order by kind) as factor_kinds
      from sessions s
      join accounts a on a.id = s.account_id
     where s.hashed_key = ${hashedKey}`);
}

export async function insertSession(tx: Tx, row: SessionRow): Promise<void> {
  await tx.run(sql`
    insert into sessions (id, hashed_key, account_id, is_open, is_mfa_authenticated, ip, user_agent, created_at,
                          last_seen_at, ends_at)
    values (${row.id}, ${row.hashedKey}, ${row.accountId}, ${row.isOpen}, ${row.isMfaAuthenticated}, ${row.ip},
            ${row.userAgent}, ${row.createdAt}, ${row.lastSeenAt}, ${row.endsAt})`);
}

export async function updateSessionSeen(tx: Tx, id: SessionId, at: Date): Promise<void> {
  await tx.run(sql`update sessions set last_seen_at = ${at} where id = ${id} and last_seen_at < ${at}`);
}

/** Deletes the session of a key; answers whether it was there. */
export async function deleteSessionByKey(tx: Tx, hashedKey: string): Promise<boolean> {
  return (await tx.run(sql`delete from sessions where hashed_key = ${hashedKey}`)) === 1;
}

/** Deletes one session of an account; answers whether it was there. */
export async function deleteSession(tx: Tx, accountId: number, id: SessionId): Promise<boolean> {
  return (await tx.run(sql`delete from sessions where id = ${id} and account_id = ${accountId}`)) === 1;
}

/** Ends an account's sessions, all of them or all but one; answers how many. */
export async function deleteSessionsOf(tx: Tx, accountId: number, except: SessionId | null): Promise<number> {
  return tx.run(sql`
    delete from sessions where account_id = ${accountId} and (${except}::uuid is null or id <> ${except}::uuid)`);
}

/** Keeps an account's newest sessions. */
export async function deleteOldestSessions(tx: Tx, accountId: number, kept: number): Promise<void> {
  await tx.run(sql`
    delete from sessions where id in (
      select id from sessions where account_id = ${accountId} order by created_at desc, id offset ${kept})`);
}

/** An account's open sessions that have not ended, the last used first. */
export async function listSessions(
  reader: Reader,
  { accountId, at, seenAfter }: { readonly accountId: number; readonly at: Date; readonly seenAfter: Date },
): Promise<Session[]> {
  return reader.many(sql`
    select ${columns} from sessions s
     where s.account_id = ${accountId} and s.is_open and s.ends_at > ${at} and s.last_seen_at > ${seenAfter}
     order by s.last_seen_at desc, s.id`);
}

/** Deletes sessions that ended; answers how many. */
export async function deleteEndedSessions(
  tx: Tx,
  { at, seenAfter, limit }: { readonly at: Date; readonly seenAfter: Date; readonly limit: number },
): Promise<number> {
  return tx.run(sql`
    delete from sessions where id in (
      select id from sessions where ends_at <= ${at} or last_seen_at <= ${seenAfter} limit ${limit})`);
}

/** Keeps the challenge that a passkey shall answer. */
export async function updateSessionChallenge(
  tx: Tx,
  row: { readonly id: SessionId; readonly challenge: string; readonly endsAt: Date },
): Promise<void> {
  await tx.run(
    sql`update sessions set challenge = ${row.challenge}, challenge_ends_at = ${row.endsAt} where id = ${row.id}`,
  );
}

/** Takes the challenge away and answers it: none is answered twice, not even by requests at the same time. */
export async function takeSessionChallenge(tx: Tx, id: SessionId, at: Date): Promise<string | null> {
  const found = await tx.maybe<{ challenge: string }>(sql`
    with asked as (
      select id, challenge from sessions where id = ${id} and challenge_ends_at > ${at} for update)
    update sessions s set challenge = null, challenge_ends_at = null
      from asked where s.id = asked.id
    returning asked.challenge`);
  return found?.challenge ?? null;
}
