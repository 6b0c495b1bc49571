/**
 * A SCEP challenge allows one certificate: for one bearer, until it expires, with the subject decided when it was made.
 * Made when a profile with a SCEP payload is built, used up by the first request that proves a key with it.
 * Never stored in clear, and never extended.
 */
import { createHash } from "node:crypto";
import type { Refusal } from "#platform/errors.ts";
import type { NameInput } from "#protocol/x509/name.ts";

/** Octets of randomness in a challenge: 160 bits, written in hexadecimal so that every client can encode it. */
export const scepChallengeRandomBytes = 20;
/**
 * How long a challenge lives unless its profile says otherwise: an hour, as a re-enrollment session does. OTA phases
 * follow one another in seconds, but a Reenroll command may reach a device that is about to sleep.
 */
export const scepChallengeSecondsDefault = 3_600;
/** The longest a caller may ask for: a directly downloaded profile is installed within its 24 hours. */
export const scepChallengeSecondsMax = 86_400;
/** What is kept of a challenge. `use` is null until a certificate was issued for it. */
export type ScepChallenge = {
  readonly id: string;
  readonly boundTo: string;
  readonly subject: readonly NameInput[];
  readonly expiresAt: Date;
  readonly use: ScepChallengeUse | null;
};

export type ScepChallengeUse = {
  readonly transactionId: string;
  readonly publicKeyFingerprint: Buffer;
  readonly issuedCertificateId: string;
};

export type ScepChallengeRefusal = Refusal & {
  readonly code:
    | "scep_challenge_missing"
    | "scep_challenge_unknown"
    | "scep_challenge_expired"
    | "scep_challenge_used";
};

export type ScepChallengeDecision =
  | { readonly decision: "issue"; readonly challenge: ScepChallenge }
  | { readonly decision: "repeat"; readonly issuedCertificateId: string };

/** What a challenge is stored and looked up as. It is random, so a plain hash hides it. */
export function hashChallenge(challenge: string): Buffer {
  return createHash("sha256").update(challenge, "utf8").digest();
}

/**
 * Decides what a request may have for the challenge it brought.
 *
 * @param challenge The stored challenge, null when there is none of that hash.
 * @returns `issue` once; `repeat` for the same key and transaction within its life, because a device that did not
 *   get our answer asks again (decisions, "SCEP repeats"); a refusal otherwise.
 */
export function decideChallenge(
  challenge: ScepChallenge | null,
  request: { readonly transactionId: string; readonly publicKeyFingerprint: Buffer; readonly at: Date },
): ScepChallengeDecision | ScepChallengeRefusal {
  if (challenge === null) return refusal("scep_challenge_unknown", "No such challenge was made");
  if (request.at >= challenge.expiresAt)
    return refusal("scep_challenge_expired", "The challenge has expired");
  const { use } = challenge;
  if (use === null) return { decision: "issue", challenge };
  const isRepeat =
    use.transactionId === request.transactionId &&
    use.publicKeyFingerprint.equals(request.publicKeyFingerprint);
  if (isRepeat) return { decision: "repeat", issuedCertificateId: use.issuedCertificateId };
  return refusal("scep_challenge_used", "The challenge was used by another request");
}

/** Refuses a request without a challenge: there is no open enrollment. */
export function challengeMissing(): ScepChallengeRefusal {
  return refusal("scep_challenge_missing", "The request holds no challenge");
}

function refusal(code: ScepChallengeRefusal["code"], detail: string): ScepChallengeRefusal {
  return { kind: "forbidden", code, detail };
}
