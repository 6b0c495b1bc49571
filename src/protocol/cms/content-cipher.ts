/**
 * The content ciphers of enveloped messages: CBC ciphers alone, because that is all SCEP and Apple's
 * services use.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";

/**
 * DES and triple DES are here because SCEP clients still send them; new messages follow what the peer
 * sent.
 */
export type ContentCipher = "aes-128-cbc" | "aes-192-cbc" | "aes-256-cbc" | "des-ede3-cbc" | "des-cbc";

type Parameters = { readonly oid: string; readonly keyBytes: number; readonly blockBytes: number };

const ciphers: Readonly<Record<ContentCipher, Parameters>> = {
  "aes-128-cbc": { oid: "2.16.840.1.101.3.4.1.2", keyBytes: 16, blockBytes: 16 },
  "aes-192-cbc": { oid: "2.16.840.1.101.3.4.1.22", keyBytes: 24, blockBytes: 16 },
  "aes-256-cbc": { oid: "2.16.840.1.101.3.4.1.42", keyBytes: 32, blockBytes: 16 },
  "des-ede3-cbc": { oid: "1.2.840.113549.3.7", keyBytes: 24, blockBytes: 8 },
  "des-cbc": { oid: "1.3.14.3.2.7", keyBytes: 8, blockBytes: 8 },
};

/** The cipher of an OID, or null. */
export function findContentCipher(cipherOid: string): ContentCipher | null {
  for (const [name, { oid }] of Object.entries(ciphers)) {
    if (oid === cipherOid) return name as ContentCipher; // The keys of the table are the ciphers.
  }
  return null;
}

/** OID, key size and block size of a cipher, sizes in octets. */
export function describeContentCipher(cipher: ContentCipher): Parameters {
  return ciphers[cipher];
}

/** Encrypts with PKCS#7 padding (RFC 5652 6.3). */
export function encryptContent(
  cipher: ContentCipher,
  secret: { key: Buffer; iv: Buffer },
  content: Uint8Array,
): Buffer {
  const { name, key } = nodeCipher(cipher, secret.key);
  const encryption = createCipheriv(name, key, secret.iv);
  return Buffer.concat([encryption.update(content), encryption.final()]);
}

/** Decrypts and removes the padding; throws whatever OpenSSL does, so callers answer every failure alike. */
export function decryptContent(
  cipher: ContentCipher,
  secret: { key: Buffer; iv: Buffer },
  content: Uint8Array,
): Buffer {
  const { name, key } = nodeCipher(cipher, secret.key);
  const decryption = createDecipheriv(name, key, secret.iv);
  return Buffer.concat([decryption.update(content), decryption.final()]);
}

/** OpenSSL 3 has no single DES; triple DES with one key three times is the same cipher. */
function nodeCipher(cipher: ContentCipher, key: Buffer): { name: string; key: Buffer } {
  return cipher === "des-cbc"
    ? { name: "des-ede3-cbc", key: Buffer.concat([key, key, key]) }
    : { name: cipher, key };
}
