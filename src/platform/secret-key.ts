/** The key that seals secrets, in a file of the data folder when the environment does not give one. */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "./secret.ts";

const keyBytes = 32;

/** Where the key of a data folder is. Losing it loses every sealed secret: it belongs into the backup, apart. */
export function secretKeyFile(dataFolder: string): string {
  return join(dataFolder, "secret.key");
}

/**
 * Reads the key of a data folder, and makes it at the first start.
 *
 * @throws {Error} when the file is there but holds no key: making another one would make all sealed values unreadable.
 */
export function loadSecretKey(dataFolder: string): Secret<Buffer> {
  const path = secretKeyFile(dataFolder);
  if (!existsSync(path)) {
    mkdirSync(dataFolder, { recursive: true });
    writeKey(path);
  }
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
  if (key.length !== keyBytes) throw new Error(`"${path}" does not hold a secret key of ${keyBytes} bytes`);
  return new Secret(key);
}

function writeKey(path: string): void {
  // Exclusive: of two processes at their first start, one makes the key and the other reads it.
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, `${randomBytes(keyBytes).toString("base64")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
