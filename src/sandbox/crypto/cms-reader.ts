/**
 * The device's side of reading CMS: profiles it is asked to trust, and what a SCEP server sends back. Strict on
 * purpose, DER and BER alike: a server that writes something odd is to fail here and not on a real device.
 */
import { constants, createDecipheriv, createHash, privateDecrypt } from "node:crypto";
import type { KeyObject } from "node:crypto";
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
} from "#protocol/asn1/read.ts";
import type { Element } from "#protocol/asn1/read.ts";
import { decodeCertificate, readIssuerAndSerial } from "#protocol/x509/certificate.ts";
import { importPublicKey } from "#protocol/x509/public-key.ts";
import { findHash, verifySignature } from "#protocol/x509/signature-algorithm.ts";

/** A message that a device would not accept. */
export class CmsRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CmsRefused";
  }
}

/** A verified message: its content, every certificate in it, and the signer's certificate and signed attributes. */
export type OpenedMessage = {
  readonly content: Buffer;
  readonly certificates: readonly Buffer[];
  readonly signer: Buffer;
  /** The encoded single value of each signed attribute, by type. */
  readonly attributes: ReadonlyMap<string, Element>;
};

const signedDataOid = "1.2.840.113549.1.7.2";
const envelopedDataOid = "1.2.840.113549.1.7.3";
const dataOid = "1.2.840.113549.1.7.1";
const contentTypeOid = "1.2.840.113549.1.9.3";
const messageDigestOid = "1.2.840.113549.1.9.4";

/** Whether bytes begin like a ContentInfo rather than like a property list. */
export function isContentInfo(bytes: Buffer): boolean {
  return bytes[0] === tags.sequence;
}

/**
 * Opens a SignedData of exactly one signer and verifies its signature.
 *
 * @throws {CmsRefused} when it has another shape, no content, or a signature that does not hold.
 */
export function openSignedMessage(bytes: Buffer): OpenedMessage {
  const parts = contentInfoParts(bytes, signedDataOid);
  const content = readContent(parts[2]);
  const certificates = listCertificates(parts);
  const infos = children(expectTag(parts.at(-1), tags.set, "signer infos"));
  const [info] = infos;
  if (info === undefined || infos.length !== 1) throw new CmsRefused("Expected exactly one signer");
  return { content, certificates, ...verifySignerInfo(info, content, certificates) };
}

/** The certificates of a SignedData without signers, which is how SCEP hands them over (RFC 8894 3.4). */
export function listEnclosedCertificates(bytes: Buffer): Buffer[] {
  return listCertificates(contentInfoParts(bytes, signedDataOid));
}

function contentInfoParts(bytes: Buffer, expectedOid: string): Element[] {
  const [type, wrapper] = children(expectTag(readOnly(bytes), tags.sequence, "content info"));
  if (oid(type) !== expectedOid) throw new CmsRefused(`Expected ${expectedOid}`);
  const [inner] = children(expectTag(wrapper, contextTag(0, true), "content"));
  return children(expectTag(inner, tags.sequence, "message"));
}

function readContent(encapsulated: Element | undefined): Buffer {
  const [type, wrapper] = children(expectTag(encapsulated, tags.sequence, "encapsulated content"));
  if (oid(type) !== dataOid) throw new CmsRefused("Expected content of type data");
  const [value] = children(expectTag(wrapper, contextTag(0, true), "embedded content"));
  if (value === undefined) throw new CmsRefused("Expected embedded content");
  return octets(value);
}

function listCertificates(parts: readonly Element[]): Buffer[] {
  const set = parts.find(({ tag }) => tag === contextTag(0, true));
  return set === undefined ? [] : children(set).map(rawBytes);
}

function verifySignerInfo(info: Element, content: Buffer, certificates: readonly Buffer[]) {
  const parts = children(expectTag(info, tags.sequence, "signer info"));
  const [, identifier, digestAlgorithm] = parts;
  const signer = findSigner(identifier, certificates);
  const hash = findHash(oid(children(expectTag(digestAlgorithm, tags.sequence, "digest algorithm"))[0]));
  if (hash === null) throw new CmsRefused("Unknown digest algorithm");
  const signedAttributes = parts.find(({ tag }) => tag === contextTag(0, true));
  const attributes = readAttributes(signedAttributes);
  if (signedAttributes !== undefined) {
    expectAttributes(attributes, createHash(hash).update(content).digest());
  }
  const signature = parts.find(({ tag }) => tag === tags.octetString);
  if (signature === undefined) throw new CmsRefused("Expected a signature");
  const publicKey = importPublicKey(decodeCertificate(signer));
  const keyKind = publicKey.asymmetricKeyType === "rsa" ? ("rsa" as const) : ("ec" as const);
  const isValid = verifySignature({
    algorithm: { keyKind, hash },
    publicKey,
    data: signedAttributes === undefined ? content : asSet(signedAttributes),
    signature: contentBytes(signature),
  });
  if (!isValid) throw new CmsRefused("Signature does not hold");
  return { signer, attributes };
}

function findSigner(identifier: Element | undefined, certificates: readonly Buffer[]): Buffer {
  const [issuer, serial] = children(expectTag(identifier, tags.sequence, "signer identifier"));
  const found = certificates.find((certificate) => {
    const names = readIssuerAndSerial(certificate);
    return (
      names.issuer.equals(rawBytes(expectTag(issuer, tags.sequence, "issuer"))) &&
      names.serial.equals(contentBytes(expectTag(serial, tags.integer, "serial number")))
    );
  });
  if (found === undefined) throw new CmsRefused("The signer's certificate is not in the message");
  return found;
}

function readAttributes(set: Element | undefined): Map<string, Element> {
  const result = new Map<string, Element>();
  for (const attribute of set === undefined ? [] : children(set)) {
    const [type, values] = children(attribute);
    const [value] = children(expectTag(values, tags.set, "attribute values"));
    if (value !== undefined) result.set(oid(type), value);
  }
  return result;
}

/** RFC 5652 11.1 and 11.2: both are there, and they speak of this content. */
function expectAttributes(attributes: ReadonlyMap<string, Element>, digest: Buffer): void {
  const messageDigest = attributes.get(messageDigestOid);
  if (messageDigest === undefined || !octets(messageDigest).equals(digest)) {
    throw new CmsRefused("Signed digest is not that of the content");
  }
  if (oid(attributes.get(contentTypeOid)) !== dataOid)
    throw new CmsRefused("Signed content type is not data");
}

function asSet(signedAttributes: Element): Buffer {
  const bytes = Buffer.from(rawBytes(signedAttributes));
  bytes[0] = tags.set;
  return bytes;
}

const cipherNames: Readonly<Record<string, string>> = {
  "2.16.840.1.101.3.4.1.42": "aes-256-cbc",
  "2.16.840.1.101.3.4.1.22": "aes-192-cbc",
  "2.16.840.1.101.3.4.1.2": "aes-128-cbc",
  "1.2.840.113549.3.7": "des-ede3-cbc",
};

/**
 * Decrypts an EnvelopedData of one RSA recipient.
 *
 * @throws {CmsRefused} when it has another shape or is for another key.
 */
export function openEnvelope(bytes: Buffer, privateKey: KeyObject): Buffer {
  const parts = contentInfoParts(bytes, envelopedDataOid);
  const [recipient] = children(expectTag(parts[1], tags.set, "recipient infos"));
  const encryptedKey = children(expectTag(recipient, tags.sequence, "recipient info"))[3];
  const key = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_PADDING },
    contentBytes(expectTag(encryptedKey, tags.octetString, "encrypted key")),
  );
  const [, algorithm, encrypted] = children(expectTag(parts[2], tags.sequence, "encrypted content"));
  const [type, iv] = children(expectTag(algorithm, tags.sequence, "cipher"));
  const cipher = cipherNames[oid(type)];
  if (cipher === undefined || encrypted === undefined) throw new CmsRefused("Unknown cipher or no content");
  try {
    const reader = createDecipheriv(cipher, key, contentBytes(expectTag(iv, tags.octetString, "iv")));
    return Buffer.concat([reader.update(octets(encrypted, contextTag(0, false))), reader.final()]);
  } catch (error) {
    throw new CmsRefused("Envelope is not for this key", { cause: error });
  }
}
