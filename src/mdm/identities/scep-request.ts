/**
 * A SCEP request for a certificate: which messages are considered at all, and what they must prove before anything is
 * looked up. Read by `scep-route.ts`, granted or refused by `scep-operations.ts`.
 * It never says what the certificate will say: that was decided before.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import type { ScepChallengeRefusal } from "./scep-challenge.ts";

/** Largest message taken, however it comes: requests have 2 to 4 KB, with a key of 4096 bits 6. */
export const scepMessageBytesMax = 64 * 1024;

export type ScepRefusalCode =
  | ScepChallengeRefusal["code"]
  | "scep_operation_unknown"
  | "scep_message_missing"
  | "scep_message_malformed"
  | "scep_message_type_refused"
  | "scep_transaction_id_refused"
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
};
