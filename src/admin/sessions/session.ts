/**
 * A session lets a person who logged in use the console until it ends.
 * It is known by a random key in a cookie, of which only the hash is kept; login and each rise of rights make a new key.
 * It never says what the account may do: that is read from its roles with each request.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";

export type SessionId = Uuid<"Session">;

export type Session = {
  readonly id: SessionId;
  readonly accountId: number;
  /** False while the second factor is awaited. */
  readonly isOpen: boolean;
  readonly isMfaAuthenticated: boolean;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly endsAt: Date;
};

/** A session ends this long after login, whatever happens (console-ops 2.4). */
export const sessionSeconds = 14 * 86_400;
/** And this long after its last request. */
export const sessionIdleSeconds = 3 * 86_400;
/** How long the second factor may take after the password. */
export const pendingSessionSeconds = 600;
/** When it was last used is written at most this often. */
export const sessionSeenSeconds = 60;
/** Most sessions of an account; the oldest ends for a further one. */
export const sessionsMax = 20;
/** Longest user agent that is kept. */
export const userAgentCharactersMax = 256;

const keyBytes = 32;
const keyPattern = /^[\w-]{43}$/;

/** Makes the key of a session, 256 random bits. */
export function generateSessionKey(randomBytes: (size: number) => Uint8Array): string {
  return Buffer.from(randomBytes(keyBytes)).toString("base64url");
}

/** Whether a cookie's value can be a key at all. */
export function isSessionKey(text: string): boolean {
  return keyPattern.test(text);
}

/** What is stored of a key and looked up. The key is random, so a plain hash is enough. */
export function hashSessionKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** The CSRF token of a session: follows from its key, and says nothing about it. */
export function csrfTokenOf(key: string): string {
  return createHmac("sha256", key).update("pomona csrf").digest("base64url");
}

/** Whether a session counts at a time. */
export function isSessionAlive(session: Pick<Session, "lastSeenAt" | "endsAt">, at: Date): boolean {
  const idleSeconds = (at.getTime() - session.lastSeenAt.getTime()) / 1000;
  return session.endsAt.getTime() > at.getTime() && idleSeconds < sessionIdleSeconds;
}

/** Facts of a browser's request that show where it comes from. */
export type RequestOrigin = {
  readonly method: string;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly ownOrigin: string;
};

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Why a request that changes something does not come from our own pages; null when it may. */
export function foreignOriginText({ method, origin, fetchSite, ownOrigin }: RequestOrigin): string | null {
  if (safeMethods.has(method)) return null;
  if (origin !== undefined && origin !== ownOrigin) {
    return `CSRF Failed: Origin checking failed - ${origin.slice(0, 200)} does not match any trusted origins.`;
  }
  if (fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none") return null;
  return "CSRF Failed: The request comes from another site.";
}

/** Why a request with a session is not shown to be meant; null when it is (http-api 1.2). */
export function csrfText(
  request: RequestOrigin & { readonly csrfToken: string | undefined },
  key: string,
): string | null {
  const foreign = foreignOriginText(request);
  if (foreign !== null || safeMethods.has(request.method)) return foreign;
  if (request.csrfToken === undefined) return "CSRF Failed: CSRF token missing.";
  return isEqual(request.csrfToken, csrfTokenOf(key)) ? null : "CSRF Failed: CSRF token incorrect.";
}

/** Compares in a time that says nothing about where texts differ. */
function isEqual(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** One text for every reason: unknown, deactivated, a service account, a wrong password. */
export const wrongCredentials: Refusal = {
  kind: "invalid",
  code: "credentials_wrong",
  field: "non_field_errors",
  detail: "Wrong username or password.",
};

export const sessionUnknown: Refusal = {
  kind: "not_found",
  code: "session_unknown",
  detail: "No Session matches the given query.",
};

/** What is said when the second factor is sent without a login before it, or too late. */
export const noPendingSession: Refusal = {
  kind: "invalid",
  code: "login_expired",
  field: "non_field_errors",
  detail: "This login has expired. Begin again with your password.",
};
