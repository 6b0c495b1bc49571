/**
 * A SCEP request for a certificate: which messages are considered at all, and what they must prove before anything is
 * looked up. Read by `scep-route.ts`, granted or refused by `scep-operations.ts`.
 * It never says what the certificate will say: that was decided before.
 */
import type { Refusal } from "#platform/errors.ts";
import type { ContentCipher } from "#protocol/cms/content-cipher.ts";
import { ScepError } from "#protocol/scep/scep-error.ts";
import { type OpenedRequest, type PkiMessage, openPkiMessage } from "#protocol/scep/scep-message.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { hashOf } from "#protocol/x509/signature-algorithm.ts";
import { type Authority, refuseDeviceKey } from "./authority.ts";
import { type ScepChallengeRefusal, hashChallenge } from "./scep-challenge.ts";

/** Largest message taken, however it comes: requests have 2 to 4 KB, with a key of 4096 bits 6. */
export const scepMessageBytesMax = 64 * 1024;

export type ScepRefusalCode =
  | ScepChallengeRefusal["code"]
  | "scep_operation_unknown"
  | "scep_message_missing"
  | "scep_message_malformed"
  | "scep_message_type_refused"
  | "scep_request_unreadable"
  | "scep_signer_mismatch"
  | "scep_key_refused"
  | "scep_renewal_signer_refused"
  | "scep_renewal_refused";

export type ScepRefusal = Refusal & { readonly code: ScepRefusalCode };

/** A request whose form is right and whose sender holds the key it asks a certificate for. */
export type ScepRequest = {
  readonly kind: "PKCSReq" | "RenewalReq";
  readonly transactionId: string;
  /** Who signed the message; the answer is encrypted to this certificate's key. */
  readonly signer: Certificate;
  readonly publicKeyInfo: Buffer;
  readonly publicKeyFingerprint: Buffer;
  /** The SHA-256 of the challenge, null when there is none. */
  readonly challengeHash: Buffer | null;
  /** What the request was encrypted with: the answer takes the same, which the client is known to understand. */
  readonly cipher: ContentCipher;
};

/**
 * Opens a message and checks what can be checked without a look at the database: that it is of a kind we answer, was
 * encrypted to us, and proves to hold a key we certify.
 *
 * Only PKCSReq and RenewalReq are answered: UpdateReq once let anyone have a certificate elsewhere (GO-2026-4775), and
 * the others are about certificates we hand out in one go.
 *
 * @returns The request, or a refusal: `scep_message_type_refused`; `scep_request_unreadable` whatever part of it could
 *   not be read or did not prove its key, because telling which would help only an attacker; `scep_signer_mismatch`;
 *   `scep_key_refused`.
 */
export function admitScepRequest(authority: Authority, message: PkiMessage): ScepRequest | ScepRefusal {
  const kind = message.messageTypeName;
  if (kind !== "PKCSReq" && kind !== "RenewalReq") {
    return refusal("scep_message_type_refused", `Messages of type ${message.messageType} are not answered`);
  }
  const opened = openOrNull(authority, message);
  if (opened === null) return refusal("scep_request_unreadable", "The request cannot be read");
  const { request, publicKey, cipher } = opened;
  const signer = message.signerCertificate;
  // RFC 8894 2.3: a first request is signed with the very key it is about, in a certificate of the client's own making.
  if (kind === "PKCSReq" && !signer.publicKeyInfo.equals(request.publicKeyInfo)) {
    return refusal("scep_signer_mismatch", "The request is not signed with the key it is about");
  }
  const keyRefusal = refuseDeviceKey(publicKey);
  if (keyRefusal !== null) return keyRefusal;
  return {
    kind,
    transactionId: message.transactionId,
    signer,
    publicKeyInfo: request.publicKeyInfo,
    publicKeyFingerprint: hashOf("sha256", request.publicKeyInfo),
    challengeHash: hashOrNull(request.challengePassword),
    cipher,
  };
}

function openOrNull(authority: Authority, message: PkiMessage): OpenedRequest | null {
  try {
    return openPkiMessage(message, authority);
  } catch (error) {
    // What was wrong stays unsaid: one refusal for all of it.
    if (error instanceof ScepError) return null;
    throw error;
  }
}

/** An empty challenge is none: there must be no row that it could find. */
function hashOrNull(challenge: string | null): Buffer | null {
  return challenge === null || challenge === "" ? null : hashChallenge(challenge);
}

function refusal(code: ScepRefusalCode, detail: string): ScepRefusal {
  return { kind: "invalid", code, detail };
}
