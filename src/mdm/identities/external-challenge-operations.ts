/** Challenges of issuers of other organisations: known, fetched before, or an order to fetch one. */
import { invariant } from "#platform/errors.ts";
import { Secret } from "#platform/secret.ts";
import type { NameInput } from "#protocol/x509/name.ts";
import type { AcmeIssuer } from "./acme-issuer.ts";
import { type IssuerDeps, type IssuerTable, openIssuerBackend } from "./issuer-backend-operations.ts";
import type { AlternativeNames } from "./scep-backends/alternative-names.ts";
import type { FetchedChallenge, ScepChallengeOrder } from "./scep-backends/scep-challenge-order.ts";
import type { ScepIssuer } from "./scep-issuer.ts";

/** What the certificate shall say, and what came of an earlier order for it. */
export type ChallengeFacts = {
  readonly subject: readonly NameInput[];
  readonly alternativeNames?: AlternativeNames | undefined;
  readonly keyUsage: number;
  readonly fetched: FetchedChallenge | null;
};

/** A challenge, or the order to fetch it. One fetched for other settings of the issuer is void. */
export function findExternalChallenge(
  deps: IssuerDeps,
  { table, issuer }: { readonly table: IssuerTable; readonly issuer: ScepIssuer | AcmeIssuer },
  { subject, alternativeNames = {}, keyUsage, fetched }: ChallengeFacts,
): Secret<string> | ScepChallengeOrder {
  const backend = openIssuerBackend(deps, table, issuer);
  invariant(backend !== null, `an issuer of the kind "${issuer.backend}" has settings`);
  if (backend.backend === "STATIC_CHALLENGE") return new Secret(backend.settings.challenge);
  if (fetched?.issuerId === issuer.id && fetched.issuerVersion === issuer.version) return fetched.challenge;
  return {
    kind: "scep_challenge_order",
    issuerId: issuer.id,
    issuerName: issuer.name,
    issuerVersion: issuer.version,
    backend: new Secret(backend),
    subject: new Secret(subject),
    alternativeNames: new Secret(alternativeNames),
    keyUsage,
  };
}
