/** Challenges of an Ident service: it is told what the certificate shall say, and answers JSON (spec 8.3). */
import { type NameInput, nameOids } from "#protocol/x509/name.ts";
import type { BackendSettings } from "../issuer-backend.ts";
import type { AlternativeNames } from "./alternative-names.ts";
import { type IssuerAnswer, type IssuerRequest, readJsonObject } from "./issuer-request.ts";
import { ScepIssuerError, challengeMissingText } from "./scep-issuer-error.ts";

/** What the certificate shall say. */
export type CertificateFacts = {
  readonly subject: readonly NameInput[];
  readonly alternativeNames: AlternativeNames;
  readonly keyUsage: number;
};

/** Asks for a challenge for one certificate. */
export function identRequest(settings: BackendSettings["IDENT"], facts: CertificateFacts): IssuerRequest {
  const all = (oid: string): string[] =>
    facts.subject.filter((attribute) => attribute.oid === oid).map(({ value }) => value);
  const { rfc822Name, dNSName, ntPrincipalName } = facts.alternativeNames;
  const named = (name: string | undefined): string[] => (name === undefined ? [] : [name]);
  return {
    method: "POST",
    url: settings.url,
    headers: { authorization: `Bearer ${settings.bearer_token}` },
    body: {
      subject: {
        common_name: all(nameOids.commonName)[0] ?? null,
        serial_number: all(nameOids.serialNumber)[0] ?? null,
        country: all(nameOids.country),
        organization: all(nameOids.organization),
        organizational_unit: all(nameOids.organizationalUnit),
      },
      subject_alternative_names: {
        email_addresses: named(rfc822Name),
        dns_names: named(dNSName),
        nt_principal_names: named(ntPrincipalName),
      },
      key_usage: facts.keyUsage,
    },
    timeoutSeconds: settings.request_timeout,
    retries: settings.max_retries,
  };
}

/** Reads the challenge. @throws {ScepIssuerError} When there is none. */
export function readIdentChallenge(answer: IssuerAnswer): string {
  const { challenge } = readJsonObject(answer);
  if (typeof challenge !== "string" || challenge === "") throw new ScepIssuerError(challengeMissingText);
  return challenge;
}
