/** The key that seals secrets, in a file of the data folder when the environment does not give one. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
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

/**
 * A key of our own under another name first, then a link to it: the file is there whole or not at all, and of two
 * processes at their first start one makes it and the other reads what that one made.
 */
function writeKey(path: string): void {
  const own = `${path}.${randomBytes(8).toString("hex")}`;
  const file = openSync(own, "wx", 0o600);
  try {
    writeSync(file, `${randomBytes(keyBytes).toString("base64")}\n`);
    fsyncSync(file);
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    closeSync(file);
    unlinkSync(own);
  }
}
