/** Issuing certificates: version 3, with the extensions RFC 5280 4.2 asks of CAs and of end entities. */
import type { KeyObject } from "node:crypto";
import { bitString, contextConstructed, integer, sequence, time } from "../asn1/write.ts";
import type { Certificate } from "./certificate.ts";
import {
  encodeAlternativeNames,
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtendedKeyUsage,
  encodeExtension,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
  extensionOids,
} from "./extensions.ts";
import type { AlternativeName, KeyUsage } from "./extensions.ts";
import { encodeName } from "./name.ts";
import type { NameInput } from "./name.ts";
import { keyIdentifierOf } from "./public-key.ts";
import { encodeSignatureAlgorithm, keyKindOf, signBytes } from "./signature-algorithm.ts";
import type { HashName } from "./signature-algorithm.ts";
import { X509Error } from "./x509-error.ts";

/** Most octets of a serial number (RFC 5280 4.1.2.2). */
export const serialBytesMax = 20;

/** Who issues: the encoding of its name, and its key identifier when it has one. */
export type Issuer = { readonly name: Buffer; readonly keyIdentifier: Buffer | null };

/** What a certificate shall say. */
export type CertificateInput = {
  /** A positive magnitude of 1 to {@link serialBytesMax} octets, chosen at random by the caller. */
  readonly serial: Uint8Array;
  /** Attributes in order, or the encoding of a whole Name. */
  readonly subject: readonly NameInput[] | Buffer;
  readonly publicKeyInfo: Uint8Array;
  readonly issuer: Issuer;
  readonly issuerKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isCa?: boolean;
  /** Only of a CA: how many CAs may follow below it. */
  readonly pathLength?: number;
  /** Critical; absent allows every use. */
  readonly keyUsage?: readonly KeyUsage[];
  readonly extendedKeyUsage?: readonly string[];
  readonly alternativeNames?: readonly AlternativeName[];
  /** SHA-256 unless a test or an old device needs another. */
  readonly hash?: HashName;
};

/** The issuer that a CA certificate is. */
export function issuerOf(certificate: Certificate): Issuer {
  return { name: certificate.subject.raw, keyIdentifier: certificate.subjectKeyIdentifier };
}

/** The issuer that a certificate will be to itself, or a bare name such as spec 7.4 uses. */
export function issuerNamed(name: readonly NameInput[], publicKeyInfo: Uint8Array): Issuer {
  return { name: encodeName(name), keyIdentifier: keyIdentifierOf(publicKeyInfo) };
}

/**
 * Issues one certificate.
 *
 * @returns Its DER encoding.
 * @throws {X509Error} `certificate_fields_invalid` for a serial number that is zero or too long and for
 *   dates in the wrong order; `key_unsupported`.
 */
export function issueCertificate(input: CertificateInput): Buffer {
  refuseFields(input);
  const hash = input.hash ?? "sha256";
  const algorithm = encodeSignatureAlgorithm({ keyKind: keyKindOf(input.issuerKey), hash });
  const tbs = sequence(
    contextConstructed(0, integer(2)),
    integer(input.serial),
    algorithm,
    input.issuer.name,
    sequence(time(input.notBefore), time(input.notAfter)),
    Buffer.isBuffer(input.subject) ? input.subject : encodeName(input.subject as readonly NameInput[]),
    input.publicKeyInfo,
    contextConstructed(3, sequence(...encodeExtensions(input))),
  );
  return sequence(tbs, algorithm, bitString(signBytes(input.issuerKey, hash, tbs)));
}

function refuseFields({ serial, notBefore, notAfter }: CertificateInput): void {
  const isSerialUsable = serial.length <= serialBytesMax && serial.some((octet) => octet !== 0);
  // A magnitude of 20 octets with its first bit set would need 21.
  if (!isSerialUsable || (serial.length === serialBytesMax && (serial[0] as number) & 0x80)) {
    throw new X509Error("certificate_fields_invalid", "Cannot issue certificate with this serial number");
  }
  if (!(notBefore <= notAfter)) {
    throw new X509Error("certificate_fields_invalid", "Cannot issue certificate that ends before it begins");
  }
}

function encodeExtensions(input: CertificateInput): Buffer[] {
  const { isCa = false, pathLength = null, keyUsage, extendedKeyUsage, alternativeNames, issuer } = input;
  const subjectKeyIdentifier = encodeSubjectKeyIdentifier(keyIdentifierOf(input.publicKeyInfo));
  const result = [
    encodeExtension(extensionOids.basicConstraints, true, encodeBasicConstraints({ isCa, pathLength })),
    encodeExtension(extensionOids.subjectKeyIdentifier, false, subjectKeyIdentifier),
  ];
  if (issuer.keyIdentifier !== null) {
    const value = encodeAuthorityKeyIdentifier(issuer.keyIdentifier);
    result.push(encodeExtension(extensionOids.authorityKeyIdentifier, false, value));
  }
  if (keyUsage !== undefined)
    result.push(encodeExtension(extensionOids.keyUsage, true, encodeKeyUsage(keyUsage)));
  if (extendedKeyUsage !== undefined) {
    const value = encodeExtendedKeyUsage(extendedKeyUsage);
    result.push(encodeExtension(extensionOids.extendedKeyUsage, false, value));
  }
  if (alternativeNames !== undefined && alternativeNames.length > 0) {
    const value = encodeAlternativeNames(alternativeNames);
    result.push(encodeExtension(extensionOids.subjectAlternativeName, false, value));
  }
  return result;
}
