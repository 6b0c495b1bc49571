/**
 * SCEP messages (RFC 8894 3): signed data whose signed attributes say what the message is, around an
 * envelope for the recipient. A decoded message was signed by the certificate in it; whether that
 * certificate may ask for anything, and which message types are answered, is decided elsewhere.
 */
import type { KeyObject } from "node:crypto";
import { contentBytes, expectTag, octets, tags, text } from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import type { ContentCipher } from "../cms/content-cipher.ts";
import { decodeEnvelopedData, decryptEnveloped } from "../cms/enveloped-data.ts";
import { cmsOids, decodeSignedData } from "../cms/signed-data.ts";
import { verifySignedData } from "../cms/verify-signed-data.ts";
import type { VerifiedMessage, VerifiedSigner } from "../cms/verify-signed-data.ts";
import type { Certificate } from "../x509/certificate.ts";
import { decodeCertificateRequest, verifyProofOfPossession } from "../x509/certificate-request.ts";
import type { CertificateRequest } from "../x509/certificate-request.ts";
import type { HashName } from "../x509/signature-algorithm.ts";
import { refuseAs, ScepError } from "./scep-error.ts";

/** The signed attributes of RFC 8894 3.2.1. */
export const scepOids = {
  messageType: "2.16.840.1.113733.1.9.2",
  pkiStatus: "2.16.840.1.113733.1.9.3",
  failInfo: "2.16.840.1.113733.1.9.4",
  senderNonce: "2.16.840.1.113733.1.9.5",
  recipientNonce: "2.16.840.1.113733.1.9.6",
  transactionId: "2.16.840.1.113733.1.9.7",
} as const;

/** The message types of RFC 8894 3.2.1.2, and UpdateReq of its drafts, which nobody should answer. */
export const scepMessageTypes = {
  CertRep: 3,
  RenewalReq: 17,
  UpdateReq: 18,
  PKCSReq: 19,
  CertPoll: 20,
  GetCert: 21,
  GetCRL: 22,
} as const;
export type ScepMessageType = keyof typeof scepMessageTypes;

export const pkiStatuses = { success: 0, failure: 2, pending: 3 } as const;
export type PkiStatus = keyof typeof pkiStatuses;

/** RFC 8894 3.2.1.4. */
export const failInfos = { badAlg: 0, badMessageCheck: 1, badRequest: 2, badTime: 3, badCertId: 4 } as const;
export type FailInfo = keyof typeof failInfos;

/** RFC 8894 asks for 16 octets; macOS sends 8. */
export const scepNonceBytesMax = 64;
/** Clients use a hash of their key in hexadecimal, 40 to 64 characters. */
export const scepTransactionIdCharactersMax = 255;

/** A message whose signature holds. */
export type PkiMessage = {
  /** The number on the wire; {@link PkiMessage.messageTypeName} is null for one that nobody defined. */
  readonly messageType: number;
  readonly messageTypeName: ScepMessageType | null;
  readonly transactionId: string;
  readonly senderNonce: Buffer | null;
  readonly recipientNonce: Buffer | null;
  readonly pkiStatus: PkiStatus | null;
  readonly failInfo: FailInfo | null;
  /** Who signed. Of a first request it is self-signed and proves nothing but the possession of its key. */
  readonly signerCertificate: Certificate;
  /** The hash the sender used: an answer may follow it. */
  readonly hash: HashName;
  /** Embedded certificates, the signer's included. */
  readonly certificates: readonly Certificate[];
  /** The envelope, null in answers that carry none. */
  readonly envelope: Buffer | null;
};

/**
 * Decodes a message and verifies it with the certificate of its one signer.
 *
 * @param bytes BER or DER; the door limits its size.
 * @throws {ScepError} `scep_malformed`, `scep_signature_invalid`, `scep_attributes_invalid`.
 */
export function decodePkiMessage(bytes: Uint8Array): PkiMessage {
  const signedData = refuseAs("scep_malformed", "Cannot decode SCEP message", () => decodeSignedData(bytes));
  if (signedData.signers.length !== 1) throw new ScepError("scep_malformed", "SCEP message needs one signer");
  const verified = refuseAs("scep_signature_invalid", "SCEP message is not signed properly", () =>
    // RFC 8894 3.3.2.2: an answer without certificates has no content, and its signature is over nothing.
    verifySignedData({ signedData, ...(signedData.content === null ? { content: Buffer.alloc(0) } : {}) }),
  );
  return refuseAs("scep_attributes_invalid", "SCEP attributes are malformed", () =>
    describeMessage(verified),
  );
}

function describeMessage({ signers, content, contentType, certificates }: VerifiedMessage): PkiMessage {
  const signer = signers[0] as VerifiedSigner; // There is exactly one.
  if (contentType !== cmsOids.data)
    throw new ScepError("scep_attributes_invalid", "SCEP message is not of data");
  const messageType = readNumber(signer, scepOids.messageType);
  if (messageType === null) throw new ScepError("scep_attributes_invalid", "SCEP message has no type");
  return {
    messageType,
    messageTypeName: nameOf(scepMessageTypes, messageType),
    transactionId: readTransactionId(signer),
    senderNonce: readNonce(signer, scepOids.senderNonce),
    recipientNonce: readNonce(signer, scepOids.recipientNonce),
    pkiStatus: nameOf(pkiStatuses, readNumber(signer, scepOids.pkiStatus)),
    failInfo: nameOf(failInfos, readNumber(signer, scepOids.failInfo)),
    signerCertificate: signer.certificate,
    hash: signer.algorithm.hash,
    certificates,
    envelope: content.length === 0 ? null : content,
  };
}

function nameOf<Name extends string>(
  names: Readonly<Record<Name, number>>,
  number: number | null,
): Name | null {
  for (const name of Object.keys(names) as Name[]) if (names[name] === number) return name;
  return null;
}

function findValue(signer: VerifiedSigner, attributeOid: string): Element | null {
  const values = signer.attributes.get(attributeOid);
  if (values === undefined) return null;
  if (values.length !== 1) throw new ScepError("scep_attributes_invalid", "SCEP attribute without one value");
  return values[0] ?? null;
}

/** Types, statuses and reasons are numbers written as decimal PrintableStrings (RFC 8894 3.2.1.2). */
function readNumber(signer: VerifiedSigner, attributeOid: string): number | null {
  const value = findValue(signer, attributeOid);
  if (value === null) return null;
  const digits = text(value);
  if (!/^\d{1,3}$/.test(digits)) throw new ScepError("scep_attributes_invalid", "SCEP number is malformed");
  return Number(digits);
}

function readTransactionId(signer: VerifiedSigner): string {
  const value = findValue(signer, scepOids.transactionId);
  const transactionId = value === null ? "" : text(value);
  const isUsable =
    /^[\x20-\x7e]+$/.test(transactionId) && transactionId.length <= scepTransactionIdCharactersMax;
  if (!isUsable) throw new ScepError("scep_attributes_invalid", "SCEP transaction id is malformed");
  return transactionId;
}

function readNonce(signer: VerifiedSigner, attributeOid: string): Buffer | null {
  const value = findValue(signer, attributeOid);
  if (value === null) return null;
  const { length } = contentBytes(expectTag(value, tags.octetString, "nonce"));
  if (length === 0 || length > scepNonceBytesMax) {
    throw new ScepError("scep_attributes_invalid", "SCEP nonce is malformed");
  }
  return octets(value);
}

/** What a request asks for, and the cipher it came in, which the answer takes too. */
export type OpenedRequest = {
  readonly request: CertificateRequest;
  /** The key the certificate shall certify; the requester proved to hold its private half. */
  readonly publicKey: KeyObject;
  readonly cipher: ContentCipher;
};

/**
 * Opens the envelope of a PKCSReq or RenewalReq and verifies that the requester holds the key it asks for.
 *
 * @param recipient The RA certificate the device encrypted to, and its key.
 * @throws {ScepError} `scep_envelope_missing`; `scep_envelope_unreadable` whether it could not be decrypted
 *   or holds no request, because telling the two apart would be a padding oracle; `scep_proof_invalid`.
 */
export function openPkiMessage(
  message: PkiMessage,
  recipient: { readonly certificate: Certificate; readonly privateKey: KeyObject },
): OpenedRequest {
  const { envelope } = message;
  if (envelope === null) throw new ScepError("scep_envelope_missing", "SCEP message has no envelope");
  const { request, cipher } = refuseAs("scep_envelope_unreadable", "Cannot read SCEP envelope", () => {
    const enveloped = decodeEnvelopedData(envelope);
    const content = decryptEnveloped(enveloped, recipient);
    return { request: decodeCertificateRequest(content), cipher: enveloped.cipher };
  });
  const publicKey = refuseAs("scep_proof_invalid", "Requester does not prove to hold its key", () =>
    verifyProofOfPossession(request),
  );
  return { request, publicKey, cipher };
}
