/**
 * Requests as a SCEP client makes them (RFC 8894 3.3.1, 3.3.1.1), for proxying to other servers and for
 * tests.
 */
import type { KeyObject } from "node:crypto";
import { octetString, printableString } from "../asn1/write.ts";
import type { ContentCipher } from "../cms/content-cipher.ts";
import { encryptEnveloped } from "../cms/enveloped-data.ts";
import { signData } from "../cms/sign.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { HashName } from "../x509/signature-algorithm.ts";
import { scepMessageTypes, scepOids } from "./scep-message.ts";
import type { ScepMessageType } from "./scep-message.ts";

/** Who signs a SCEP message. */
export type ScepSigner = { readonly certificate: Certificate; readonly privateKey: KeyObject };

/**
 * Encodes a request for a certificate.
 *
 * @param input.type PKCSReq signed by a self-signed certificate, or RenewalReq signed by the one to renew.
 * @param input.request DER of a PKCS#10 request, with the challenge in it.
 * @param input.transactionId Printable; the same for repeats of one request.
 * @param input.senderNonce 16 octets, random.
 * @param input.recipient The server's RA certificate.
 * @returns A SCEP message in DER.
 * @throws {X509Error} `key_unsupported`
 */
export function encodePkiRequest(input: {
  readonly type: Extract<ScepMessageType, "PKCSReq" | "RenewalReq" | "UpdateReq">;
  readonly request: Uint8Array;
  readonly transactionId: string;
  readonly senderNonce: Uint8Array;
  readonly signer: ScepSigner;
  readonly recipient: Certificate;
  readonly cipher?: ContentCipher;
  readonly hash?: HashName;
}): Buffer {
  const { request: content, recipient, cipher = "aes-128-cbc", hash = "sha256" } = input;
  return signData({
    content: encryptEnveloped({ content, recipient, cipher }),
    ...input.signer,
    hash,
    signedAttributes: true,
    extraAttributes: [
      { oid: scepOids.messageType, value: printableString(String(scepMessageTypes[input.type])) },
      { oid: scepOids.transactionId, value: printableString(input.transactionId) },
      { oid: scepOids.senderNonce, value: octetString(input.senderNonce) },
    ],
  });
}
