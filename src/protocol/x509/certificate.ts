/**
 * X.509 certificates as values. Decoding checks form only: who signed a certificate and whether it is
 * trusted is decided in `chain.ts`, and nothing here reads a clock.
 */
import { createHash } from "node:crypto";
import {
  Asn1Error,
  bitStringOctets,
  children,
  contentBytes,
  contextTag,
  expectTag,
  rawBytes,
  readAt,
  readOnly,
  smallInteger,
  tags,
  time,
} from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import {
  decodeAlternativeNames,
  decodeAuthorityKeyIdentifier,
  decodeBasicConstraints,
  decodeExtendedKeyUsage,
  decodeKeyUsage,
  decodeSubjectKeyIdentifier,
  extensionOids,
  readExtensions,
} from "./extensions.ts";
import type { AlternativeName, BasicConstraints, Extension, KeyUsage } from "./extensions.ts";
import { findSoleNameValue, nameOids, readName } from "./name.ts";
import type { DistinguishedName } from "./name.ts";
import { decodeAlgorithmIdentifier } from "./signature-algorithm.ts";
import type { AlgorithmIdentifier } from "./signature-algorithm.ts";
import { decodeOrRefuse, X509Error } from "./x509-error.ts";

/** Largest certificate decoded; device certificates are 1 to 2 KB, a CA with many names perhaps 8. */
export const certificateBytesMax = 64 * 1024;

/** A decoded certificate. Every Buffer is a view of the bytes it was decoded from. */
export type Certificate = {
  readonly raw: Buffer;
  /** What the issuer signed. */
  readonly tbs: Buffer;
  /** The content octets of the INTEGER as received: compare as bytes. */
  readonly serial: Buffer;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The SubjectPublicKeyInfo; {@link importPublicKey} makes a key of it. */
  readonly publicKeyInfo: Buffer;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Buffer;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly basicConstraints: BasicConstraints | null;
  /** Null when the extension is absent: then every use is allowed (RFC 5280 4.2.1.3). */
  readonly keyUsage: ReadonlySet<KeyUsage> | null;
  readonly extendedKeyUsage: readonly string[] | null;
  readonly subjectKeyIdentifier: Buffer | null;
  readonly authorityKeyIdentifier: Buffer | null;
  readonly alternativeNames: readonly AlternativeName[];
};

/**
 * Decodes one certificate.
 *
 * @param der One certificate and nothing after it, at most {@link certificateBytesMax} bytes.
 * @throws {X509Error} `certificate_malformed`
 */
export function decodeCertificate(der: Uint8Array): Certificate {
  if (der.length > certificateBytesMax)
    throw new X509Error("certificate_malformed", "Certificate is too large");
  return decodeOrRefuse("certificate_malformed", "Cannot decode certificate", () =>
    readCertificate(readOnly(der)),
  );
}

function readCertificate(outer: Element): Certificate {
  const [tbs, algorithm, signature] = children(expectTag(outer, tags.sequence, "certificate"));
  const fields = readTbsFields(tbs);
  const signatureAlgorithm = decodeAlgorithmIdentifier(algorithm);
  if (!rawBytes(fields.algorithm).equals(rawBytes(algorithm as Element))) {
    // RFC 5280 4.1.1.2: the signed copy and the outer one must be the same.
    throw new Asn1Error("asn1_malformed", "the two signature algorithms differ");
  }
  const [notBefore, notAfter] = children(expectTag(fields.validity, tags.sequence, "validity"));
  return {
    raw: rawBytes(outer),
    tbs: rawBytes(tbs as Element),
    serial: contentBytes(fields.serial),
    issuer: readName(fields.issuer),
    subject: readName(fields.subject),
    notBefore: time(expectTime(notBefore)),
    notAfter: time(expectTime(notAfter)),
    publicKeyInfo: rawBytes(expectTag(fields.publicKeyInfo, tags.sequence, "public key info")),
    signatureAlgorithm,
    signature: bitStringOctets(expectTag(signature, tags.bitString, "signature")),
    ...describeExtensions(fields.extensions),
  };
}

function readTbsFields(tbs: Element | undefined) {
  const parts = children(expectTag(tbs, tags.sequence, "certificate fields"));
  const version = parts[0]?.tag === contextTag(0, true) ? parts.shift() : undefined;
  if (version !== undefined && smallInteger(children(version)[0]) > 2) {
    throw new Asn1Error("asn1_unexpected", "certificate version beyond 3");
  }
  const [serial, algorithm, issuer, validity, subject, publicKeyInfo, ...rest] = parts;
  const extensions = rest.find((part) => part.tag === contextTag(3, true));
  return {
    serial: expectTag(serial, tags.integer, "serial number"),
    algorithm: expectTag(algorithm, tags.sequence, "signature algorithm"),
    issuer: expectTag(issuer, tags.sequence, "issuer"),
    validity,
    subject: expectTag(subject, tags.sequence, "subject"),
    publicKeyInfo,
    extensions:
      extensions === undefined ? new Map<string, Extension>() : readExtensions(onlyChild(extensions)),
  };
}

function onlyChild(element: Element): Element {
  const [child, ...others] = children(element);
  if (child === undefined || others.length > 0)
    throw new Asn1Error("asn1_unexpected", "expected one element");
  return child;
}

function expectTime(element: Element | undefined): Element {
  if (element?.tag === tags.utcTime) return element;
  return expectTag(element, tags.generalizedTime, "time");
}

function describeExtensions(extensions: ReadonlyMap<string, Extension>) {
  function decodeIfPresent<T>(extensionOid: string, decode: (value: Buffer) => T): T | null {
    const extension = extensions.get(extensionOid);
    return extension === undefined ? null : decode(extension.value);
  }
  return {
    extensions,
    basicConstraints: decodeIfPresent(extensionOids.basicConstraints, decodeBasicConstraints),
    keyUsage: decodeIfPresent(extensionOids.keyUsage, decodeKeyUsage),
    extendedKeyUsage: decodeIfPresent(extensionOids.extendedKeyUsage, decodeExtendedKeyUsage),
    subjectKeyIdentifier: decodeIfPresent(extensionOids.subjectKeyIdentifier, decodeSubjectKeyIdentifier),
    authorityKeyIdentifier: decodeIfPresent(
      extensionOids.authorityKeyIdentifier,
      decodeAuthorityKeyIdentifier,
    ),
    alternativeNames: decodeIfPresent(extensionOids.subjectAlternativeName, decodeAlternativeNames) ?? [],
  };
}

/** SHA-256 of the certificate: what enrollments are pinned by. */
export function certificateFingerprint(der: Uint8Array): Buffer {
  return createHash("sha256").update(der).digest();
}

/**
 * The issuer and serial number of a certificate without decoding the rest: what CMS names a signer by.
 *
 * @returns The encoding of the issuer's name, and the content octets of the serial number, as received.
 * @throws {X509Error} `certificate_malformed`
 */
export function readIssuerAndSerial(der: Uint8Array): { issuer: Buffer; serial: Buffer } {
  return decodeOrRefuse("certificate_malformed", "Cannot read certificate issuer", () => {
    const outer = expectTag(readOnly(der), tags.sequence, "certificate");
    const tbs = readAt(outer.bytes, outer.contentStart, outer.contentEnd, 1);
    let next = readAt(
      tbs.bytes,
      expectTag(tbs, tags.sequence, "certificate fields").contentStart,
      tbs.contentEnd,
      2,
    );
    const following = () => readAt(tbs.bytes, next.end, tbs.contentEnd, 2);
    if (next.tag === contextTag(0, true)) next = following();
    const serial = contentBytes(expectTag(next, tags.integer, "serial number"));
    next = following();
    next = following();
    return { issuer: rawBytes(expectTag(next, tags.sequence, "issuer")), serial };
  });
}

/** What Apple attested in a device certificate: each only if it occurs exactly once, as text (spec 7.5). */
export function attested(certificate: Certificate): { serialNumber: string | null; udid: string | null } {
  return {
    serialNumber: findSoleNameValue(certificate.subject, nameOids.attestedSerialNumber),
    udid: findSoleNameValue(certificate.subject, nameOids.attestedUdid),
  };
}
