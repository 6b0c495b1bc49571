// A certificate asset as the payload of a version: which issuer makes a device a certificate, and for which names.
// Operators write it; its names may hold variables, which are replaced for each device.
// It never holds a key or a certificate: the device makes the one and gets the other.
import { unknownPkText } from "#platform/http/wire-fields.ts";
import type { Refusal } from "#platform/errors.ts";
import type { AcmeIssuerId } from "#mdm/identities/acme-issuer.ts";
import type { ScepIssuerId } from "#mdm/identities/scep-issuer.ts";

/** One of the short names, or a dotted OID. */
export const rdnTypePattern = "^(C|CN|L|O|OU|ST|[0-2](\\.[0-9]+)+)$";
export const rdnTypeCharactersMax = 256;
export const nameCharactersMax = 1024;
export const rdnsMax = 50;

export type Rdn = { readonly type: string; readonly value: string };

/** The alternative names Apple knows; null for none. */
export type SubjectAltName = {
  readonly rfc822Name: string | null;
  readonly dNSName: string | null;
  readonly uniformResourceIdentifier: string | null;
  readonly ntPrincipalName: string | null;
};

export const accessibilities = ["Default", "AfterFirstUnlock"] as const;

export type CertAssetFields = {
  readonly acmeIssuerId: AcmeIssuerId | null;
  readonly scepIssuerId: ScepIssuerId | null;
  readonly subject: readonly Rdn[];
  readonly subjectAltName: SubjectAltName;
  /** When the key can be used after a restart. */
  readonly accessible: (typeof accessibilities)[number];
};

/** Refuses issuers that do not exist. */
export function refuseUnknownIssuers(
  { acmeIssuerId, scepIssuerId }: Pick<CertAssetFields, "acmeIssuerId" | "scepIssuerId">,
  found: { readonly acmeIssuer: object | null; readonly scepIssuer: object | null },
): Refusal[] {
  const isUnknown = [
    ["acme_issuer", acmeIssuerId, found.acmeIssuer],
    ["scep_issuer", scepIssuerId, found.scepIssuer],
  ] as const;
  return isUnknown.flatMap(([field, id, issuer]) =>
    id === null || issuer !== null
      ? []
      : [{ kind: "invalid", code: "unknown_pk", field, detail: unknownPkText(id) }],
  );
}

/** Refuses an asset without an issuer, or without a name (http-api 2.12). */
export function refuseCertAsset(asset: CertAssetFields): Refusal | null {
  if (asset.acmeIssuerId === null && asset.scepIssuerId === null)
    return invalid("An ACME issuer or SCEP issuer is required.");
  const hasName = asset.subject.length > 0 || Object.values(asset.subjectAltName).some(Boolean);
  return hasName ? null : invalid("A Subject or SubjectAltName is required.");
}

function invalid(detail: string): Refusal {
  return { kind: "invalid", code: "cert_asset_invalid", field: "non_field_errors", detail };
}
