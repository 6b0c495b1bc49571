// The declarations that a target is told of: the managed activation, the status subscriptions, an enforcement,
// and its artifacts (desired-state.md 4.3-4.5, 4.10). Plan and the DDM door make it; a class of targets shares it.
// A configuration that can be linked is in the activation exactly if it is in the manifest.
import {
  type ArtifactId,
  type ArtifactType,
  artifactTypeFacts,
  type ArtifactVersionId,
  isAsset,
  isConfiguration,
} from "#mdm/artifacts/artifact.ts";
import {
  type ArtifactPath,
  type BlueprintDeclaration,
  encodeArtifactIdentifier,
  encodeBlueprintIdentifier,
} from "#protocol/ddm/identifiers.ts";
import { countReinstallIntervals, encodeServerToken } from "#protocol/ddm/server-token.ts";
import { planStatusSubscriptions } from "#protocol/ddm/status-subscriptions.ts";
import {
  activationToken,
  declarationsToken,
  type ManifestDeclarations,
  type ManifestItem,
  type ManifestSection,
  subscriptionsToken,
} from "#protocol/ddm/tokens.ts";
import { parseOsVersion } from "#protocol/mdm/os-version.ts";
import type { BlueprintTree, TreeArtifact, TreeVersion } from "./blueprint-tree.ts";
import { isDdmManaged } from "./delivery.ts";
import { buildEnforcement, type Enforcement, type NoEnforcement } from "./enforcement.ts";
import { grantedRetries, isHeldBack, isPresent } from "./target-artifact.ts";
import type { ManifestFacts, ManifestRow } from "./target-facts.ts";
import { listPredecessors, type Walk, walkTree } from "./walk-tree.ts";

const millisecondsPerDay = 24 * 60 * 60 * 1000;

export type ManifestEntry = {
  readonly section: ManifestSection;
  readonly identifier: string;
  readonly serverToken: string;
  /** Null for what the server makes of the blueprint itself. */
  readonly artifact: {
    readonly id: ArtifactId;
    readonly type: ArtifactType;
    readonly versionId: ArtifactVersionId;
  } | null;
};

export type Manifest = {
  /** The DeclarationsToken. */
  readonly token: string;
  /** In the order in which they are told. */
  readonly entries: readonly ManifestEntry[];
  readonly activation: {
    readonly identifier: string;
    readonly serverToken: string;
    /** StandardConfigurations, ascending. */
    readonly configurations: readonly string[];
  };
  readonly subscriptions: {
    readonly identifier: string;
    readonly serverToken: string;
    /** Ascending. */
    readonly names: readonly string[];
    /** The reported capabilities could not be read: somebody should know. */
    readonly isMalformed: boolean;
  };
  readonly enforcement: Enforcement | null;
  /** Why there is no enforcement; null when there is one. */
  readonly noEnforcement: NoEnforcement | null;
};

export type ManifestContext = {
  readonly at: Date;
  /** As `identifierPrefix` of protocol/mdm makes it from the API host name. */
  readonly identifierPrefix: string;
};

/** Makes the manifest of a target. Whether it can have one is for `findDeclarationsUnavailable` to say. */
export function buildManifest(
  target: ManifestFacts,
  tree: BlueprintTree,
  context: ManifestContext,
): Manifest {
  return assembleManifest({ target, tree, walk: walkTree(tree, target) }, context);
}

export type WalkedTarget = {
  readonly target: ManifestFacts;
  readonly tree: BlueprintTree;
  readonly walk: Walk;
};

/** Makes the manifest of a target whose tree has been walked. */
export function assembleManifest(walked: WalkedTarget, { at, identifierPrefix }: ManifestContext): Manifest {
  const { target, tree } = walked;
  const rows = new Map(target.artifacts.map((row) => [row.versionId, row]));
  const artifacts = listDeclaredArtifacts(walked, at).map(
    (declared): ManifestEntry => declareArtifact(declared, { target, rows, at, identifierPrefix }),
  );
  const identify = (declaration: BlueprintDeclaration): string =>
    encodeBlueprintIdentifier(identifierPrefix, tree.id, declaration);
  const { names, isMalformed } = planStatusSubscriptions(target.clientCapabilities);
  const subscriptions = {
    identifier: identify("management-status-subscriptions"),
    serverToken: subscriptionsToken(names),
    names,
    isMalformed,
  };
  const enforced = buildEnforcement(target, tree, identifierPrefix);
  const enforcement = "payload" in enforced ? enforced : null;
  const configurations = [subscriptions, ...(enforcement === null ? [] : [enforcement])].map(
    (one): ManifestEntry => ({ ...entryOf(one), section: "Configurations", artifact: null }),
  );
  const activated = [...configurations, ...artifacts.filter(isActivated)].map(({ identifier }) => identifier);
  const activation = {
    identifier: identify("activation"),
    serverToken: activationToken(activated),
    configurations: activated.toSorted(),
  };
  const entries: readonly ManifestEntry[] = [
    { ...entryOf(activation), section: "Activations", artifact: null },
    ...configurations,
    ...artifacts,
  ];
  const noEnforcement = "payload" in enforced ? null : enforced;
  const token = declarationsToken(listDeclarations(entries));
  return { token, entries, activation, subscriptions, enforcement, noEnforcement };
}

function listManifestItems(entries: readonly ManifestEntry[], section: ManifestSection): ManifestItem[] {
  return entries
    .filter((entry) => entry.section === section)
    .map(({ identifier, serverToken }) => ({ Identifier: identifier, ServerToken: serverToken }));
}

type DeclaredArtifact = { readonly artifact: TreeArtifact; readonly version: TreeVersion };

/**
 * What of the scope is declared: all that is managed by declarations and has what it needs. No licence, no
 * declaration.
 */
function listDeclaredArtifacts(walked: WalkedTarget, at: Date): readonly DeclaredArtifact[] {
  const { target, tree, walk } = walked;
  const done = findDoneForDeclarations(walked, at);
  const held = findHeldBack(target, at);
  return [...walk.values()].flatMap((each) => {
    if (each.scope !== "in" || !isDdmManaged(each.artifact.type, tree)) return [];
    const { artifact } = each;
    const version = findDeclaredVersion(each, held);
    const isDeclared = version !== null && done.has(artifact.id) && hasLicence(version, target);
    return isDeclared ? [{ artifact, version }] : [];
  });
}

type HeldBack = {
  readonly heldBackIds: ReadonlySet<ArtifactVersionId>;
  readonly presentIds: ReadonlySet<ArtifactVersionId>;
};

function findHeldBack({ artifacts }: Pick<ManifestFacts, "artifacts">, at: Date): HeldBack {
  const idsOf = (rows: ManifestFacts["artifacts"]) => new Set(rows.map(({ versionId }) => versionId));
  return {
    heldBackIds: idsOf(artifacts.filter((row) => isHeldBack(row, at))),
    presentIds: idsOf(artifacts.filter(isPresent)),
  };
}

/**
 * The version that is declared: the one in scope, unless it could not be made for this target. Then it is the one that is
 * there, until the next try; a declaration that cannot be fetched would hold up all others.
 */
function findDeclaredVersion(
  { artifact, version }: DeclaredArtifact,
  { heldBackIds, presentIds }: HeldBack,
): TreeVersion | null {
  if (!heldBackIds.has(version.id)) return version;
  return artifact.versions.find(({ id }) => presentIds.has(id)) ?? null;
}

/**
 * What need not be waited for by declarations (2.3): what is declared itself, because the device puts
 * declarations in order, and what is on the target; in both cases with all that it needs in turn.
 */
export function findDoneForDeclarations(
  { target, tree, walk }: WalkedTarget,
  at: Date,
): ReadonlySet<ArtifactId> {
  const present = new Set(target.artifacts.filter(isPresent).map(({ artifactId }) => artifactId));
  const held = findHeldBack(target, at);
  const done = new Set<ArtifactId>();
  for (const walked of walk.values()) {
    if (walked.scope !== "in") continue;
    const { artifact } = walked;
    const isDeclared = isDdmManaged(artifact.type, tree) && findDeclaredVersion(walked, held) !== null;
    const hasNeeds = listPredecessors(tree, artifact).every(({ id }) => done.has(id));
    if ((isDeclared || present.has(artifact.id)) && hasNeeds) done.add(artifact.id);
  }
  return done;
}

/** Whether a target has the licence that a version needs, if it needs one. */
export function hasLicence(version: TreeVersion, { licences }: Pick<ManifestFacts, "licences">): boolean {
  return version.adamId === null || licences.has(version.adamId);
}

/** The server token of a version on a target (4.3): it changes when the version is to be installed again. */
function serverTokenOf(
  { artifact, version }: DeclaredArtifact,
  { target, rows, at }: DeclareContext,
): string {
  const row = rows.get(version.id);
  return encodeServerToken({
    versionId: version.id,
    reinstallOnOsUpdate: artifact.reinstallOnOsUpdate,
    osVersion: parseOsVersion(target.osVersion),
    reinstallIndex: countReinstallIntervals(target.createdAt, at, artifact.reinstallInterval),
    retryCount: row === undefined ? 0 : grantedRetries(row, at),
  });
}

/** The identifier of an artifact's declaration (4.3). */
export function identifyArtifact(prefix: string, artifact: Pick<TreeArtifact, "id" | "type">): string {
  return encodeArtifactIdentifier(prefix, { path: artifactPath(artifact.type), artifactId: artifact.id });
}

type DeclareContext = ManifestContext & {
  readonly target: ManifestFacts;
  readonly rows: ReadonlyMap<ArtifactVersionId, ManifestRow>;
};

function declareArtifact(declared: DeclaredArtifact, context: DeclareContext): ManifestEntry {
  const { id, type } = declared.artifact;
  return {
    section: sectionOf(type),
    identifier: identifyArtifact(context.identifierPrefix, declared.artifact),
    serverToken: serverTokenOf(declared, context),
    artifact: { id, type, versionId: declared.version.id },
  };
}

function artifactPath(type: ArtifactType): ArtifactPath {
  if (type === "Profile") return "legacy-profile";
  if (type === "Data Asset") return "data-asset";
  return type === "Certificate Asset" ? "cert-asset" : "declaration";
}

function sectionOf(type: ArtifactType): ManifestSection {
  if (type === "Activation") return "Activations";
  return isAsset(type) ? "Assets" : "Configurations";
}

/** Manual configurations are activated by activations of the operator's own (4.4). */
function isActivated({ artifact }: ManifestEntry): boolean {
  return artifact !== null && isConfiguration(artifact.type) && artifactTypeFacts[artifact.type].isLinkable;
}

function entryOf(entry: {
  readonly identifier: string;
  readonly serverToken: string;
}): Pick<ManifestEntry, "identifier" | "serverToken"> {
  return { identifier: entry.identifier, serverToken: entry.serverToken };
}

/** The sections in Apple's words, in the order in which they are told. Management is always empty. */
export function listDeclarations(entries: readonly ManifestEntry[]): ManifestDeclarations {
  return {
    Activations: listManifestItems(entries, "Activations"),
    Assets: listManifestItems(entries, "Assets"),
    Configurations: listManifestItems(entries, "Configurations"),
    Management: [],
  };
}

/**
 * When time alone changes a server token of a manifest: an interval of reinstallation ends. Null for never.
 */
export function findNextTokenTime(
  { entries }: Manifest,
  { createdAt }: Pick<ManifestFacts, "createdAt">,
  { tree, at }: { readonly tree: BlueprintTree | null; readonly at: Date },
): Date | null {
  const times = entries.flatMap(({ artifact }) => {
    const days = artifact === null ? 0 : (tree?.artifacts.get(artifact.id)?.reinstallInterval ?? 0);
    const index = countReinstallIntervals(createdAt, at, days);
    return index === null ? [] : [createdAt.getTime() + (index + 1) * days * millisecondsPerDay];
  });
  return times.length === 0 ? null : new Date(Math.min(...times));
}
