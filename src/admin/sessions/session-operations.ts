/** Beginning and ending sessions. */
import { randomUUID } from "node:crypto";
import { secondsAfter } from "#platform/clock.ts";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import { type Actor, type Operation, type OperationSource, operate } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import { generateOneTimePassword, hashPassword, isPasswordRight } from "../users/password.ts";
import { accountAttempt, addressAttempt } from "./login-attempt.ts";
import { countAttempt, forgetAttempts } from "./login-attempt-operations.ts";
import {
  type LoginAccount,
  findLoginAccount,
  lockLoginAccount,
  updateLastLogin,
} from "./login-account-store.ts";
import {
  generateSessionKey,
  hashSessionKey,
  isSessionAlive,
  pendingSessionSeconds,
  type SessionId,
  sessionIdleSeconds,
  sessionSeconds,
  sessionSeenSeconds,
  sessionsMax,
  sessionUnknown,
  userAgentCharactersMax,
  wrongCredentials,
} from "./session.ts";
import { loggedIn, loggedOut, loginFailed } from "./session-events.ts";
import {
  deleteOldestSessions,
  deleteSession,
  deleteSessionByKey,
  findSessionAccount,
  insertSession,
  type SessionAccount,
  updateSessionSeen,
} from "./session-store.ts";

export type SessionDeps = {
  readonly source: OperationSource;
  /** A cryptographic source of random bytes. */
  readonly randomBytes: (size: number) => Uint8Array;
};

/** Whom a key speaks for, open or not; null when it ended, is unknown, or the account may not log in any more. */
export async function findLiveSession(reader: Reader, key: string, at: Date): Promise<SessionAccount | null> {
  const found = await findSessionAccount(reader, hashSessionKey(key));
  if (found === null || !found.isActive || found.isServiceAccount) return null;
  return isSessionAlive(found, at) ? found : null;
}

/** Notes that a session is in use, once a minute at most. */
export async function noteSessionSeen(source: OperationSource, session: SessionAccount): Promise<void> {
  const at = source.clock.now();
  if (at < secondsAfter(session.lastSeenAt, sessionSeenSeconds)) return;
  await source.database.transaction((tx) => updateSessionSeen(tx, session.id, at));
}

/** Who is logged in, for the audit: the `user` of http-api 1.15. */
export function sessionUser(
  account: {
    readonly id: number;
    readonly username: string;
    readonly email: string;
    readonly isSuperuser: boolean;
  },
  isMfaAuthenticated: boolean,
): Readonly<Record<string, unknown>> {
  return {
    id: account.id,
    username: account.username,
    email: account.email,
    is_remote: false,
    is_service_account: false,
    is_superuser: account.isSuperuser,
    session: { mfa_authenticated: isMfaAuthenticated, is_remote: false, token_authenticated: false },
  };
}

export type Login = {
  readonly username: string;
  readonly password: Secret<string>;
  /** The key the browser had before; it ends. */
  readonly oldKey: string | null;
};

/**
 * Logs in with name and password.
 *
 * Each step has a transaction of its own: the attempt counts although it is refused, and no transaction waits for the
 * hash. An unknown name takes as long as a wrong password.
 *
 * @returns The key of the new session, which is open unless the account has a second factor.
 */
export async function logIn(deps: SessionDeps, actor: Actor, login: Login): Promise<Secret<string>> {
  const { source } = deps;
  const keys = {
    account: accountAttempt("password", login.username),
    address: addressAttempt(actor.request?.ip ?? null),
  };
  await operate(source, actor, (op) => countAttempt(op, [keys.account, keys.address]));
  const account = await findLoginAccount(source.database, login.username);
  const passwordHash = account?.passwordHash ?? (await decoyHash(deps));
  const isRight = await isPasswordRight(passwordHash, login.password);
  if (account === null || !isRight) {
    await operate(source, actor, async (op) => op.record(loginFailed(account)));
    throw new OperationRefused(wrongCredentials);
  }
  return operate(source, actorOf(actor, account), async (op) => {
    const key = await openAfterPassword(op, deps, account);
    if (login.oldKey !== null) await deleteSessionByKey(op.tx, hashSessionKey(login.oldKey));
    await forgetAttempts(op, keys);
    return key;
  });
}

/** The person as the actor of what follows from a login. */
function actorOf(actor: Actor, account: LoginAccount): Actor {
  const { id, username } = account;
  return { ...actor, kind: "user", id: String(id), name: username, account: sessionUser(account, false) };
}

/** Locks the account first, and so does whoever ends its sessions. */
async function openAfterPassword(
  op: Operation,
  deps: SessionDeps,
  { id, passwordHash }: LoginAccount,
): Promise<Secret<string>> {
  const account = await lockLoginAccount(op.tx, id);
  // Deactivated, or given another password, while this one was compared.
  if (account === null || account.passwordHash !== passwordHash) throw new OperationRefused(wrongCredentials);
  return beginSession(op, deps, { account, isOpen: !account.hasFactor, isMfaAuthenticated: false });
}

/** Makes a session with a key of its own; an open one is a login. */
export async function beginSession(
  op: Operation,
  { randomBytes }: Pick<SessionDeps, "randomBytes">,
  {
    account,
    isOpen,
    isMfaAuthenticated,
  }: {
    readonly account: { readonly id: number };
    readonly isOpen: boolean;
    readonly isMfaAuthenticated: boolean;
  },
): Promise<Secret<string>> {
  const key = generateSessionKey(randomBytes);
  await insertSession(op.tx, {
    id: asUuid<"Session">(randomUUID()),
    hashedKey: hashSessionKey(key),
    accountId: account.id,
    isOpen,
    isMfaAuthenticated,
    ip: op.actor.request?.ip ?? null,
    userAgent: op.actor.request?.userAgent?.slice(0, userAgentCharactersMax) ?? null,
    createdAt: op.at,
    lastSeenAt: op.at,
    endsAt: secondsAfter(op.at, isOpen ? sessionSeconds : pendingSessionSeconds),
  });
  await deleteOldestSessions(op.tx, account.id, sessionsMax);
  if (isOpen) {
    await updateLastLogin(op.tx, account.id, op.at);
    op.record(loggedIn(account.id));
  }
  return new Secret(key);
}

let decoy: Promise<string> | undefined;

/** A hash that no password has, so that unknown names take the time of known ones. */
function decoyHash({ randomBytes }: SessionDeps): Promise<string> {
  decoy ??= hashPassword(generateOneTimePassword(randomBytes));
  return decoy;
}

/** Ends the session of a key. */
export async function logOut(op: Operation, session: SessionAccount): Promise<void> {
  await deleteSession(op.tx, session.accountId, session.id);
  if (session.isOpen) op.record(loggedOut(session.accountId));
}

/** Ends one session of an account. */
export async function revokeSession(op: Operation, accountId: number, id: SessionId): Promise<void> {
  if (!(await deleteSession(op.tx, accountId, id))) throw new OperationRefused(sessionUnknown);
  op.record(loggedOut(accountId));
}

/** Sessions not seen since then have ended. */
export function idleBorder(at: Date): Date {
  return secondsAfter(at, -sessionIdleSeconds);
}
