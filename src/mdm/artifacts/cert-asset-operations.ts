/** What is done with certificate assets (http-api 2.12). */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { findNamedIssuers } from "#mdm/identities/issuer-name-operations.ts";
import type { Reader } from "#platform/db/database.ts";
import { throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { ArtifactVersion, ArtifactVersionInput } from "./artifact-version.ts";
import { type CertAssetFields, refuseCertAsset, refuseUnknownIssuers } from "./cert-asset.ts";
import { type CertAssetRow, listCertAssetRows, writeCertAssetRow } from "./cert-asset-store.ts";
import {
  type AuditPayload,
  type PayloadWrite,
  createVersionWithPayload,
  deleteVersionWithPayload,
  updateVersionWithPayload,
} from "./version-payload-operations.ts";

export type CertAssetWrite = { readonly input: ArtifactVersionInput; readonly asset: CertAssetFields };

const kind = "cert asset";

/** Makes a version with a certificate asset. */
export async function createCertAsset(
  op: Operation,
  deps: DesiredStateDeps,
  write: CertAssetWrite,
): Promise<ArtifactVersion> {
  return createVersionWithPayload(op, deps, await payloadWrite(op, write));
}

/** Changes a version and its certificate asset in place. */
export async function updateCertAsset(
  op: Operation,
  deps: DesiredStateDeps,
  { id, ...write }: CertAssetWrite & { readonly id: string },
): Promise<ArtifactVersion> {
  return updateVersionWithPayload(op, deps, { id, ...(await payloadWrite(op, write)) });
}

/** Deletes a version with its certificate asset. */
export async function deleteCertAsset(op: Operation, deps: DesiredStateDeps, id: string): Promise<void> {
  await deleteVersionWithPayload(op, deps, { kind, id, auditPayload });
}

/** Reads the certificate assets of versions; versions without one are missing from the answer. */
export async function listCertAssets(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<CertAssetRow[]> {
  return listCertAssetRows(reader, ids);
}

async function payloadWrite(op: Operation, { input, asset }: CertAssetWrite): Promise<PayloadWrite> {
  const issuers = await findNamedIssuers(op, asset);
  return {
    kind,
    input,
    fieldRefusals: refuseUnknownIssuers(asset, issuers),
    auditPayload,
    writePayload: async ({ id }) => {
      throwIfRefused(refuseCertAsset(asset));
      await writeCertAssetRow(op.tx, { id, ...asset });
    },
  };
}

const auditPayload: AuditPayload = async (op, id) => {
  const [asset] = await listCertAssetRows(op.tx, [id]);
  if (asset === undefined) return null;
  const { acmeIssuer, scepIssuer } = await findNamedIssuers(op, asset);
  return {
    acme_issuer: acmeIssuer && { pk: acmeIssuer.id, name: acmeIssuer.name },
    scep_issuer: scepIssuer && { pk: scepIssuer.id, name: scepIssuer.name },
    subject: asset.subject,
    subject_alt_name: asset.subjectAltName,
    accessible: asset.accessible,
  };
};
