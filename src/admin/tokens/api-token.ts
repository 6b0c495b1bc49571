/**
 * An API token lets a program act as its account until it expires.
 * It is shown once, when it is made; only its hash is kept, and nothing changes it afterwards.
 * It never says what the account may do: that is in its roles.
 */
import { crc32 } from "node:zlib";
import { blake2b } from "@noble/hashes/blake2.js";
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";

export type ApiTokenId = Uuid<"ApiToken">;

export type ApiToken = {
  readonly id: ApiTokenId;
  readonly accountId: number;
  readonly hashedKey: string;
  readonly name: string;
  readonly expiry: Date | null;
  readonly createdAt: Date;
};

/** Whose token it is, written in its fourth letter. */
export type TokenOwner = "user" | "service_account";

const ownerLetters = { user: "u", service_account: "s" } as const;
const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const randomCharacters = 30;
const checksumCharacters = 6;
const keyPattern = /^(ztl[us]_[0-9a-zA-Z]{30})([0-9a-zA-Z]{6})$/;

/** Longest key that is looked at: ours have 41 characters, legacy ones were shorter. */
export const keyCharactersMax = 256;
export const tokenNameCharactersMax = 256;

/** The texts of http-api 1.2. */
export const tokenTexts = {
  absent: "Authentication credentials were not provided.",
  empty: "Invalid token header. No credentials provided.",
  spaces: "Invalid token header. Token string should not contain spaces.",
  characters: "Invalid token header. Token string should not contain invalid characters.",
  format: "Invalid ztl token.",
  unknown: "Invalid token.",
  inactive: "User inactive or deleted.",
} as const;

/**
 * Makes a key: prefix, 30 random characters of base 62, checksum (http-api 1.3).
 *
 * @param randomBytes A cryptographic source; bytes that would favour some characters are thrown away.
 */
export function generateKey(owner: TokenOwner, randomBytes: (size: number) => Uint8Array): string {
  let random = "";
  while (random.length < randomCharacters) {
    for (const byte of randomBytes(randomCharacters)) {
      // 248 is the largest multiple of 62 in a byte.
      if (byte < 248 && random.length < randomCharacters) random += alphabet.charAt(byte % alphabet.length);
    }
  }
  const body = `ztl${ownerLetters[owner]}_${random}`;
  return body + keyChecksum(body);
}

/** CRC-32 in base 62, padded to six characters. */
export function keyChecksum(body: string): string {
  let rest = crc32(Buffer.from(body, "utf8"));
  let text = "";
  for (; rest > 0; rest = Math.floor(rest / alphabet.length))
    text = alphabet.charAt(rest % alphabet.length) + text;
  return text.padStart(checksumCharacters, "0");
}

/**
 * What is stored of a key and looked up: BLAKE2b with 32 bytes, unkeyed, in lower-case hexadecimal (http-api 1.3).
 * The length is a parameter of the hash, and Node's makes 64 bytes only.
 */
export function hashKey(key: string): string {
  return Buffer.from(blake2b(Buffer.from(key, "utf8"), { dkLen: 32 })).toString("hex");
}

/** Reads the key of an `Authorization` header; `refused` is the text of the 401. */
export function readAuthorization(
  header: string | undefined,
): { readonly key: string } | { readonly refused: string } {
  const [scheme = "", key, ...more] = (header ?? "").split(/[\t\n\v\f\r ]+/).filter((part) => part !== "");
  if (scheme.toLowerCase() !== "token") return { refused: tokenTexts.absent };
  if (key === undefined) return { refused: tokenTexts.empty };
  if (more.length > 0) return { refused: tokenTexts.spaces };
  if (!/^[\x21-\x7e]+$/.test(key)) return { refused: tokenTexts.characters };
  if (key.includes("_") && !isKeyWellFormed(key)) return { refused: tokenTexts.format };
  return key.length > keyCharactersMax ? { refused: tokenTexts.unknown } : { key };
}

/** Keys without underscore are legacy ones, which have no format. */
function isKeyWellFormed(key: string): boolean {
  const [, body = "", checksum] = keyPattern.exec(key) ?? [];
  return checksum !== undefined && keyChecksum(body) === checksum;
}

/** A token is valid while its expiry is null or in the future. */
export function isExpired(expiry: Date | null, at: Date): boolean {
  return expiry !== null && expiry.getTime() <= at.getTime();
}

/** Refuses a token that could never be used, or a name too long to show. */
export function refuseToken(
  token: { readonly name: string; readonly expiry: Date | null },
  at: Date,
): Refusal | null {
  const invalid = (field: string, detail: string): Refusal => ({
    kind: "invalid",
    code: `api_token_${field}`,
    field,
    detail,
  });
  if (isExpired(token.expiry, at))
    return invalid("expiry", "The expiry of an API token must be in the future.");
  if (token.name.length <= tokenNameCharactersMax) return null;
  return invalid("name", `Ensure this field has no more than ${tokenNameCharactersMax} characters.`);
}
