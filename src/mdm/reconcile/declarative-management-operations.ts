/** Answers a target that synchronises its declarations: tokens, manifest, and each declaration (protocol 1.5, 4.2). */
import {
  type DeclarationReference,
  type ArtifactPath,
  decodeDeclarationIdentifier,
} from "#protocol/ddm/identifiers.ts";
import { encodeDeclaration, encodeSyncTokens } from "#protocol/ddm/declaration-json.ts";
import { invariant, OperationRefused, type Refusal } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Target } from "#mdm/devices/device.ts";
import { markDeclarative } from "#mdm/devices/device-operations.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { pushExpirationSeconds } from "#mdm/push/push-request.ts";
import { findDeclarationsUnavailable } from "./delivery.ts";
import type { SharedManifest } from "./blueprint-tree-operations.ts";
import {
  findTree,
  manifestFactsOf,
  type PlanDeps,
  promiseManifest,
  type SyncDeps,
} from "./reconcile-operations.ts";
import { snapshotOf } from "./snapshot.ts";
import type { RenderDeclaration, RenderFailure } from "./rendering.ts";
import { keyOf, type SnapshotItem } from "./target.ts";
import { recordTargetArtifacts } from "./target-artifact-operations.ts";
import { listManifestRows } from "./target-artifact-store.ts";
import {
  clearTargetPlan,
  findPromisedItem,
  findTarget,
  patchTargetDeclarations,
  type TargetRow,
} from "./target-plan-store.ts";

export type DeclarativeDeps = SyncDeps & { readonly renderDeclaration: RenderDeclaration };

/** JSON for the device, or why there is none: a refusal that must not undo what was written on the way to it. */
export type DeclarativeAnswer = { readonly json: string } | { readonly refusal: Refusal };

type Synchronising = { readonly target: Target; readonly row: TargetRow; readonly blueprintId: number };
type WithManifest = Synchronising & { readonly manifest: SharedManifest };

/** Answers `tokens`: from then on declarative management is active, and what was promised stays fetchable. */
export async function answerTokens(
  op: Operation,
  deps: SyncDeps,
  target: Target,
): Promise<DeclarativeAnswer> {
  const { row, blueprintId, manifest } = await findManifest(op, deps, await findSynchronising(op, target));
  if (!row.isDeclarative) await markDeclarative(op, target);
  if (row.stored?.declarationsToken !== manifest.token) {
    await deps.manifests.keep(manifest, blueprintId, op.at);
    await promiseManifest(op, keyOf(target), manifest.token);
  }
  return { json: encodeSyncTokens(manifest.token, op.at) };
}

/** Answers `declaration-items`. A manifest that is not the promised one is kept too: the device asks for what it was shown. */
export async function answerManifest(
  op: Operation,
  deps: SyncDeps,
  target: Target,
): Promise<DeclarativeAnswer> {
  const { row, blueprintId, manifest } = await findManifest(op, deps, await findSynchronising(op, target));
  const { stored } = row;
  if (stored?.declarationsToken !== manifest.token && stored?.offeredToken !== manifest.token) {
    await deps.manifests.keep(manifest, blueprintId, op.at);
    await patchTargetDeclarations(op.tx, keyOf(target), {
      patch: { offeredToken: manifest.token },
      at: op.at,
    });
  }
  return { json: manifest.json };
}

/**
 * Answers `declaration/<kind>/<identifier>`: what was promised, else what is in scope now. The kind is not looked at
 * (protocol 1.5).
 */
export async function answerDeclaration(
  op: Operation,
  deps: DeclarativeDeps,
  { target, identifier }: { readonly target: Target; readonly identifier: string },
): Promise<DeclarativeAnswer> {
  const reference = decodeDeclarationIdentifier(deps.identifierPrefix, identifier);
  if (reference === null) return { refusal: notFound("Unknown declaration") };
  if (reference.kind === "artifact" && reference.artifactId === null) {
    return { refusal: notFound(`Invalid ${models[reference.path]} Identifier`) };
  }
  const synchronising = await findSynchronising(op, target);
  const promised = await findPromised(op, synchronising.row, identifier);
  const manifest = promised === null ? await findLiveManifest(op, deps, synchronising) : null;
  const item = promised ?? (manifest === null ? null : findLiveItem(manifest, identifier));
  if (item === null) {
    return { refusal: notFound(describeMissing(reference, { identifier, manifest })) };
  }
  const { serverToken, versionId, declaration } = item;
  if (declaration !== null) {
    const members = { Identifier: identifier, ServerToken: serverToken };
    // It was written as JSON, and is read as such.
    const { Type, Payload } = declaration as { Type: string; Payload: Record<string, never> };
    return { json: encodeDeclaration({ Type, Payload, ...members }) };
  }
  invariant(versionId !== null, "what is no declaration of the server's own is an artifact's");
  return serveArtifact(op, deps, {
    target,
    identifier,
    serverToken,
    versionId: versionId as ArtifactVersionId,
  });
}

async function serveArtifact(
  op: Operation,
  deps: DeclarativeDeps,
  request: Parameters<RenderDeclaration>[1],
): Promise<DeclarativeAnswer> {
  const rendered = await deps.renderDeclaration(op, request);
  if ("declaration" in rendered) {
    const { Payload, ...members } = rendered.declaration;
    // The payload is JSON: it was read from a declaration, or made of text.
    return { json: encodeDeclaration({ ...members, Payload: Payload as Record<string, never> }) };
  }
  if (rendered.failed !== null) await recordFailure(op, request, rendered.failed);
  return { refusal: rendered.refusal };
}

/** Why a declaration could not be made is the state of its artifact (issue 4, item 8). */
async function recordFailure(
  op: Operation,
  { target, versionId, serverToken }: Parameters<RenderDeclaration>[1],
  failed: RenderFailure,
): Promise<void> {
  const result = {
    versionId,
    status: "Failed" as const,
    extraInfo: { ...failed },
    uniqueInstallIdentifier: serverToken,
  };
  const isChanged = await recordTargetArtifacts(op, { target, results: [result] });
  if (!isChanged) return;
  await clearTargetPlan(op.tx, keyOf(target));
  // What it was promised cannot be fetched: it is told of the rest.
  await requestPush(
    op.tx,
    { deviceId: target.device.id, userId: target.user?.id ?? null },
    { priority: 5, expirationSeconds: pushExpirationSeconds, notBefore: op.at, at: op.at },
  );
}

const models: Readonly<Record<ArtifactPath, string>> = {
  declaration: "Declaration",
  "cert-asset": "CertAsset",
  "data-asset": "DataAsset",
  "legacy-profile": "Profile",
};

type Missing = { readonly identifier: string; readonly manifest: SharedManifest | null };

function describeMissing(reference: DeclarationReference, { identifier, manifest }: Missing): string {
  if (reference.kind === "artifact") {
    return `Could not find ${models[reference.path]} artifact ${reference.artifactId}`;
  }
  if (reference.declaration !== "softwareupdate-enforcement-specific") {
    return `Could not find declaration ${identifier}`;
  }
  const why = manifest?.noEnforcement?.kind;
  return why === "no_feed" || why === "incomplete"
    ? "No software update available for target"
    : "No software enforcement found for target";
}

function notFound(detail: string): Refusal {
  return { kind: "not_found", code: "declaration_unknown", detail };
}

/** What was shown last counts before what was acknowledged last. */
async function findPromised(
  op: Operation,
  { stored }: TargetRow,
  identifier: string,
): Promise<SnapshotItem | null> {
  const tokens = [stored?.offeredToken ?? "", stored?.declarationsToken ?? ""].filter(
    (token) => token !== "",
  );
  return tokens.length === 0 ? null : findPromisedItem(op.tx, { tokens, identifier });
}

async function findLiveManifest(
  op: Operation,
  deps: PlanDeps,
  synchronising: Synchronising,
): Promise<SharedManifest | null> {
  const found = await decideManifest(op, deps, synchronising);
  return "refusal" in found ? null : found.manifest;
}

function findLiveItem(manifest: SharedManifest, identifier: string): SnapshotItem | null {
  const items = snapshotOf(manifest);
  return Object.hasOwn(items, identifier) ? (items[identifier] ?? null) : null;
}

async function findSynchronising(op: Operation, target: Target): Promise<Synchronising> {
  const row = await findTarget(op.tx, keyOf(target));
  invariant(row !== null, "a target that speaks is there");
  const { blueprintId } = row;
  if (blueprintId === null) throw new OperationRefused(blueprintMissing);
  return { target, row, blueprintId };
}

async function findManifest(
  op: Operation,
  deps: PlanDeps,
  synchronising: Synchronising,
): Promise<WithManifest> {
  const found = await decideManifest(op, deps, synchronising);
  if ("refusal" in found) throw new OperationRefused(found.refusal);
  return { ...synchronising, manifest: found.manifest };
}

async function decideManifest(
  op: Operation,
  deps: PlanDeps,
  { row }: Synchronising,
): Promise<{ readonly manifest: SharedManifest } | { readonly refusal: Refusal }> {
  const tree = await findTree(op.tx, deps, row);
  if (tree === null) return { refusal: blueprintMissing };
  if (findDeclarationsUnavailable(manifestFactsOf(row, []), true) !== null) {
    return { refusal: declarationsUnavailable };
  }
  const { awaitedVersionIds } = deps.trees.outline(tree);
  const facts = manifestFactsOf(row, await listManifestRows(op.tx, row, awaitedVersionIds));
  const { identifierPrefix } = deps;
  return { manifest: deps.trees.findManifest(facts, tree, { at: op.at, identifierPrefix }) };
}

const blueprintMissing: Refusal = {
  kind: "invalid",
  code: "blueprint_missing",
  detail: "Missing blueprint. No declarative management possible.",
};

const declarationsUnavailable: Refusal = {
  kind: "invalid",
  code: "declarations_unavailable",
  detail: "No declarative management possible for this device as it is.",
};
