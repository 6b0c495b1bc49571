/** Makes the bytes of a configuration profile for one target, with challenges for the SCEP payloads in it. */
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import { listOpenedProfiles } from "#mdm/artifacts/profile-operations.ts";
import type { Target } from "#mdm/devices/device.ts";
import {
  type ScepPayloadDeps,
  listScepIssuerIds,
  requestScepPayload,
} from "#mdm/identities/identity-operations.ts";
import { type ProfileSigner, signProfile } from "#mdm/identities/profile-signing.ts";
import {
  type ScepChallengeOrder,
  isScepChallengeOrder,
} from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import type { Reader } from "#platform/db/database.ts";
import { invariant } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { readPlistForWriting } from "#protocol/plist/read.ts";
import { PlistError, type PlistWritableDictionary } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { identifierPrefix } from "#protocol/profile/identifier.ts";
import {
  type ScepPayloadSettings,
  fillScepPayloads,
  identifyProfile,
  listScepPayloads,
  scepPayloadsMax,
} from "./render-profile.ts";
import type { ChallengeOrders, FetchedChallenges, RenderFailure } from "./rendering.ts";
import { substituteVariables, variableSourceOf } from "./variables.ts";

export type RenderProfileDeps = ScepPayloadDeps & {
  readonly baseUrl: URL;
  readonly profileSigner: ProfileSigner;
};

export type RenderedProfile =
  | { readonly profile: Buffer }
  | { readonly failed: RenderFailure }
  | { readonly orders: ChallengeOrders };

/** A profile of a version, for a target. */
export type ProfileRequest = {
  readonly target: Target;
  readonly versionId: ArtifactVersionId;
  readonly artifactId: string;
  readonly fetched?: FetchedChallenges | undefined;
};

/**
 * Renders and signs a profile (protocol.md 3.6). Challenges of issuers of other organisations are fetched outside of
 * transactions: then the answer is orders, and the profile is rendered again with what came of them.
 */
export async function renderProfile(
  op: Operation,
  deps: RenderProfileDeps,
  request: ProfileRequest,
): Promise<RenderedProfile> {
  const found = await findSubstitutedProfile(op.tx, deps, request);
  if ("failed" in found) return found;
  const filled = await fillProfile(op, deps, { ...request, profile: found.profile });
  if (!("profile" in filled)) return filled;
  const { artifactId, versionId } = request;
  const prefix = identifierPrefix(deps.baseUrl.hostname);
  return sign(deps, identifyProfile(filled.profile, { prefix, artifactId, versionId }));
}

/** What would keep a profile from being made for a target, challenges apart; null when nothing does. */
export async function findProfileFailure(
  reader: Reader,
  deps: Pick<RenderProfileDeps, "sealer">,
  request: Pick<ProfileRequest, "target" | "versionId">,
): Promise<RenderFailure | null> {
  const found = await findSubstitutedProfile(reader, deps, request);
  return "failed" in found ? found.failed : null;
}

type TreeOrFailure = { readonly profile: PlistWritableDictionary } | { readonly failed: RenderFailure };

async function findSubstitutedProfile(
  reader: Reader,
  deps: Pick<RenderProfileDeps, "sealer">,
  { target, versionId }: Pick<ProfileRequest, "target" | "versionId">,
): Promise<TreeOrFailure> {
  const [opened] = await listOpenedProfiles(reader, deps, [versionId]);
  if (opened === undefined) return { failed: { reason: "payload_missing" } };
  const tree = readPlistForWriting(opened.source.reveal());
  const { value: profile, missing } = substituteVariables(tree, variableSourceOf(target));
  if (missing.length > 0) return { failed: { reason: "variables_unavailable", variables: missing } };
  return { profile };
}

async function fillProfile(
  op: Operation,
  deps: RenderProfileDeps,
  { profile, ...request }: ProfileRequest & { readonly profile: PlistWritableDictionary },
): Promise<TreeOrFailure | { readonly orders: ChallengeOrders }> {
  const places = listScepPayloads(profile);
  if (places.length === 0) return { profile };
  const issuers = await listScepIssuerIds(
    op.tx,
    places.map(({ name }) => name),
  );
  const known = places.filter(({ name }) => issuers.has(name));
  if (known.length > scepPayloadsMax) return { failed: { reason: "scep_payloads_too_many" } };
  const settings = new Map<number, ScepPayloadSettings>();
  const orders = new Map<string, ScepChallengeOrder>();
  for (const { index, name, subject } of known) {
    const scepIssuerId = issuers.get(name);
    invariant(scepIssuerId !== undefined, "payloads of unknown issuers were left out");
    const key = `PayloadContent[${index}]`;
    const got = await requestScepPayload(op, deps, {
      scepIssuerId,
      boundTo: bearerOf(request),
      subject,
      fetched: request.fetched?.get(key) ?? null,
    });
    if (isScepChallengeOrder(got)) orders.set(key, got);
    else settings.set(index, got);
  }
  return orders.size > 0 ? { orders } : { profile: fillScepPayloads(profile, settings) };
}

/** Whom a challenge is for, as events of SCEP show it; another bearer than the device's identity has. */
export function bearerOf({ target, artifactId }: { target: Target; artifactId: string }): string {
  return `device:${target.device.id}:artifact:${artifactId}`;
}

function sign(deps: RenderProfileDeps, profile: PlistWritableDictionary): RenderedProfile {
  try {
    return { profile: signProfile(deps, writePlist(profile)) };
  } catch (error) {
    // A binary upload may hold characters that XML cannot.
    if (error instanceof PlistError) return { failed: { reason: "payload_unwritable" } };
    throw error;
  }
}
