/** Passwords: argon2id hashes, and the one-time passwords that new accounts begin with. */
import { hash, verify } from "@node-rs/argon2";
import { Secret } from "#platform/secret.ts";

/** OWASP's first choice for argon2id; the defaults of the library are the same and may change. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Letters and digits without those that look alike, 32 of them: each character carries five bits. */
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
const groups = 5;
const groupCharacters = 5;

/** Hashes a password for storage; slow on purpose. */
export async function hashPassword(password: Secret<string>): Promise<string> {
  return hash(password.reveal(), cost);
}

/** Whether a password is the one that was hashed. */
export async function isPasswordRight(passwordHash: string, password: Secret<string>): Promise<boolean> {
  return verify(passwordHash, password.reveal());
}

/**
 * Makes a password of 125 random bits that can be read aloud: five groups of five characters.
 *
 * @param randomBytes A cryptographic source.
 */
export function generateOneTimePassword(randomBytes: (size: number) => Uint8Array): Secret<string> {
  const characters = [...randomBytes(groups * groupCharacters)].map((byte) =>
    alphabet.charAt(byte % alphabet.length),
  );
  const parts = Array.from({ length: groups }, (_, index) =>
    characters.slice(index * groupCharacters, (index + 1) * groupCharacters).join(""),
  );
  return new Secret(parts.join("-"));
}
