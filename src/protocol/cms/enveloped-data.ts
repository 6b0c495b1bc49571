/** EnvelopedData (RFC 5652 6) for RSA recipients: SCEP messages, escrowed FileVault keys, server tokens. */
import { constants, publicEncrypt, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { children, contextTag, expectTag, octets, oid, readOnly, tags } from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import {
  contextPrimitive,
  integer,
  nullValue,
  octetString,
  oid as encodeOid,
  sequence,
  setOf,
} from "../asn1/write.ts";
import type { Certificate } from "../x509/certificate.ts";
import { importPublicKey } from "../x509/public-key.ts";
import { decodeAlgorithmIdentifier, keyKindOf, rsaEncryptionOid } from "../x509/signature-algorithm.ts";
import type { AlgorithmIdentifier } from "../x509/signature-algorithm.ts";
import { X509Error } from "../x509/x509-error.ts";
import { CmsError, decodeCms } from "./cms-error.ts";
import {
  decryptContent,
  describeContentCipher,
  encryptContent,
  findContentCipher,
} from "./content-cipher.ts";
import type { ContentCipher } from "./content-cipher.ts";
import { chooseKeyTransport, decryptContentKey } from "./key-transport.ts";
import { encodeContentInfo, encodeIssuerAndSerial } from "./sign.ts";
import { cmsBytesMax, cmsOids, readCertificateReference, readContentInfo } from "./signed-data.ts";
import type { CertificateReference } from "./signed-data.ts";
import { isReferenced } from "./verify-signed-data.ts";

/** Most recipients of one message; ours have one. */
export const cmsRecipientsMax = 16;

/** A recipient that got the content key by RSA; other kinds are left out. */
export type Recipient = {
  readonly reference: CertificateReference;
  readonly keyEncryption: AlgorithmIdentifier;
  readonly encryptedKey: Buffer;
};

/** A decoded, still encrypted message. */
export type EnvelopedData = {
  readonly contentType: string;
  readonly recipients: readonly Recipient[];
  readonly cipher: ContentCipher;
  readonly iv: Buffer;
  readonly encryptedContent: Buffer;
};

/**
 * Decodes one EnvelopedData message.
 *
 * @param bytes BER or DER with nothing after it.
 * @throws {CmsError} `cms_malformed`, `cms_too_large`, `cms_not_enveloped_data`, `cms_algorithm_refused`.
 */
export function decodeEnvelopedData(bytes: Uint8Array): EnvelopedData {
  if (bytes.length > cmsBytesMax) throw new CmsError("cms_too_large", "Encrypted message is too large");
  return decodeCms("Cannot decode encrypted message", () => {
    const content = readContentInfo(bytes, cmsOids.envelopedData);
    if (content === null) throw new CmsError("cms_not_enveloped_data", "Message is not encrypted");
    const parts = children(content).filter(
      ({ tag }) => tag !== contextTag(0, true) && tag !== contextTag(1, true),
    );
    const [version, recipients, encrypted] = parts;
    expectTag(version, tags.integer, "version");
    return { recipients: readRecipients(recipients), ...readEncryptedContent(encrypted) };
  });
}

function readRecipients(set: Element | undefined): Recipient[] {
  // Key transport recipients are the ones without a context tag (RFC 5652 6.2).
  const infos = children(expectTag(set, tags.set, "recipients")).filter(({ tag }) => tag === tags.sequence);
  if (infos.length > cmsRecipientsMax) throw new CmsError("cms_malformed", "Too many recipients");
  return infos.map((info) => {
    const [version, reference, algorithm, encryptedKey] = children(info);
    expectTag(version, tags.integer, "recipient version");
    return {
      reference: readCertificateReference(reference),
      keyEncryption: decodeAlgorithmIdentifier(algorithm),
      encryptedKey: octets(expectTag(encryptedKey, tags.octetString, "encrypted key")),
    };
  });
}

function readEncryptedContent(element: Element | undefined) {
  const [type, algorithm, content] = children(expectTag(element, tags.sequence, "encrypted content"));
  const { oid: cipherOid, parameters } = decodeAlgorithmIdentifier(algorithm);
  const cipher = findContentCipher(cipherOid);
  if (cipher === null) throw new CmsError("cms_algorithm_refused", "Content cipher is refused");
  const iv = parameters === null ? Buffer.alloc(0) : octets(readOnly(parameters));
  if (iv.length !== describeContentCipher(cipher).blockBytes || content === undefined) {
    throw new CmsError("cms_malformed", "Encrypted content is malformed");
  }
  return { contentType: oid(type), cipher, iv, encryptedContent: octets(content, contextTag(0, false)) };
}

/**
 * Decrypts a message.
 *
 * @param input.certificate Ours: the recipient it names is taken. Without it the message must have one
 *   recipient.
 * @throws {CmsError} `cms_recipient_unknown`, `cms_algorithm_refused`; `cms_decrypt_failed` for every
 *   failure of cryptography, whatever it was.
 */
export function decryptEnveloped(
  envelope: EnvelopedData | Uint8Array,
  input: { readonly privateKey: KeyObject; readonly certificate?: Certificate },
): Buffer {
  const message = envelope instanceof Uint8Array ? decodeEnvelopedData(envelope) : envelope;
  const { keyEncryption, encryptedKey } = chooseRecipient(message, input.certificate);
  const transport = decodeCms("Cannot decode key encryption", () => chooseKeyTransport(keyEncryption));
  const { keyBytes } = describeContentCipher(message.cipher);
  const key = decryptContentKey(input.privateKey, encryptedKey, { transport, keyBytes });
  try {
    return decryptContent(message.cipher, { key, iv: message.iv }, message.encryptedContent);
  } catch {
    // Which step failed would be an oracle for whoever sent the message.
    throw new CmsError("cms_decrypt_failed", "Cannot decrypt message");
  }
}

function chooseRecipient({ recipients }: EnvelopedData, certificate: Certificate | undefined): Recipient {
  const ours =
    certificate === undefined
      ? recipients.slice(0, recipients.length === 1 ? 1 : 0)
      : recipients.filter(({ reference }) => isReferenced(reference, certificate.raw));
  if (ours[0] === undefined) throw new CmsError("cms_recipient_unknown", "Message is not encrypted to us");
  return ours[0];
}

/**
 * Encrypts content to one RSA certificate, PKCS#1 v1.5, which is what every peer can open. Content key and
 * IV are drawn here: there is nothing a caller could choose about them but wrongly.
 *
 * @returns An EnvelopedData message in DER.
 * @throws {X509Error} `key_unsupported`
 */
export function encryptEnveloped(input: {
  readonly content: Uint8Array;
  readonly recipient: Certificate;
  readonly cipher: ContentCipher;
}): Buffer {
  const { oid: cipherOid, keyBytes, blockBytes } = describeContentCipher(input.cipher);
  const key = randomBytes(keyBytes);
  const iv = randomBytes(blockBytes);
  const encryptedContent = encryptContent(input.cipher, { key, iv }, input.content);
  const body = sequence(
    integer(0),
    setOf(encodeRecipient(input.recipient, key)),
    sequence(
      encodeOid(cmsOids.data),
      sequence(encodeOid(cipherOid), octetString(iv)),
      contextPrimitive(0, encryptedContent),
    ),
  );
  return encodeContentInfo(cmsOids.envelopedData, body);
}

function encodeRecipient(recipient: Certificate, contentKey: Buffer): Buffer {
  const key = importPublicKey(recipient);
  if (keyKindOf(key) !== "rsa")
    throw new X509Error("key_unsupported", "Only RSA recipients are encrypted to");
  return sequence(
    integer(0),
    encodeIssuerAndSerial(recipient),
    sequence(encodeOid(rsaEncryptionOid), nullValue()),
    octetString(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, contentKey)),
  );
}
