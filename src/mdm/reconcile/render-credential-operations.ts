/** Makes the credential of a certificate asset: what a device asks an issuer for, and with which challenge. */
import type { Target } from "#mdm/devices/device.ts";
import { requestAcmePayload } from "#mdm/identities/acme-payload-operations.ts";
import { type ScepPayloadDeps, requestScepPayload } from "#mdm/identities/identity-operations.ts";
import {
  type FetchedChallenge,
  type ScepChallengeOrder,
  isScepChallengeOrder,
} from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import { judgeAcmeCapability } from "#protocol/mdm/acme-capability.ts";
import type { DeliverableCertAsset } from "./deliverable-store.ts";
import { certAssetAltName, certAssetSubject } from "./render-declaration.ts";
import { fillScepSettings, readSubject } from "./render-profile.ts";
import { bearerOf } from "./render-profile-operations.ts";
import { substituteVariables, variableSourceOf } from "./variables.ts";

export type CredentialKind = "acme" | "scep";

export type CredentialRequest = {
  readonly target: Target;
  readonly asset: DeliverableCertAsset;
  readonly kind: CredentialKind;
  readonly fetched: FetchedChallenge | null;
};

/** Why there is no credential, in a word for events. */
export type CredentialFailure = "variables_unavailable" | "issuer_missing" | "device_not_capable";

export type RenderedCredential =
  | { readonly credential: Readonly<Record<string, unknown>> }
  | { readonly failed: CredentialFailure }
  | { readonly order: ScepChallengeOrder };

type Names = {
  readonly Subject: string[][][];
  readonly SubjectAltName: Readonly<Record<string, string>>;
};

/** Makes a credential of one kind (protocol.md 1.13, 8.2). */
export async function renderCredential(
  op: Operation,
  deps: ScepPayloadDeps,
  request: CredentialRequest,
): Promise<RenderedCredential> {
  const { asset, target } = request;
  const written = {
    Subject: certAssetSubject(asset.subject),
    SubjectAltName: certAssetAltName(asset.subjectAltName),
  };
  const { value: names, missing } = substituteVariables(written, variableSourceOf(target));
  if (missing.length > 0) return { failed: "variables_unavailable" };
  return request.kind === "acme"
    ? acmeCredential(op, deps, { ...request, names })
    : scepCredential(op, deps, { ...request, names });
}

type NamedRequest = CredentialRequest & { readonly names: Names };

async function scepCredential(
  op: Operation,
  deps: ScepPayloadDeps,
  { asset, target, names, fetched }: NamedRequest,
): Promise<RenderedCredential> {
  if (asset.scepIssuerId === null) return { failed: "issuer_missing" };
  const settings = await requestScepPayload(op, deps, {
    scepIssuerId: asUuid(asset.scepIssuerId),
    boundTo: bearerOf({ target, artifactId: asset.artifactId }),
    subject: readSubject(names.Subject),
    alternativeNames: names.SubjectAltName,
    fetched,
  });
  if (isScepChallengeOrder(settings)) return { order: settings };
  return { credential: fillScepSettings(membersOf(names), settings) };
}

async function acmeCredential(
  op: Operation,
  deps: ScepPayloadDeps,
  { asset, target, names, fetched }: NamedRequest,
): Promise<RenderedCredential> {
  if (asset.acmeIssuerId === null) return { failed: "issuer_missing" };
  const capability = judgeAcmeCapability(target.device);
  if (!capability.acme) return { failed: "device_not_capable" };
  const settings = await requestAcmePayload(op, deps, {
    acmeIssuerId: asUuid(asset.acmeIssuerId),
    subject: readSubject(names.Subject),
    alternativeNames: names.SubjectAltName,
    fetched,
  });
  if (isScepChallengeOrder(settings)) return { order: settings };
  const { extendedKeyUsage } = settings;
  return {
    credential: {
      ...membersOf(names),
      DirectoryURL: settings.directoryUrl,
      KeySize: settings.keySize,
      KeyType: settings.keyType,
      UsageFlags: settings.usageFlags,
      ...(extendedKeyUsage.length === 0 ? {} : { ExtendedKeyUsage: extendedKeyUsage }),
      HardwareBound: settings.hardwareBound && capability.hardwareBound,
      Attest: settings.attest && capability.hardwareBound && capability.attest,
      ClientIdentifier: settings.clientIdentifier.reveal(),
    },
  };
}

/** Without alternative names there is no member for them. */
function membersOf({ Subject, SubjectAltName }: Names): Readonly<Record<string, unknown>> {
  return Object.keys(SubjectAltName).length === 0 ? { Subject } : { Subject, SubjectAltName };
}
