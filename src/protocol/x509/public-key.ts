/**
 * Public keys out of certificates and requests. Keys are read here and imported as JWK, which OpenSSL does
 * several times faster than parsing the same DER itself; sizes are limited because an odd key costs more
 * than its message.
 */
import { createHash, createPublicKey } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import {
  Asn1Error,
  bitStringOctets,
  children,
  contentBytes,
  expectTag,
  oid,
  readOnly,
  tags,
} from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import { subjectPublicKeyBits } from "./extensions.ts";
import { decodeAlgorithmIdentifier, ecPublicKeyOid, rsaEncryptionOid } from "./signature-algorithm.ts";
import { decodeOrRefuse, X509Error } from "./x509-error.ts";

/** Apple's own device CA and VirtualMac identities have 1024 bits. */
export const rsaModulusBitsMin = 1024;
/** Verification time grows with the square of the size. */
export const rsaModulusBitsMax = 8192;
/** 65537 has three octets; a long exponent makes one verification cost as much as thousands. */
const rsaExponentBytesMax = 4;

const curves: ReadonlyMap<string, { readonly name: string; readonly bytes: number }> = new Map([
  ["1.2.840.10045.3.1.7", { name: "P-256", bytes: 32 }],
  ["1.3.132.0.34", { name: "P-384", bytes: 48 }],
  ["1.3.132.0.35", { name: "P-521", bytes: 66 }],
]);

/**
 * Makes a key of a SubjectPublicKeyInfo: RSA of 1024 to 8192 bits, or P-256, P-384, P-521 uncompressed.
 *
 * @throws {X509Error} `key_unsupported` for other kinds, sizes and points off the curve;
 *   `certificate_malformed`.
 */
export function importPublicKeyInfo(publicKeyInfo: Uint8Array): KeyObject {
  const jwk = decodeOrRefuse("certificate_malformed", "Cannot decode public key", () =>
    readJwk(publicKeyInfo),
  );
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch (error) {
    // OpenSSL checks that a point lies on its curve; ours to say is only that the key is no good.
    throw new X509Error("key_unsupported", "Cannot use public key", { cause: error });
  }
}

/** Makes a key of the one a certificate certifies; see {@link importPublicKeyInfo}. @throws {X509Error} */
export function importPublicKey(certificate: { readonly publicKeyInfo: Buffer }): KeyObject {
  return importPublicKeyInfo(certificate.publicKeyInfo);
}

/**
 * The SHA-1 of the key's bits, the usual key identifier (RFC 5280 4.2.1.2, method 1).
 *
 * @throws {X509Error} `certificate_malformed`
 */
export function keyIdentifierOf(publicKeyInfo: Uint8Array): Buffer {
  return decodeOrRefuse("certificate_malformed", "Cannot decode public key", () =>
    createHash("sha1").update(subjectPublicKeyBits(publicKeyInfo)).digest(),
  );
}

function readJwk(publicKeyInfo: Uint8Array): JsonWebKey {
  const [algorithm, bits] = children(expectTag(readOnly(publicKeyInfo), tags.sequence, "public key info"));
  const { oid: kind, parameters } = decodeAlgorithmIdentifier(algorithm);
  const key = bitStringOctets(expectTag(bits, tags.bitString, "public key"));
  if (kind === rsaEncryptionOid) return readRsaJwk(key);
  if (kind === ecPublicKeyOid && parameters !== null) return readEcJwk(key, parameters);
  throw new X509Error("key_unsupported", "Only RSA and EC keys are used");
}

function readRsaJwk(key: Buffer): JsonWebKey {
  const [modulus, exponent] = children(expectTag(readOnly(key), tags.sequence, "RSA key"));
  const n = positiveInteger(modulus);
  const e = positiveInteger(exponent);
  const bitCount = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (bitCount < rsaModulusBitsMin || bitCount > rsaModulusBitsMax) {
    throw new X509Error("key_unsupported", "RSA key of a size that is not used");
  }
  const isExponentUsable =
    e.length <= rsaExponentBytesMax && e.readUIntBE(0, e.length) >= 3 && lastBit(e) === 1;
  if (!isExponentUsable) throw new X509Error("key_unsupported", "RSA key with an unusual exponent");
  return { kty: "RSA", n: n.toString("base64url"), e: e.toString("base64url") };
}

function positiveInteger(element: Element | undefined): Buffer {
  const content = contentBytes(expectTag(element, tags.integer, "RSA number"));
  if (content.length === 0 || (content[0] as number) & 0x80) {
    throw new Asn1Error("asn1_malformed", "RSA number is not positive");
  }
  const start = content.findIndex((octet) => octet !== 0);
  if (start < 0) throw new Asn1Error("asn1_malformed", "RSA number is zero");
  return content.subarray(start);
}

function lastBit(bytes: Buffer): number {
  return (bytes.at(-1) ?? 0) & 1;
}

function readEcJwk(point: Buffer, parameters: Buffer): JsonWebKey {
  const curve = parameters[0] === tags.oid ? curves.get(oid(readOnly(parameters))) : undefined;
  if (curve === undefined) throw new X509Error("key_unsupported", "EC key on a curve that is not used");
  if (point[0] !== 0x04 || point.length !== 1 + 2 * curve.bytes) {
    throw new X509Error("key_unsupported", "EC key that is not an uncompressed point");
  }
  const x = point.subarray(1, 1 + curve.bytes).toString("base64url");
  const y = point.subarray(1 + curve.bytes).toString("base64url");
  return { kty: "EC", crv: curve.name, x, y };
}
