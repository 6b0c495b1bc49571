/**
 * Keys and certificates for tests. RSA keys take a sixth of a second each to make, so they are made once
 * per process and shared by name; certificates are issued by the code under test and checked against
 * OpenSSL in its own tests.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { issueCertificate, issuerNamed, issuerOf } from "#protocol/x509/issue.ts";
import type { CertificateInput } from "#protocol/x509/issue.ts";
import { nameOids } from "#protocol/x509/name.ts";

export type KeyPair = {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly spki: Buffer;
};
export type Identity = KeyPair & { readonly certificate: Certificate };

const pairs = new Map<string, KeyPair>();

/** The RSA key of this name, made at its first use. */
export function rsaKey(name: string, modulusLength = 2048): KeyPair {
  return keyOnce(`rsa ${modulusLength} ${name}`, () => generateKeyPairSync("rsa", { modulusLength }));
}

/** The elliptic curve key of this name, made at its first use. */
export function ecKey(name: string, namedCurve = "P-256"): KeyPair {
  return keyOnce(`ec ${namedCurve} ${name}`, () => generateKeyPairSync("ec", { namedCurve }));
}

function keyOnce(name: string, generate: () => { privateKey: KeyObject; publicKey: KeyObject }): KeyPair {
  const known = pairs.get(name);
  if (known !== undefined) return known;
  const { privateKey, publicKey } = generate();
  const pair = { privateKey, publicKey, spki: publicKey.export({ type: "spki", format: "der" }) };
  pairs.set(name, pair);
  return pair;
}

type Overrides = Partial<CertificateInput> & { readonly commonName?: string };

const validFrom = new Date("2020-01-01T00:00:00Z");
const validTo = new Date("2039-12-31T00:00:00Z");
/** A moment at which every certificate made here is valid. */
export const validMoment = new Date("2030-06-01T12:00:00Z");

/** A self-signed CA. */
export function aCa(key: KeyPair, { commonName = "Test CA", ...overrides }: Overrides = {}): Identity {
  const subject = [{ oid: nameOids.commonName, value: commonName }];
  const der = issueCertificate({
    serial: randomSerial(),
    subject,
    publicKeyInfo: key.spki,
    issuer: issuerNamed(subject, key.spki),
    issuerKey: key.privateKey,
    notBefore: validFrom,
    notAfter: validTo,
    isCa: true,
    keyUsage: ["keyCertSign", "cRLSign", "digitalSignature", "keyEncipherment"],
    ...overrides,
  });
  return { ...key, certificate: decodeCertificate(der) };
}

/** A certificate issued by a CA; an end entity unless overridden. */
export function anIdentity(
  ca: Identity,
  key: KeyPair,
  { commonName = "Test device", ...overrides }: Overrides = {},
): Identity {
  const der = issueCertificate({
    serial: randomSerial(),
    subject: [{ oid: nameOids.commonName, value: commonName }],
    publicKeyInfo: key.spki,
    issuer: issuerOf(ca.certificate),
    issuerKey: ca.privateKey,
    notBefore: validFrom,
    notAfter: validTo,
    keyUsage: ["digitalSignature", "keyEncipherment"],
    ...overrides,
  });
  return { ...key, certificate: decodeCertificate(der) };
}

function randomSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40;
  return serial;
}
