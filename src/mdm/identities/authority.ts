/**
 * The built-in certificate authority: what it is called, how long what it issues is valid, and which keys it certifies.
 * Made at first start by `authority-operations.ts` and never changed; it also answers SCEP as its own RA.
 * It never takes a name, a use or a date from a request.
 */
import type { KeyObject } from "node:crypto";
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { extendedKeyUsageOids } from "#protocol/x509/extensions.ts";
import type { CertificateInput } from "#protocol/x509/issue.ts";
import { issuerNamed, issuerOf, serialBytesMax } from "#protocol/x509/issue.ts";
import type { NameInput } from "#protocol/x509/name.ts";
import { nameOids } from "#protocol/x509/name.ts";

export type AuthorityId = Id<"CertificateAuthority">;

/** The authority with its key, as a process holds it in memory. */
export type Authority = {
  readonly id: AuthorityId;
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
};

/** How the built-in authority's row is called; two processes starting at once must mean the same one. */
export const builtInAuthorityName = "built-in";

/** RSA, because SCEP encrypts requests to this key (RFC 8894 2.5), and the size every device and client handles. */
export const authorityKeyBits = 2048;

const secondsPerDay = 86_400;
/** Twenty years: devices that have only this CA's certificates cannot be moved to another without enrolling again. */
export const authorityValiditySeconds = 20 * 366 * secondsPerDay;
/** A year; renewal is tried from 90 days before the end (spec 5.2 step 3), so a device has a quarter to turn up. */
export const deviceCertificateValiditySeconds = 365 * secondsPerDay;
/** Signed profiles show as expired after this, so it outlasts any enrollment profile that lies around. */
export const signingCertificateValiditySeconds = 5 * 365 * secondsPerDay;
/** A signing certificate with less left than this is replaced at the next start. */
export const signingCertificateRenewalSeconds = 365 * secondsPerDay;
/** How far certificates begin in the past, because the clock of a device out of its box may be behind. */
export const backdatingSeconds = secondsPerDay;

/** Smallest RSA key certified: 1024 bits have been too few since SP 800-131A. */
export const deviceKeyBitsMin = 2048;
/** Largest RSA key certified: the largest a SCEP payload may ask for (spec 8.1). */
export const deviceKeyBitsMax = 4096;

/** Turns 20 random octets into a serial number: positive, of full length, unguessable (RFC 5280 4.1.2.2). */
export function serialOf(random: Uint8Array): Buffer {
  if (random.length !== serialBytesMax)
    throw new TypeError(`A serial number is made of ${serialBytesMax} octets`);
  const serial = Buffer.from(random);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40; // The length was just checked.
  return serial;
}

/** Refuses to certify a key that is not RSA of a usual size: SCEP could not encrypt the answer to another kind. */
export function refuseDeviceKey(
  publicKey: KeyObject,
): (Refusal & { readonly code: "scep_key_refused" }) | null {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  const isUsable =
    publicKey.asymmetricKeyType === "rsa" && bits >= deviceKeyBitsMin && bits <= deviceKeyBitsMax;
  if (isUsable) return null;
  const detail = `Keys must be RSA of ${deviceKeyBitsMin} to ${deviceKeyBitsMax} bits`;
  return { kind: "invalid", code: "scep_key_refused", detail };
}

/** What each kind of certificate is made of besides its policy. */
export type CertificateMaterial = {
  readonly publicKeyInfo: Buffer;
  readonly serial: Buffer;
  readonly at: Date;
};

/** The CA's own certificate: CA and, as SCEP's recipient and signer, an RA of its own (RFC 8894 2.1.2). */
export function planAuthorityCertificate(
  material: CertificateMaterial & { readonly privateKey: KeyObject },
): CertificateInput {
  const subject = authoritySubject(material.serial);
  return {
    ...validity(material.at, authorityValiditySeconds),
    serial: material.serial,
    subject,
    publicKeyInfo: material.publicKeyInfo,
    issuer: issuerNamed(subject, material.publicKeyInfo),
    issuerKey: material.privateKey,
    isCa: true,
    pathLength: 0,
    keyUsage: ["digitalSignature", "keyEncipherment", "keyCertSign", "cRLSign"],
  };
}

/** Installations differ in the serial number, so that their authorities are not taken for one another. */
function authoritySubject(serial: Buffer): NameInput[] {
  return [
    { oid: nameOids.organization, value: "Pomona" },
    { oid: nameOids.commonName, value: `Pomona CA ${serial.toString("hex").slice(0, 8)}` },
  ];
}

/** A device's certificate: subject as decided when its challenge was made, nothing of what the request says. */
export function planDeviceCertificate(
  authority: Authority,
  material: CertificateMaterial & { readonly subject: readonly NameInput[] },
): CertificateInput {
  return {
    ...issuedBy(authority, material, deviceCertificateValiditySeconds),
    subject: material.subject,
    keyUsage: ["digitalSignature", "keyEncipherment"],
    extendedKeyUsage: [extendedKeyUsageOids.clientAuth],
  };
}

/** What profiles are signed with when there is no TLS key; e-mail protection is the purpose CMS tools ask for. */
export function planSigningCertificate(
  authority: Authority,
  material: CertificateMaterial,
): CertificateInput {
  return {
    ...issuedBy(authority, material, signingCertificateValiditySeconds),
    subject: [
      { oid: nameOids.organization, value: "Pomona" },
      { oid: nameOids.commonName, value: "Pomona Profile Signing" },
    ],
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [extendedKeyUsageOids.emailProtection],
  };
}

function issuedBy(authority: Authority, material: CertificateMaterial, validitySeconds: number) {
  const { notBefore, notAfter } = validity(material.at, validitySeconds);
  const lastMoment = authority.certificate.notAfter;
  return {
    serial: material.serial,
    publicKeyInfo: material.publicKeyInfo,
    issuer: issuerOf(authority.certificate),
    issuerKey: authority.privateKey,
    notBefore,
    // A certificate that outlives its issuer would be refused before its own end.
    notAfter: notAfter < lastMoment ? notAfter : lastMoment,
  };
}

function validity(at: Date, seconds: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(at.getTime() - backdatingSeconds * 1000),
    notAfter: new Date(at.getTime() + seconds * 1000),
  };
}
