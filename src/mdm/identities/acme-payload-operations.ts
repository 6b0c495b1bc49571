/** What other slices ask for a certificate by ACME: what the device asks for, and with which challenge (spec 8.2). */
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Secret } from "#platform/secret.ts";
import type { NameInput } from "#protocol/x509/name.ts";
import type { AcmeIssuerId, AcmeKeyType } from "./acme-issuer.ts";
import { findAcmeIssuer } from "./acme-issuer-store.ts";
import { findExternalChallenge } from "./external-challenge-operations.ts";
import type { IssuerDeps } from "./issuer-backend-operations.ts";
import type { AlternativeNames } from "./scep-backends/alternative-names.ts";
import type { FetchedChallenge, ScepChallengeOrder } from "./scep-backends/scep-challenge-order.ts";
import { ScepIssuerError } from "./scep-backends/scep-issuer-error.ts";

export type AcmePayloadRequest = {
  readonly acmeIssuerId: AcmeIssuerId;
  readonly subject: readonly NameInput[];
  readonly alternativeNames: AlternativeNames;
  /** What came of the order that an earlier call answered with. */
  readonly fetched: FetchedChallenge | null;
};

/** What an ACME credential is filled with, before it is narrowed to what the device can. */
export type AcmePayloadSettings = {
  readonly directoryUrl: string;
  readonly keyType: AcmeKeyType;
  readonly keySize: number;
  readonly usageFlags: number;
  readonly extendedKeyUsage: readonly string[];
  readonly hardwareBound: boolean;
  readonly attest: boolean;
  readonly clientIdentifier: Secret<string>;
};

/**
 * Gets a client identifier for one certificate, or the order to fetch one, as `requestScepPayload` does.
 *
 * @throws {OperationRefused} `acme_issuer_unknown`.
 * @throws {ScepIssuerError} For DigiCert, whose codes are for SCEP alone (spec 8.3).
 */
export async function requestAcmePayload(
  op: Operation,
  deps: IssuerDeps,
  request: AcmePayloadRequest,
): Promise<AcmePayloadSettings | ScepChallengeOrder> {
  const issuer = await findAcmeIssuer(op.tx, request.acmeIssuerId);
  if (issuer === null) {
    const detail = `There is no ACME issuer "${request.acmeIssuerId}"`;
    throw new OperationRefused({ kind: "not_found", code: "acme_issuer_unknown", detail });
  }
  if (issuer.backend === "DIGICERT") throw new ScepIssuerError("DigiCert has no challenges for ACME.");
  const { subject, alternativeNames, fetched } = request;
  const { directoryUrl, keyType, keySize, usageFlags, extendedKeyUsage, hardwareBound, attest } = issuer;
  const facts = { subject, alternativeNames, keyUsage: usageFlags, fetched };
  const challenge = findExternalChallenge(deps, { table: "acme_issuers", issuer }, facts);
  if ("kind" in challenge) return challenge;
  const key = { keyType, keySize, usageFlags, extendedKeyUsage, hardwareBound, attest };
  return { directoryUrl, ...key, clientIdentifier: challenge };
}
