/** Secrets at rest: AES-256-GCM with a key of the installation, bound to where the ciphertext is stored. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { Secret } from "./secret.ts";

/** Where a sealed value lives. It is authenticated with the ciphertext, so one moved elsewhere does not open. */
export type SealContext = { readonly table: string; readonly column: string; readonly row: string | number };

/** Seals and opens secrets. There is no cleartext mode (decisions, "Secrets at rest"). */
export type Sealer = {
  readonly seal: (value: Secret<Buffer>, context: SealContext) => Buffer;
  readonly open: (sealed: Uint8Array, context: SealContext) => Secret<Buffer>;
};

/** A sealed value that does not open: moved between rows, made with another key, or damaged. */
export class SealError extends Error {
  readonly code = "seal_broken";
  constructor(context: SealContext, options?: ErrorOptions) {
    super(`Cannot open the sealed value of "${context.table}.${context.column}"`, options);
    this.name = "SealError";
  }
}

const formatVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Makes the sealer of an installation.
 *
 * @param secretKey At least 32 bytes of key material (`POMONA_SECRET_KEY` or the key file of the data folder).
 */
export function createSealer(secretKey: Secret<Buffer>): Sealer {
  if (secretKey.reveal().length < 32) throw new TypeError("The secret key must have at least 32 bytes");
  const key = Buffer.from(hkdfSync("sha256", secretKey.reveal(), "", "pomona sealed columns", 32));
  return {
    seal: (value, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
      cipher.setAAD(contextBytes(context));
      const body = Buffer.concat([cipher.update(value.reveal()), cipher.final()]);
      return Buffer.concat([Buffer.from([formatVersion]), nonce, cipher.getAuthTag(), body]);
    },
    open: (sealed, context) => {
      try {
        return new Secret(open(key, Buffer.from(sealed), context));
      } catch (error) {
        throw new SealError(context, { cause: error });
      }
    },
  };
}

function open(key: Buffer, sealed: Buffer, context: SealContext): Buffer {
  if (sealed[0] !== formatVersion) throw new Error(`unknown format ${sealed[0]}`);
  const tagStart = 1 + nonceBytes;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, tagStart), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(contextBytes(context));
  decipher.setAuthTag(sealed.subarray(tagStart, tagStart + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(tagStart + tagBytes)), decipher.final()]);
}

function contextBytes(context: SealContext): Buffer {
  return Buffer.from(JSON.stringify([context.table, context.column, String(context.row)]));
}

/** Seals text; the counterpart of {@link openText}. */
export function sealText(sealer: Sealer, value: string, context: SealContext): Buffer {
  return sealer.seal(new Secret(Buffer.from(value, "utf8")), context);
}

/** Opens text that {@link sealText} sealed. */
export function openText(sealer: Sealer, sealed: Uint8Array, context: SealContext): Secret<string> {
  return new Secret(sealer.open(sealed, context).reveal().toString("utf8"));
}
