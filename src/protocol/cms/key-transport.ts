/**
 * RSA key transport (RFC 3370 4.2.1, RFC 3560): the content key of an enveloped message, encrypted to its
 * recipient.
 */
import { constants, privateDecrypt, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { children, contextTag, expectTag, oid, readOnly, tags } from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import { decodeAlgorithmIdentifier, findHash, rsaEncryptionOid } from "../x509/signature-algorithm.ts";
import type { AlgorithmIdentifier, HashName } from "../x509/signature-algorithm.ts";
import { CmsError } from "./cms-error.ts";

const oaepOid = "1.2.840.113549.1.1.7";
const mgf1Oid = "1.2.840.113549.1.1.8";

/** PKCS#1 v1.5, or OAEP with one hash for both of its uses. */
export type KeyTransport =
  | { readonly padding: "pkcs1" }
  | { readonly padding: "oaep"; readonly hash: HashName };

/**
 * Decides how a content key was encrypted.
 *
 * @throws {CmsError} `cms_algorithm_refused`.
 *
 * @throws {Asn1Error}
 */
export function chooseKeyTransport(algorithm: AlgorithmIdentifier): KeyTransport {
  if (algorithm.oid === rsaEncryptionOid) return { padding: "pkcs1" };
  if (algorithm.oid === oaepOid) return { padding: "oaep", hash: readOaepHash(algorithm.parameters) };
  throw new CmsError("cms_algorithm_refused", "Key encryption algorithm is refused");
}

/** RSAES-OAEP-params (RFC 4055 4.1); every absent part means SHA-1. */
function readOaepHash(parameters: Buffer | null): HashName {
  const parts =
    parameters === null ? [] : children(expectTag(readOnly(parameters), tags.sequence, "OAEP parameters"));
  const part = (number: number) => parts.find(({ tag }) => tag === contextTag(number, true));
  const hash = hashOfPart(part(0));
  const mask = part(1);
  const hasLabel = part(2) !== undefined;
  if (hash === null || readMaskHash(mask) !== hash || hasLabel) {
    throw new CmsError("cms_algorithm_refused", "Key encryption algorithm is refused");
  }
  return hash;
}

function hashOfPart(part: Element | undefined): HashName | null {
  if (part === undefined) return "sha1";
  return findHash(decodeAlgorithmIdentifier(children(part)[0]).oid);
}

function readMaskHash(part: Element | undefined): HashName | null {
  if (part === undefined) return "sha1";
  const [type, hash] = children(expectTag(children(part)[0], tags.sequence, "mask generation"));
  return oid(type) === mgf1Oid ? findHash(decodeAlgorithmIdentifier(hash).oid) : null;
}

/**
 * Decrypts a content key without telling whether that worked.
 *
 * A sender who learns that a padding was wrong can decrypt anything by asking often enough
 * (Bleichenbacher), so every failure gives a random key instead (RFC 3218 2.3.2), with which decrypting the
 * content fails like with any wrong key.
 *
 * @returns `keyBytes` octets, always.
 */
export function decryptContentKey(
  privateKey: KeyObject,
  encryptedKey: Buffer,
  expected: { readonly transport: KeyTransport; readonly keyBytes: number },
): Buffer {
  const substitute = randomBytes(expected.keyBytes);
  const key = decryptKey(privateKey, encryptedKey, expected.transport);
  // OpenSSL's implicit rejection returns random octets of random length for a wrong padding.
  return key !== null && key.length === expected.keyBytes ? key : substitute;
}

function decryptKey(key: KeyObject, encryptedKey: Buffer, transport: KeyTransport): Buffer | null {
  try {
    if (transport.padding === "oaep") {
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      return privateDecrypt({ key, padding, oaepHash: transport.hash }, encryptedKey);
    }
    return decryptPkcs1(key, encryptedKey);
  } catch {
    // Answered by the substitute key: the reason must not show.
    return null;
  }
}

function decryptPkcs1(key: KeyObject, encryptedKey: Buffer): Buffer | null {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, encryptedKey);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_INVALID_ARG_VALUE") throw error;
    // A Node whose OpenSSL lacks implicit rejection refuses this padding altogether (CVE-2023-46809).
    return removePkcs1Padding(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encryptedKey));
  }
}

/**
 * Removes the padding of RFC 8017 7.2.2: `00 02`, at least eight octets that are not zero, `00`, the message.
 *
 * @param block As long as the modulus.
 * @returns Null when the block is not of this form.
 */
export function removePkcs1Padding(block: Buffer): Buffer | null {
  const end = block.indexOf(0, 2);
  return block[0] === 0 && block[1] === 2 && end >= 10 ? block.subarray(end + 1) : null;
}
