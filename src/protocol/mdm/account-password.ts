// The password hash of an account that a Mac makes for us: the one form AccountConfiguration takes a password in.
import { pbkdf2, randomBytes } from "node:crypto";
import { writePlist } from "../plist/write.ts";

/** Rounds of PBKDF2 (protocol specification 7.4). */
export const accountPasswordIterations = 39_999;
const entropyBytes = 128;
const saltBytes = 32;

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((done, fail) =>
    pbkdf2(password, salt, accountPasswordIterations, entropyBytes, "sha512", (error, entropy) =>
      error === null ? done(entropy) : fail(error),
    ),
  );
}

/**
 * Hashes a password as macOS keeps it: a property list `{SALTED-SHA512-PBKDF2: {entropy, salt, iterations}}`, with 128
 * bytes of entropy and a salt of 32 bytes.
 *
 * @param salt Random unless a test says otherwise.
 * @see https://developer.apple.com/documentation/devicemanagement/accountconfigurationcommand
 */
export async function hashAccountPassword(password: string, salt = randomBytes(saltBytes)): Promise<Buffer> {
  const entropy = await derive(password, salt);
  return writePlist({
    "SALTED-SHA512-PBKDF2": { entropy, salt, iterations: accountPasswordIterations },
  });
}
