/**
 * SignedData (RFC 5652 5) as devices send it: BER or DER, of definite or indefinite length, with content or
 * without, with signed attributes or without. Decoding says what a message holds; `verify-signed-data.ts`
 * says whether it is true.
 */
import {
  children,
  contentBytes,
  contextTag,
  expectTag,
  octets,
  oid,
  rawBytes,
  readOnly,
  tags,
} from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import { decodeAlgorithmIdentifier } from "../x509/signature-algorithm.ts";
import { CmsError, decodeCms } from "./cms-error.ts";

export const cmsOids = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  envelopedData: "1.2.840.113549.1.7.3",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
} as const;

/** Most signers of one message; devices sign alone, and each signer costs a public key operation. */
export const cmsSignersMax = 8;
/** Most embedded certificates; Apple embeds a chain of four. */
export const cmsCertificatesMax = 32;
/** Most attributes of one signer. */
export const cmsAttributesMax = 64;
/** Largest message decoded, which bounds profiles and OTA bodies; doors have their own, smaller limits. */
export const cmsBytesMax = 32 * 1024 * 1024;

/** How a signer or recipient names its certificate. */
export type CertificateReference =
  | { readonly kind: "issuerAndSerial"; readonly issuer: Buffer; readonly serial: Buffer }
  | { readonly kind: "keyIdentifier"; readonly keyIdentifier: Buffer };

/** One signer, unverified. */
export type SignerInfo = {
  readonly reference: CertificateReference;
  readonly digestOid: string;
  readonly signatureOid: string;
  readonly signature: Buffer;
  /** The signed attributes as received, with the tag of a SET, which is what was signed; null when absent. */
  readonly signedAttributes: Buffer | null;
  /** The values of each signed attribute by OID. */
  readonly attributes: ReadonlyMap<string, readonly Element[]>;
};

/**
 * A decoded message, unverified. Every Buffer but cut-up content is a view of the bytes it was decoded
 * from.
 */
export type SignedData = {
  readonly contentType: string;
  /** Null when the signature is detached. */
  readonly content: Buffer | null;
  /** The DER of the embedded certificates, in order. */
  readonly certificates: readonly Buffer[];
  readonly signers: readonly SignerInfo[];
};

/**
 * Decodes one SignedData message.
 *
 * @param bytes BER or DER with nothing after it, at most {@link cmsBytesMax}.
 * @throws {CmsError} `cms_malformed`, `cms_too_large`, `cms_not_signed_data`, `cms_signers_too_many`.
 */
export function decodeSignedData(bytes: Uint8Array): SignedData {
  if (bytes.length > cmsBytesMax) throw new CmsError("cms_too_large", "Signed message is too large");
  return decodeCms("Cannot decode signed message", () => {
    const content = readContentInfo(bytes, cmsOids.signedData);
    if (content === null) throw new CmsError("cms_not_signed_data", "Message is not signed");
    return readSignedData(content);
  });
}

/**
 * Reads ContentInfo (RFC 5652 3).
 *
 * @returns The content when it has the type, null when it has another.
 * @throws {Asn1Error}
 */
export function readContentInfo(bytes: Uint8Array, contentType: string): Element | null {
  const [type, wrapped] = children(expectTag(readOnly(bytes), tags.sequence, "content info"));
  if (oid(type) !== contentType) return null;
  const [content] = children(expectTag(wrapped, contextTag(0, true), "content"));
  return expectTag(content, tags.sequence, "content");
}

function readSignedData(element: Element): SignedData {
  const [version, digests, encapsulated, ...rest] = children(element);
  expectTag(version, tags.integer, "version");
  expectTag(digests, tags.set, "digest algorithms");
  const [type, wrapped] = children(expectTag(encapsulated, tags.sequence, "encapsulated content"));
  const signers = children(expectTag(rest.at(-1), tags.set, "signers"));
  if (signers.length > cmsSignersMax) throw new CmsError("cms_signers_too_many", "Too many signers");
  return {
    contentType: oid(type),
    content: wrapped === undefined ? null : readContent(wrapped),
    certificates: readCertificates(rest.find((part) => part.tag === contextTag(0, true))),
    signers: signers.map(readSigner),
  };
}

function readContent(wrapped: Element): Buffer {
  const [content] = children(expectTag(wrapped, contextTag(0, true), "content"));
  if (content === undefined) throw new CmsError("cms_malformed", "Content is missing");
  return octets(content);
}

/** Attribute certificates and other choices of RFC 5652 10.2.2 have context tags and are of no use to us. */
function readCertificates(set: Element | undefined): Buffer[] {
  if (set === undefined) return [];
  const certificates = children(set).filter(({ tag }) => tag === tags.sequence);
  if (certificates.length > cmsCertificatesMax) throw new CmsError("cms_malformed", "Too many certificates");
  return certificates.map(rawBytes);
}

function readSigner(element: Element): SignerInfo {
  const [version, reference, digest, ...rest] = children(expectTag(element, tags.sequence, "signer"));
  expectTag(version, tags.integer, "signer version");
  const attributes = rest[0]?.tag === contextTag(0, true) ? rest.shift() : undefined;
  const [algorithm, signature] = rest;
  return {
    reference: readCertificateReference(reference),
    digestOid: decodeAlgorithmIdentifier(digest).oid,
    signatureOid: decodeAlgorithmIdentifier(algorithm).oid,
    signature: octets(expectTag(signature, tags.octetString, "signature")),
    signedAttributes: attributes === undefined ? null : retagAsSet(attributes),
    attributes: attributes === undefined ? new Map<string, Element[]>() : readAttributes(attributes),
  };
}

/** Reads how a SignerInfo or RecipientInfo names a certificate. @throws {Asn1Error} */
export function readCertificateReference(reference: Element | undefined): CertificateReference {
  if (reference?.tag === contextTag(0, false) || reference?.tag === contextTag(0, true)) {
    return { kind: "keyIdentifier", keyIdentifier: octets(reference, contextTag(0, false)) };
  }
  const [issuer, serial] = children(expectTag(reference, tags.sequence, "issuer and serial number"));
  return {
    kind: "issuerAndSerial",
    issuer: rawBytes(expectTag(issuer, tags.sequence, "issuer")),
    serial: contentBytes(expectTag(serial, tags.integer, "serial number")),
  };
}

/**
 * RFC 5652 5.4: the signature is over the attributes with the tag of a SET. Only the received bytes will
 * do.
 */
function retagAsSet(attributes: Element): Buffer {
  const copy = Buffer.from(rawBytes(attributes));
  copy[0] = tags.set;
  return copy;
}

function readAttributes(list: Element): Map<string, Element[]> {
  const result = new Map<string, Element[]>();
  for (const attribute of children(list)) {
    const [type, values] = children(expectTag(attribute, tags.sequence, "attribute"));
    const attributeOid = oid(type);
    // RFC 5652 5.3: attributes are a set of distinct types.
    if (result.has(attributeOid) || result.size >= cmsAttributesMax) {
      throw new CmsError("cms_attributes_invalid", "Signed attributes occur twice or too often");
    }
    result.set(attributeOid, children(expectTag(values, tags.set, "attribute values")));
  }
  return result;
}
