/** The operators' door to certificate assets (http-api 2.12). */
import { type Static, Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { choice, foreignUuid, nullable, patternTextKeyword } from "#platform/http/wire-fields.ts";
import { asUuid } from "#platform/ids.ts";
import { readVersionBlock, versionBlockFields, versionBlockView } from "./artifact-version-api.ts";
import * as rules from "./cert-asset.ts";
import type { CertAssetFields } from "./cert-asset.ts";
import {
  type CertAssetWrite,
  createCertAsset,
  deleteCertAsset,
  listCertAssets,
  updateCertAsset,
} from "./cert-asset-operations.ts";
import { versionEndpoints } from "./version-endpoints-api.ts";

const name = Type.Optional(nullable(Type.String({ maxLength: rules.nameCharactersMax })));

const Body = Type.Object({
  ...versionBlockFields,
  acme_issuer: nullable(foreignUuid()),
  scep_issuer: nullable(foreignUuid()),
  subject: Type.Array(
    Type.Object({
      type: Type.String({
        minLength: 1,
        maxLength: rules.rdnTypeCharactersMax,
        pattern: rules.rdnTypePattern,
        [patternTextKeyword]: "Invalid RDN type",
      }),
      value: Type.String({ minLength: 1, maxLength: rules.nameCharactersMax }),
    }),
    { maxItems: rules.rdnsMax },
  ),
  subject_alt_name: Type.Object({
    rfc822Name: name,
    dNSName: name,
    uniformResourceIdentifier: name,
    ntPrincipalName: name,
  }),
  accessible: Type.Optional(choice(rules.accessibilities, { default: "Default" })),
});

const viewedName = nullable(Type.String());

const View = Type.Object({
  ...versionBlockView,
  acme_issuer: nullable(foreignUuid()),
  scep_issuer: nullable(foreignUuid()),
  subject: Type.Array(Type.Object({ type: Type.String(), value: Type.String() })),
  subject_alt_name: Type.Object({
    rfc822Name: viewedName,
    dNSName: viewedName,
    uniformResourceIdentifier: viewedName,
    ntPrincipalName: viewedName,
  }),
  accessible: choice(rules.accessibilities),
});

function writeOf(body: Static<typeof Body>): CertAssetWrite {
  const { acme_issuer: acmeIssuer, scep_issuer: scepIssuer, subject_alt_name: names } = body;
  return {
    input: readVersionBlock(body),
    asset: {
      acmeIssuerId: acmeIssuer === null ? null : asUuid<"AcmeIssuer">(acmeIssuer),
      scepIssuerId: scepIssuer === null ? null : asUuid<"ScepIssuer">(scepIssuer),
      subject: body.subject,
      subjectAltName: {
        rfc822Name: names.rfc822Name ?? null,
        dNSName: names.dNSName ?? null,
        uniformResourceIdentifier: names.uniformResourceIdentifier ?? null,
        ntPrincipalName: names.ntPrincipalName ?? null,
      },
      accessible: body.accessible ?? "Default",
    },
  };
}

function view(asset: CertAssetFields): Readonly<Record<string, unknown>> {
  return {
    acme_issuer: asset.acmeIssuerId,
    scep_issuer: asset.scepIssuerId,
    subject: asset.subject,
    subject_alt_name: asset.subjectAltName,
    accessible: asset.accessible,
  };
}

/** List, create, read, update, delete. */
export const certAssetEndpoints = versionEndpoints<DesiredStateDeps, typeof Body>({
  kind: "cert asset",
  plural: "cert_assets",
  singular: "cert_asset",
  body: Body,
  view: View,
  create: (deps, op, body) => createCertAsset(op, deps, writeOf(body)),
  update: (deps, op, { id, body }) => updateCertAsset(op, deps, { id, ...writeOf(body) }),
  remove: (deps, op, id) => deleteCertAsset(op, deps, id),
  viewPayloads: async (_, reader, ids) => {
    const assets = await listCertAssets(reader, ids);
    return new Map(assets.map((asset) => [asset.id, view(asset)]));
  },
});
