/**
 * A challenge to be fetched: from whom, and for which certificate. Made in the transaction that needs it, filled after
 * that transaction, brought to the next one: an issuer that is slow or down keeps no row locked and loses no result.
 */
import type { Secret } from "#platform/secret.ts";
import type { NameInput } from "#protocol/x509/name.ts";
import type { AcmeIssuerId } from "../acme-issuer.ts";
import type { ScepIssuerId } from "../scep-issuer.ts";
import type { IssuerBackend } from "../issuer-backend.ts";
import type { AlternativeNames } from "./alternative-names.ts";
import { fetchEnrollmentCode } from "./digicert-challenge.ts";
import { identRequest, readIdentChallenge } from "./ident-challenge.ts";
import { type SendIssuerRequest, expectSuccess } from "./issuer-request.ts";
import { readWebCaChallenge, webCaRequest } from "./web-ca-challenge.ts";

/** The backends that are asked each time; a static challenge is known. */
export type AskedBackend = Exclude<IssuerBackend, { readonly backend: "STATIC_CHALLENGE" }>;

export type ScepChallengeOrder = {
  readonly kind: "scep_challenge_order";
  readonly issuerId: ScepIssuerId | AcmeIssuerId;
  readonly issuerName: string;
  /** Of the issuer: what was fetched for an older one is not used. */
  readonly issuerVersion: number;
  readonly backend: Secret<AskedBackend>;
  /** Holds the session's secret. */
  readonly subject: Secret<readonly NameInput[]>;
  readonly alternativeNames?: Secret<AlternativeNames>;
  readonly keyUsage: number;
};

/** What came of an order. */
export type FetchedChallenge = {
  readonly issuerId: ScepIssuerId | AcmeIssuerId;
  readonly issuerVersion: number;
  readonly challenge: Secret<string>;
};

/** Fills an order. @throws {ScepIssuerError} With the texts of spec 8.3. */
export type FetchScepChallenge = (order: ScepChallengeOrder) => Promise<FetchedChallenge>;

/** Whether something cannot be built before a challenge was fetched. */
export function isScepChallengeOrder(built: unknown): built is ScepChallengeOrder {
  return (
    typeof built === "object" && built !== null && "kind" in built && built.kind === "scep_challenge_order"
  );
}

/** Asks the backend of an order for its challenge. */
export async function askForChallenge(order: ScepChallengeOrder, send: SendIssuerRequest): Promise<string> {
  const asked = order.backend.reveal();
  const subject = order.subject.reveal();
  const alternativeNames = order.alternativeNames?.reveal() ?? {};
  switch (asked.backend) {
    case "MICROSOFT_CA":
    case "OKTA_CA":
      return readWebCaChallenge(asked.backend, expectSuccess(await send(webCaRequest(asked.settings))));
    case "IDENT": {
      const request = identRequest(asked.settings, { subject, alternativeNames, keyUsage: order.keyUsage });
      return readIdentChallenge(expectSuccess(await send(request)));
    }
    case "DIGICERT":
      return fetchEnrollmentCode(asked.settings, { subject, alternativeNames }, send);
    default:
      return asked satisfies never;
  }
}
