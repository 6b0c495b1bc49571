/** Trees of blueprints and targets for tests of plans: builders with every member valid. */
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { ItemScope, PlatformScope } from "#mdm/artifacts/item-scope.ts";
import type {
  BlueprintTree,
  TreeArtifact,
  TreeEnforcement,
  TreeVersion,
} from "#mdm/reconcile/blueprint-tree.ts";
import type { TargetFacts } from "#mdm/reconcile/target-facts.ts";
import type { TargetArtifact } from "#mdm/reconcile/target-artifact.ts";
import { asUuid } from "#platform/ids.ts";

export const treeAt = new Date("2026-11-21T12:00:00.000Z");
export const treeContext = { at: treeAt, identifierPrefix: "zentral" };

/** The id of an artifact that tests call by a number. */
export function artifactId(number: number): ArtifactId {
  return asUuid<"Artifact">(`a0000000-0000-4000-8000-${String(number).padStart(12, "0")}`);
}

/** The id of a version of an artifact that tests call by numbers. */
export function versionId(artifact: number, version: number): ArtifactVersionId {
  return asUuid<"ArtifactVersion">(
    `b${String(version).padStart(7, "0")}-0000-4000-8000-${String(artifact).padStart(12, "0")}`,
  );
}

const everyVersion: PlatformScope = { isEnabled: true, minVersion: "", maxVersion: "" };

/** For everybody, unless told otherwise. */
export function aScope(overrides: Partial<ItemScope> = {}): ItemScope {
  return {
    platforms: { iOS: everyVersion, iPadOS: everyVersion, macOS: everyVersion, tvOS: everyVersion },
    shardModulo: 100,
    defaultShard: 100,
    excludedTagIds: [],
    tagShards: [],
    ...overrides,
  };
}

/** For Macs of some versions alone. */
export function macScope(minVersion: string, maxVersion = ""): ItemScope {
  const none = { ...everyVersion, isEnabled: false };
  const macOS = { isEnabled: true, minVersion, maxVersion };
  return aScope({ platforms: { iOS: none, iPadOS: none, macOS, tvOS: none } });
}

export type ArtifactSketch = Partial<Omit<TreeArtifact, "id" | "versions" | "requires" | "references">> & {
  readonly requires?: readonly number[];
  readonly references?: readonly number[];
  /** Highest first; one version for everybody unless told otherwise. */
  readonly versions?: readonly Partial<TreeVersion>[];
};

/** A profile that is linked for everybody, unless told otherwise. */
export function anArtifact(number: number, sketch: ArtifactSketch = {}): TreeArtifact {
  const { requires = [], references = [], versions = [{ version: 1 }], ...rest } = sketch;
  return {
    id: artifactId(number),
    name: `Artifact ${number}`,
    type: "Profile",
    channel: "Device",
    installDuringSetupAssistant: false,
    autoUpdate: true,
    reinstallInterval: 0,
    reinstallOnOsUpdate: "No",
    link: aScope(),
    ...rest,
    requires: requires.map(artifactId),
    references: references.map(artifactId),
    versions: versions.map((version, index): TreeVersion => {
      const counted = version.version ?? versions.length - index;
      return {
        id: versionId(number, counted),
        version: counted,
        scope: aScope(),
        adamId: null,
        ...version,
      };
    }),
  };
}

/** A blueprint of artifacts; profiles go by command unless told otherwise. */
export function aTree(
  artifacts: readonly TreeArtifact[],
  overrides: Partial<BlueprintTree> = {},
): BlueprintTree {
  return {
    id: 1,
    name: "Blueprint",
    revision: "1",
    legacyProfilesViaDdm: false,
    enforcements: [],
    artifacts: new Map(artifacts.map((artifact) => [artifact.id, artifact])),
    ...overrides,
  };
}

/** An enforcement of a fixed version on Macs, for devices without particular tags. */
export function anEnforcement(overrides: Partial<TreeEnforcement> = {}): TreeEnforcement {
  return {
    id: 1,
    name: "Enforcement",
    platforms: ["macOS"],
    tagIds: [],
    detailsUrl: "https://www.example.com",
    osVersion: "14.1",
    buildVersion: "",
    localDatetime: "2023-11-09T09:30:00",
    maxOsVersion: "",
    delayDays: null,
    localTime: null,
    ...overrides,
  };
}

/** A Mac that can do declarative management, has not begun with it, and has nothing. */
export function aTarget(overrides: Partial<TargetFacts> = {}): TargetFacts {
  return {
    channel: "Device",
    platform: "macOS",
    osVersion: "15.2",
    serialNumber: "C02ABC123DEF",
    tagIds: new Set(),
    isAwaitingConfiguration: false,
    createdAt: new Date("2026-11-01T00:00:00.000Z"),
    licences: new Set(),
    clientCapabilities: null,
    artifacts: [],
    isUserEnrollment: false,
    isDeclarative: false,
    declarationsToken: "",
    pendingVersionIds: new Set(),
    ...overrides,
  };
}

export type RowSketch = Partial<Omit<TargetArtifact, "artifactId" | "versionId">> & {
  readonly type?: ArtifactType;
};

/** A version of an artifact that was installed when the test's day began, unless told otherwise. */
export function aRow(artifact: number, version: number, sketch: RowSketch = {}): TargetArtifact {
  const { type = "Profile", ...overrides } = sketch;
  return {
    artifactId: artifactId(artifact),
    artifactName: `Artifact ${artifact}`,
    artifactType: type,
    versionId: versionId(artifact, version),
    version,
    status: "Installed",
    extraInfo: {},
    installedAt: treeAt,
    osVersionAtInstallTime: "15.2",
    uniqueInstallIdentifier: "a command",
    installCount: 1,
    retryCount: 0,
    maxRetryCount: 2,
    retryAt: null,
    createdAt: treeAt,
    updatedAt: treeAt,
    ...overrides,
  };
}
