/** What other slices ask of identities: the settings of a SCEP payload, with a challenge made for it. */
import { OperationRefused, invariant } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { SealContext, Sealer } from "#platform/sealer.ts";
import { sealText } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import type { NameInput } from "#protocol/x509/name.ts";
import { secondsAfter } from "#platform/clock.ts";
import type { RandomBytes } from "./authority-operations.ts";
import {
  hashChallenge,
  scepChallengeRandomBytes,
  scepChallengeSecondsDefault,
  scepChallengeSecondsMax,
} from "./scep-challenge.ts";
import { insertScepChallenge } from "./scep-challenge-store.ts";
import type { FetchedChallenge, ScepChallengeOrder } from "./scep-backends/scep-challenge-order.ts";
import { type ChallengeFacts, findExternalChallenge } from "./external-challenge-operations.ts";
import type { AlternativeNames } from "./scep-backends/alternative-names.ts";
import { type ScepIssuer, type ScepIssuerId, builtInBackend } from "./scep-issuer.ts";
import { findScepIssuer } from "./scep-issuer-store.ts";

export { type BearerCertificate, listNewestOfBearers } from "./issued-certificate-store.ts";
export { listScepIssuerIds } from "./scep-issuer-store.ts";

export type ScepPayloadDeps = { readonly sealer: Sealer; readonly randomBytes: RandomBytes };

export type ScepPayloadRequest = {
  readonly scepIssuerId: ScepIssuerId;
  /** Who may use the challenge, as the asking slice names it: `session:42`. It is shown in events. */
  readonly boundTo: string;
  /** The subject of the certificate, attribute by attribute in order; what the device asks for is ignored. */
  readonly subject: readonly NameInput[];
  /** What else the certificate names; issuers of other organisations are told. */
  readonly alternativeNames?: AlternativeNames;
  /** When the challenge ends: in an hour unless given, at most a day from now. */
  readonly expiresAt?: Date;
  /** What came of the order that an earlier call answered with. */
  readonly fetched?: FetchedChallenge | null;
};

/** What the SCEP payload of a profile is filled with (spec 8.2). */
export type ScepPayloadSettings = {
  readonly name: string;
  readonly url: string;
  readonly keySize: number;
  /** A bit mask: 1 signing, 4 encryption. */
  readonly keyUsage: number;
  readonly challenge: Secret<string>;
};

/**
 * Gets a challenge for one certificate, and says how a device gets it. The built-in issuer's is made here, a static one
 * is known; any other must be fetched from its issuer, which never happens in a transaction: then the answer is an
 * order, to be filled outside and brought back as `fetched`.
 *
 * @throws {OperationRefused} `scep_issuer_unknown`.
 */
export async function requestScepPayload(
  op: Operation,
  deps: ScepPayloadDeps,
  request: ScepPayloadRequest,
): Promise<ScepPayloadSettings | ScepChallengeOrder> {
  const issuer = await findScepIssuer(op.tx, request.scepIssuerId);
  if (issuer === null) {
    const detail = `There is no SCEP issuer "${request.scepIssuerId}"`;
    throw new OperationRefused({ kind: "not_found", code: "scep_issuer_unknown", detail });
  }
  const challenge =
    issuer.backend === builtInBackend
      ? await createScepChallenge(op, deps, request)
      : findExternalChallenge(deps, { table: "scep_issuers", issuer }, externalFacts(request, issuer));
  if ("kind" in challenge) return challenge;
  const { name, url, keySize, keyUsage } = issuer;
  return { name, url, keySize, keyUsage, challenge };
}

function externalFacts(
  { subject, alternativeNames, fetched = null }: ScepPayloadRequest,
  { keyUsage }: ScepIssuer,
): ChallengeFacts {
  return { subject, alternativeNames, keyUsage, fetched };
}

async function createScepChallenge(
  op: Operation,
  deps: ScepPayloadDeps,
  request: ScepPayloadRequest,
): Promise<Secret<string>> {
  const expiresAt = request.expiresAt ?? secondsAfter(op.at, scepChallengeSecondsDefault);
  invariant(expiresAt <= secondsAfter(op.at, scepChallengeSecondsMax), "a challenge lives for a day at most");
  const challenge = deps.randomBytes(scepChallengeRandomBytes).toString("hex");
  const challengeHash = hashChallenge(challenge);
  const subjectSealed = sealText(deps.sealer, JSON.stringify(request.subject), subjectContext(challengeHash));
  const { boundTo } = request;
  await insertScepChallenge(op.tx, { challengeHash, boundTo, subjectSealed, createdAt: op.at, expiresAt });
  return new Secret(challenge);
}

/** Where the subject of a challenge is sealed: the hash identifies the row before it has an id. */
export function subjectContext(challengeHash: Buffer): SealContext {
  return { table: "scep_challenges", column: "subject_sealed", row: challengeHash.toString("hex") };
}
