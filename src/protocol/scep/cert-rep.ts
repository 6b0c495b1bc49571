/** Answers to SCEP requests (RFC 8894 3.3.2): the certificate in an envelope, or why there is none. */
import { octetString, printableString } from "../asn1/write.ts";
import type { ContentCipher } from "../cms/content-cipher.ts";
import { decryptEnveloped, encryptEnveloped } from "../cms/enveloped-data.ts";
import { encodeDegenerate, signData } from "../cms/sign.ts";
import type { AttributeInput } from "../cms/sign.ts";
import { decodeSignedData } from "../cms/signed-data.ts";
import { decodeCertificate } from "../x509/certificate.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { HashName } from "../x509/signature-algorithm.ts";
import { refuseAs, ScepError } from "./scep-error.ts";
import { decodePkiMessage, failInfos, pkiStatuses, scepMessageTypes, scepOids } from "./scep-message.ts";
import type { FailInfo, PkiMessage, PkiStatus } from "./scep-message.ts";
import type { ScepSigner } from "./scep-request.ts";

/** What an answer says, by its status. */
export type CertRepOutcome =
  | {
      readonly status: "success";
      /** The certificate asked for comes first; issuers may follow. */
      readonly certificates: readonly { readonly raw: Buffer }[];
      /** The signer of the request, to whose key the answer is encrypted. */
      readonly recipientCertificate: Certificate;
      /** The cipher of the request: the one the client is known to understand. */
      readonly cipher: ContentCipher;
    }
  | { readonly status: "failure"; readonly failInfo: FailInfo }
  | { readonly status: "pending" };

/**
 * Encodes an answer.
 *
 * @param input.recipientNonce The senderNonce of the request, null when it had none.
 * @param input.senderNonce 16 octets, random.
 * @param input.signer The RA or CA, whose certificate is embedded.
 * @param input.hash SHA-256 unless the client is known to need another.
 * @returns A SCEP message in DER; of a failure or a pending request without envelope (RFC 8894 3.3.2.2,
 *   3.3.2.3).
 * @throws {X509Error} `key_unsupported` when the recipient's key is not RSA.
 */
export function encodeCertRep(input: {
  readonly outcome: CertRepOutcome;
  readonly transactionId: string;
  readonly recipientNonce: Buffer | null;
  readonly senderNonce: Uint8Array;
  readonly signer: ScepSigner & { readonly chain?: readonly { readonly raw: Buffer }[] };
  readonly hash?: HashName;
}): Buffer {
  const { outcome, recipientNonce, hash = "sha256" } = input;
  const content = outcome.status === "success" ? encryptCertificates(outcome) : Buffer.alloc(0);
  const extraAttributes: AttributeInput[] = [
    aNumber(scepOids.messageType, scepMessageTypes.CertRep),
    aNumber(scepOids.pkiStatus, pkiStatuses[outcome.status]),
    { oid: scepOids.transactionId, value: printableString(input.transactionId) },
    { oid: scepOids.senderNonce, value: octetString(input.senderNonce) },
  ];
  if (recipientNonce !== null) {
    extraAttributes.push({ oid: scepOids.recipientNonce, value: octetString(recipientNonce) });
  }
  if (outcome.status === "failure")
    extraAttributes.push(aNumber(scepOids.failInfo, failInfos[outcome.failInfo]));
  const detached = outcome.status !== "success";
  return signData({ content, detached, ...input.signer, hash, signedAttributes: true, extraAttributes });
}

function encryptCertificates(outcome: CertRepOutcome & { readonly status: "success" }): Buffer {
  const { recipientCertificate: recipient, cipher } = outcome;
  return encryptEnveloped({ content: encodeDegenerate(outcome.certificates), recipient, cipher });
}

function aNumber(oid: string, value: number): AttributeInput {
  return { oid, value: printableString(String(value)) };
}

/** A decoded answer whose signature holds. */
export type CertRep = PkiMessage & { readonly pkiStatus: PkiStatus };

/**
 * Decodes an answer as a client does. Whether its signer is the server's, and its recipientNonce ours, is
 * the caller's to compare.
 *
 * @throws {ScepError} The codes of {@link decodePkiMessage}; `scep_attributes_invalid` when it is no answer.
 */
export function decodeCertRep(bytes: Uint8Array): CertRep {
  const message = decodePkiMessage(bytes);
  const { pkiStatus } = message;
  if (message.messageTypeName !== "CertRep" || pkiStatus === null) {
    throw new ScepError("scep_attributes_invalid", "SCEP message is not an answer");
  }
  return { ...message, pkiStatus };
}

/**
 * Opens the envelope of an answer.
 *
 * @param recipient The client's certificate and key, with which it signed its request.
 * @returns The certificates in it, at least one, the issued one first.
 * @throws {ScepError} `scep_envelope_missing`, `scep_envelope_unreadable`, `scep_certificates_missing`.
 */
export function openCertRep(answer: PkiMessage, recipient: ScepSigner): Certificate[] {
  const { envelope } = answer;
  if (envelope === null) throw new ScepError("scep_envelope_missing", "SCEP answer has no envelope");
  const content = refuseAs("scep_envelope_unreadable", "Cannot read SCEP envelope", () =>
    decryptEnveloped(envelope, recipient),
  );
  return decodeCertificatesOnly(content);
}

/**
 * Decodes certificates without a signer, as GetCACert answers them where there is an RA or a chain.
 *
 * @throws {ScepError} `scep_malformed`, `scep_certificates_missing`.
 */
export function decodeCertificatesOnly(bytes: Uint8Array): Certificate[] {
  const certificates = refuseAs("scep_malformed", "Cannot decode certificates", () =>
    decodeSignedData(bytes).certificates.map((der) => decodeCertificate(der)),
  );
  if (certificates.length === 0)
    throw new ScepError("scep_certificates_missing", "There are no certificates");
  return certificates;
}
