/**
 * The one list of hashes and signature algorithms we accept or make. MD2, MD5, RSA-PSS, DSA and EdDSA are
 * not in it, whatever OpenSSL would do with them; SHA-1 is, because devices sign with it, and its users say
 * where it counts.
 */
import { createHash, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { children, expectTag, oid, rawBytes, tags } from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import { nullValue, oid as encodeOid, sequence } from "../asn1/write.ts";
import { X509Error } from "./x509-error.ts";

export type HashName = "sha1" | "sha256" | "sha384" | "sha512";
export type KeyKind = "rsa" | "ec";
export type SignatureAlgorithm = { readonly keyKind: KeyKind; readonly hash: HashName };
/** An AlgorithmIdentifier (RFC 5280 4.1.1.2); `parameters` is the encoding received, null when absent. */
export type AlgorithmIdentifier = { readonly oid: string; readonly parameters: Buffer | null };

export const rsaEncryptionOid = "1.2.840.113549.1.1.1";
export const ecPublicKeyOid = "1.2.840.10045.2.1";

const hashOids: ReadonlyMap<string, HashName> = new Map([
  ["1.3.14.3.2.26", "sha1"],
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

const signatureOids: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ["1.2.840.113549.1.1.5", { keyKind: "rsa", hash: "sha1" }],
  ["1.2.840.113549.1.1.11", { keyKind: "rsa", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { keyKind: "rsa", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { keyKind: "rsa", hash: "sha512" }],
  ["1.2.840.10045.4.1", { keyKind: "ec", hash: "sha1" }],
  ["1.2.840.10045.4.3.2", { keyKind: "ec", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { keyKind: "ec", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { keyKind: "ec", hash: "sha512" }],
]);

/** Decodes an AlgorithmIdentifier. @throws {Asn1Error} */
export function decodeAlgorithmIdentifier(element: Element | undefined): AlgorithmIdentifier {
  const [algorithm, parameters] = children(expectTag(element, tags.sequence, "algorithm identifier"));
  return { oid: oid(algorithm), parameters: parameters === undefined ? null : rawBytes(parameters) };
}

/** The accepted hash of an OID, or null. */
export function findHash(hashOid: string): HashName | null {
  return hashOids.get(hashOid) ?? null;
}

/** The accepted signature algorithm of an OID such as sha256WithRSAEncryption, or null. */
export function findSignatureAlgorithm(signatureOid: string): SignatureAlgorithm | null {
  return signatureOids.get(signatureOid) ?? null;
}

/** Encodes the AlgorithmIdentifier of a hash, with the NULL that older verifiers expect (RFC 5754 2). */
export function encodeHashAlgorithm(hash: HashName): Buffer {
  for (const [hashOid, name] of hashOids) if (name === hash) return sequence(encodeOid(hashOid), nullValue());
  throw new TypeError(`Cannot encode hash "${hash}"`);
}

/**
 * Encodes the AlgorithmIdentifier of a signature: NULL parameters for RSA (RFC 4055 5), none for ECDSA
 * (RFC 5758).
 */
export function encodeSignatureAlgorithm(algorithm: SignatureAlgorithm): Buffer {
  for (const [signatureOid, known] of signatureOids) {
    if (known.keyKind !== algorithm.keyKind || known.hash !== algorithm.hash) continue;
    const encodedOid = encodeOid(signatureOid);
    return known.keyKind === "rsa" ? sequence(encodedOid, nullValue()) : sequence(encodedOid);
  }
  throw new TypeError(`Cannot encode signature algorithm "${algorithm.keyKind}" with "${algorithm.hash}"`);
}

/** The kind of a key. @throws {X509Error} `key_unsupported` for anything but RSA and elliptic curves. */
export function keyKindOf(key: KeyObject): KeyKind {
  const kind = key.asymmetricKeyType;
  if (kind !== "rsa" && kind !== "ec")
    throw new X509Error("key_unsupported", "Only RSA and EC keys are used");
  return kind;
}

/** Hashes the data. */
export function hashOf(hash: HashName, data: Uint8Array): Buffer {
  return createHash(hash).update(data).digest();
}

/**
 * Verifies one signature: RSA PKCS#1 v1.5, or ECDSA in its DER form.
 *
 * @returns False for a wrong signature, a key of another kind, and whatever OpenSSL refuses to look at.
 */
export function verifySignature(input: {
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: KeyObject;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  if (input.publicKey.asymmetricKeyType !== input.algorithm.keyKind) return false;
  try {
    // A bare RSA key means PKCS#1 v1.5, and spares Node building options at every check-in.
    return verify(input.algorithm.hash, input.data, input.publicKey, input.signature);
  } catch {
    // Some broken signatures make OpenSSL fail instead of answering no; to callers both are the same.
    return false;
  }
}

/** Signs with an RSA (PKCS#1 v1.5) or EC private key. @throws {X509Error} `key_unsupported` */
export function signBytes(privateKey: KeyObject, hash: HashName, data: Uint8Array): Buffer {
  keyKindOf(privateKey);
  return sign(hash, data, privateKey);
}
