/**
 * Tokens that are capabilities: facts of ours, readable and signed, for one purpose. HMAC-SHA-256 with a key of the
 * installation, so that nothing is stored for them.
 */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { Secret } from "./secret.ts";

/** What a token says: JSON without secrets, for whoever holds it can read it. */
export type TokenFacts = readonly (string | number | null)[];

export type TokenSigner = {
  /** The same facts and purpose make the same token, always. */
  readonly sign: (purpose: string, facts: TokenFacts) => string;
  /** What a token of this purpose says; null for anything that was not signed here for it. */
  readonly open: (purpose: string, token: string) => TokenFacts | null;
};

/** Longest token read; ours are below 200 characters. */
export const tokenCharactersMax = 512;

const form = /^([A-Za-z0-9_-]{1,400})\.([A-Za-z0-9_-]{43})$/;

/**
 * Makes the signer of an installation.
 *
 * @param secretKey As that of the sealer; the key of tokens is derived from it and opens nothing sealed.
 */
export function createTokenSigner(secretKey: Secret<Buffer>): TokenSigner {
  const key = new Secret(Buffer.from(hkdfSync("sha256", secretKey.reveal(), "", "pomona signed tokens", 32)));
  const mac = (purpose: string, body: string): Buffer =>
    // The purpose has no line feed, so no other pair of purpose and body makes the same text.
    createHmac("sha256", key.reveal()).update(`${purpose}\n${body}`).digest();
  return {
    sign: (purpose, facts) => {
      if (purpose.includes("\n")) throw new TypeError("The purpose of a token is one line");
      const body = Buffer.from(JSON.stringify(facts)).toString("base64url");
      return `${body}.${mac(purpose, body).toString("base64url")}`;
    },
    open: (purpose, token) => {
      const [, body, signature] = (token.length <= tokenCharactersMax ? form.exec(token) : null) ?? [];
      if (body === undefined || signature === undefined) return null;
      const given = Buffer.from(signature, "base64url");
      if (!timingSafeEqual(given, mac(purpose, body))) return null;
      // Signed here, so it is what `sign` wrote.
      return JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as TokenFacts;
    },
  };
}
