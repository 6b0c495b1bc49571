/** Makes the declarations that artifacts become, when a device fetches them (desired-state 4.6). */
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import type { Target } from "#mdm/devices/device.ts";
import type { Sealer } from "#platform/sealer.ts";
import type { TokenSigner } from "#platform/signed-token.ts";
import type { ReadOperation } from "#platform/operation.ts";
import { declarationReferencePaths } from "#protocol/apple-schema/declaration-references.ts";
import { type ArtifactPath, decodeArtifactIdentifier } from "#protocol/ddm/identifiers.ts";
import { judgeAcmeCapability } from "#protocol/mdm/acme-capability.ts";
import type { JsonObject } from "#protocol/mdm/json.ts";
import { identifierPrefix } from "#protocol/profile/identifier.ts";
import * as store from "./deliverable-store.ts";
import { type DownloadPurpose, signDownload } from "./download-token.ts";
import { type DownloadName, downloadUrl } from "./download-urls.ts";
import { identifyArtifact } from "./manifest.ts";
import {
  certAssetPayload,
  dataAssetPayload,
  legacyProfilePayload,
  replaceReferences,
} from "./render-declaration.ts";
import { findProfileFailure } from "./render-profile-operations.ts";
import type { DeclarationRequest, RenderFailure, RenderedDeclaration } from "./rendering.ts";
import { substituteVariables, variableSourceOf } from "./variables.ts";

export type RenderDeclarationDeps = {
  readonly sealer: Sealer;
  readonly baseUrl: URL;
  readonly tokenSigner: TokenSigner;
};

/** The models of the wire's messages. */
const modelOf: { readonly [Path in ArtifactPath]: string } = {
  declaration: "Declaration",
  "cert-asset": "CertAsset",
  "data-asset": "DataAsset",
  "legacy-profile": "Profile",
};

type Made = { readonly type: string; readonly artifactId: ArtifactId; readonly payload: JsonObject };
type Unmade = Exclude<RenderedDeclaration, { readonly declaration: unknown }>;
type ReadOp = Pick<ReadOperation, "tx" | "at">;

/** Makes the declaration of a version for a target, or tells why there is none; never throws for a lack of ours. */
export async function renderDeclaration(
  op: ReadOp,
  deps: RenderDeclarationDeps,
  request: DeclarationRequest,
): Promise<RenderedDeclaration> {
  const { identifier, serverToken, versionId } = request;
  const decoded = decodeArtifactIdentifier(identifierPrefix(deps.baseUrl.hostname), identifier);
  if (decoded === null) return refuse("declaration_identifier_invalid", "Invalid Declaration Identifier");
  const made = await makers[decoded.path](op, deps, request);
  // The version is of another artifact than the identifier names: none of this one.
  const isOther = made !== null && "payload" in made && made.artifactId !== decoded.artifactId;
  if (made === null || isOther) {
    const detail = `${modelOf[decoded.path]} for artifact version ${versionId} does not exist`;
    // No state of an artifact: a version that is gone has none.
    return refuse("declaration_payload_missing", detail);
  }
  if (!("payload" in made)) return made;
  const { type, payload } = made;
  return { declaration: { Type: type, Identifier: identifier, ServerToken: serverToken, Payload: payload } };
}

function refuse(code: string, detail: string): Unmade {
  return { refusal: { kind: "not_found", code, detail }, failed: null };
}

function fail(detail: string, failed: RenderFailure): Unmade {
  return { refusal: { kind: "not_found", code: `declaration_${failed.reason}`, detail }, failed };
}

function failVariables(missing: readonly string[]): Unmade {
  const detail = `No value for ${missing.join(", ")}`;
  return fail(detail, { reason: "variables_unavailable", variables: missing });
}

type Make = (
  op: ReadOp,
  deps: RenderDeclarationDeps,
  request: DeclarationRequest,
) => Promise<Made | Unmade | null>;

const makers: { readonly [Path in ArtifactPath]: Make } = {
  declaration: makeRawDeclaration,
  "cert-asset": makeCertAsset,
  "data-asset": makeDataAsset,
  "legacy-profile": makeLegacyProfile,
};

async function makeRawDeclaration(
  op: ReadOp,
  deps: RenderDeclarationDeps,
  { target, versionId }: DeclarationRequest,
): Promise<Made | Unmade | null> {
  const found = await store.findDeliverableDeclaration(op.tx, versionId);
  if (found === null) return null;
  const { artifactId, type, payload, artifactRefs, packageRefs } = found;
  const hasRefs = artifactRefs.length + packageRefs.length > 0;
  if (hasRefs && declarationReferencePaths(type) === null) {
    return refuse("declaration_type_unknown", `Unknown declaration type ${type}`);
  }
  const prefix = identifierPrefix(deps.baseUrl.hostname);
  const identifiers = artifactRefs.map(({ key, artifactId: id, type: to }) => ({
    key,
    value: identifyArtifact(prefix, { id, type: to }),
  }));
  const manifests = [];
  for (const { key, packageId } of packageRefs) {
    const url = urlOf(op, deps, { target, name: "packageManifest", objectId: packageId });
    if (url === null) return failSession();
    manifests.push({ key, value: url });
  }
  const linked = replaceReferences(payload, [...identifiers, ...manifests]);
  const { value, missing } = substituteVariables(linked, variableSourceOf(target));
  return missing.length > 0 ? failVariables(missing) : { type, artifactId, payload: value };
}

async function makeLegacyProfile(
  op: ReadOp,
  deps: RenderDeclarationDeps,
  { target, versionId }: DeclarationRequest,
): Promise<Made | Unmade | null> {
  const version = await store.findDeliverable(op.tx, versionId);
  if (version?.type !== "Profile") return null;
  // What cannot be made must not be promised: the device would fail at the URL, without a word why.
  const failure = await findProfileFailure(op.tx, deps, { target, versionId });
  if (failure?.reason === "payload_missing") return null;
  if (failure !== null) return failVariables(failure.variables ?? []);
  const url = urlOf(op, deps, { target, name: "profile", objectId: versionId });
  if (url === null) return failSession();
  const { artifactId } = version;
  return { type: "com.apple.configuration.legacy", artifactId, payload: legacyProfilePayload(url) };
}

async function makeDataAsset(
  op: ReadOp,
  deps: RenderDeclarationDeps,
  { target, versionId }: DeclarationRequest,
): Promise<Made | Unmade | null> {
  const asset = await store.findDeliverableDataAsset(op.tx, versionId);
  if (asset === null) return null;
  const url = urlOf(op, deps, { target, name: "dataAsset", objectId: versionId });
  if (url === null) return failSession();
  return {
    type: "com.apple.asset.data",
    artifactId: asset.artifactId,
    payload: dataAssetPayload(asset, url),
  };
}

async function makeCertAsset(
  op: ReadOp,
  deps: RenderDeclarationDeps,
  { target, versionId }: DeclarationRequest,
): Promise<Made | Unmade | null> {
  const asset = await store.findDeliverableCertAsset(op.tx, versionId);
  if (asset === null) return null;
  const { subject, subjectAltName } = asset;
  const { missing } = substituteVariables([subject, subjectAltName], variableSourceOf(target));
  if (missing.length > 0) return failVariables(missing);
  const isAcme = asset.acmeIssuerId !== null && judgeAcmeCapability(target.device).acme;
  if (!isAcme && asset.scepIssuerId === null) {
    const { serialNumber } = target.device;
    const detail = `No compatible issuers found for CertAsset ${versionId} and device ${serialNumber}`;
    return fail(detail, { reason: "certificate_issuer_incompatible" });
  }
  const name = isAcme ? "acmeCredential" : "scepCredential";
  const url = urlOf(op, deps, { target, name, objectId: versionId });
  if (url === null) return failSession();
  return {
    type: isAcme ? "com.apple.asset.credential.acme" : "com.apple.asset.credential.scep",
    artifactId: asset.artifactId,
    payload: certAssetPayload(asset.accessible, url),
  };
}

function failSession(): Unmade {
  return fail("The device has no enrollment session", { reason: "target_without_session" });
}

const purposes: { readonly [Name in Exclude<DownloadName, "enterpriseApp">]: DownloadPurpose } = {
  profile: "profile",
  dataAsset: "data_asset",
  acmeCredential: "cert_credential",
  scepCredential: "cert_credential",
  packageManifest: "package_manifest",
  packageFile: "package_file",
};

/** A URL that this target, and nobody else, downloads from; null for a device without an enrollment session. */
function urlOf(
  { at }: ReadOp,
  { tokenSigner, baseUrl }: RenderDeclarationDeps,
  { target, name, objectId }: { target: Target; name: keyof typeof purposes; objectId: string },
): string | null {
  const token = signDownload(tokenSigner, purposes[name], { target, objectId, at });
  return token === null ? null : downloadUrl(baseUrl, name, token);
}
