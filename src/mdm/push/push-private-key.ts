/** Private keys that an operator uploads with a push certificate. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { Asn1Error, children, type Element, oid, readOnly, smallInteger, tags } from "#protocol/asn1/read.ts";
import { decodePem } from "#protocol/x509/pem.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";
import { type PushCertificateRefusal, refusal } from "./push-certificate.ts";

/**
 * Most iterations of a password derivation. OpenSSL writes 2,048, careful tools 600,000; the sender of the key chooses
 * the number and our only thread would count up to it.
 */
export const passwordIterationsMax = 1_000_000;

const passwordSchemeOid = "1.2.840.113549.1.5.13";
const pbkdf2Oid = "1.2.840.113549.1.5.12";

/**
 * Reads a PEM private key, encrypted or not.
 *
 * @returns The key, or a refusal with the text of specification section 7.4. It does not say whether it was the
 *   password.
 */
export function readPrivateKey(pem: string, password: string | null): KeyObject | PushCertificateRefusal {
  try {
    const block = decodePem(pem).find(({ label }) => label.endsWith("PRIVATE KEY"));
    if (block === undefined || !isAffordable(block.label, block.der)) return unreadable;
    return createPrivateKey({ key: pem, format: "pem", ...(password ? { passphrase: password } : {}) });
  } catch {
    // Whatever is wrong with a secret is not told: neither to the caller nor to a log.
    return unreadable;
  }
}

const unreadable = refusal(
  "push_certificate_key_unreadable",
  "private_key",
  "Could not load PEM private key",
);

/** Whether the key belongs to the certificate. */
export function isPair(publicKey: KeyObject, privateKey: KeyObject): boolean {
  return createPublicKey(privateKey).equals(publicKey);
}

/** Encrypted PKCS#8 (RFC 5958 3): the iterations are read before the work is done. */
function isAffordable(label: string, der: Buffer): boolean {
  if (label !== "ENCRYPTED PRIVATE KEY") return true;
  try {
    const [algorithm] = children(readOnly(der));
    const iterations = algorithm === undefined ? null : readIterations(algorithm);
    return iterations !== null && iterations <= passwordIterationsMax;
  } catch (error) {
    if (error instanceof Asn1Error || error instanceof X509Error) return false;
    throw error;
  }
}

/** Of PBES2 with PBKDF2 (RFC 8018 A.2) and of the older schemes (A.3, RFC 7292 C); null for others, such as scrypt. */
function readIterations(algorithm: Element): number | null {
  const [scheme, parameters] = children(algorithm);
  if (parameters === undefined) return null;
  if (oid(scheme) !== passwordSchemeOid) return integerAt(children(parameters), 1);
  const [derivation] = children(parameters);
  const [derivationOid, derivationParameters] = derivation === undefined ? [] : children(derivation);
  if (derivationParameters === undefined || oid(derivationOid) !== pbkdf2Oid) return null;
  return integerAt(children(derivationParameters), 1);
}

function integerAt(elements: readonly Element[], index: number): number | null {
  const found = elements[index];
  return found?.tag === tags.integer ? smallInteger(found) : null;
}
