/** The cookie of sessions (RFC 6265): `__Host-` and Secure wherever the server is reached by https. */
import { isSessionKey, sessionSeconds } from "./session.ts";

export type SessionCookie = {
  readonly name: string;
  /** The key that a `Cookie` header brings; null when there is none that could be ours. */
  readonly read: (header: string | undefined) => string | null;
  /** The `Set-Cookie` header that keeps a key. */
  readonly keep: (key: string) => Readonly<Record<string, string>>;
  /** The one that forgets it. */
  readonly forget: () => Readonly<Record<string, string>>;
};

/**
 * Makes the cookie of an installation. Plain HTTP is served on loopback only, where a browser may refuse Secure; the
 * prefix asks for Secure, so it goes too. Keys need no quoting: their characters are those of base64url.
 */
export function createSessionCookie(baseUrl: URL): SessionCookie {
  const isSecure = baseUrl.protocol === "https:";
  const name = isSecure ? "__Host-pomona_session" : "pomona_session";
  const header = (key: string, seconds: number): Readonly<Record<string, string>> => ({
    "set-cookie": `${name}=${key}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`,
  });
  return {
    name,
    read: (cookies = "") => {
      const own = cookies.split(";").find((pair) => pair.trimStart().startsWith(`${name}=`));
      const value = own?.slice(own.indexOf("=") + 1).trim() ?? "";
      return isSessionKey(value) ? value : null;
    },
    keep: (key) => header(key, sessionSeconds),
    forget: () => header("", 0),
  };
}
