/** Any blueprint and any target, for property tests of plans: small, and dense with what plans depend on. */
import fc from "fast-check";
import { artifactTypes } from "#mdm/artifacts/artifact.ts";
import type { ItemScope, PlatformScope } from "#mdm/artifacts/item-scope.ts";
import type { BlueprintTree, TreeArtifact, TreeEnforcement } from "#mdm/reconcile/blueprint-tree.ts";
import type { TargetFacts } from "#mdm/reconcile/target-facts.ts";
import { type TargetArtifact, targetArtifactStatuses } from "#mdm/reconcile/target-artifact.ts";
import { anArtifact, anEnforcement, aRow, aTree, treeAt } from "./blueprint-trees.ts";

const artifactsMax = 7;
const versionsMax = 3;
const hour = 60 * 60 * 1000;

const numbers = fc.integer({ min: 1, max: artifactsMax });
const tagIds = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 2 });
const osVersions = fc.constantFrom("", "12.6", "13.1", "14.2.1", "15.2", "15.2.1", "nonsense");
const channels = fc.constantFrom("Device", "Device", "Device", "User");
const adamIds = fc.constantFrom(null, null, null, "361309726");

const platform: fc.Arbitrary<PlatformScope> = fc.record({
  isEnabled: fc.constantFrom(true, true, true, false),
  minVersion: fc.constantFrom("", "", "13.1", "15"),
  maxVersion: fc.constantFrom("", "", "", "15.2.1"),
});

const scope: fc.Arbitrary<ItemScope> = fc.record({
  platforms: fc.record({ iOS: platform, iPadOS: platform, macOS: platform, tvOS: platform }),
  shardModulo: fc.constantFrom(1, 2, 10, 100),
  defaultShard: fc.constantFrom(0, 1, 10, 100),
  excludedTagIds: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, tagIds),
  tagShards: fc.array(
    fc.record({ tagId: fc.integer({ min: 1, max: 4 }), shard: fc.integer({ min: 1, max: 100 }) }),
    {
      maxLength: 2,
    },
  ),
});

const open = fc.constant<ItemScope | undefined>(undefined);
const mostlyOpen = fc.oneof({ weight: 2, arbitrary: open }, scope);

function artifact(number: number): fc.Arbitrary<TreeArtifact> {
  const version = fc.record({ scope: mostlyOpen, adamId: adamIds });
  return fc
    .record({
      name: fc.constantFrom("a", "b", "c"),
      type: fc.constantFrom(...artifactTypes),
      channel: channels,
      installDuringSetupAssistant: fc.boolean(),
      autoUpdate: fc.boolean(),
      reinstallInterval: fc.constantFrom(0, 0, 1, 30),
      reinstallOnOsUpdate: fc.constantFrom("No", "Major", "Minor", "Patch"),
      requires: fc.oneof(fc.constant([]), fc.uniqueArray(numbers, { maxLength: 2 })),
      references: fc.oneof(fc.constant([]), fc.uniqueArray(numbers, { maxLength: 1 })),
      versions: fc.array(version, { maxLength: versionsMax }),
      link: fc.oneof(fc.constant(null), mostlyOpen),
    })
    .map(({ versions, link, ...rest }) => {
      const sketches = versions.map(({ scope: own, adamId }) => ({
        adamId,
        ...(own === undefined ? {} : { scope: own }),
      }));
      return anArtifact(number, { ...rest, versions: sketches, ...(link === undefined ? {} : { link }) });
    });
}

const enforcement = (id: number): fc.Arbitrary<TreeEnforcement> =>
  fc
    .record({
      tagIds,
      osVersion: fc.constantFrom("14.1", ""),
      localDatetime: fc.constantFrom("2026-03-01T09:30:00", null),
    })
    .map((members) => anEnforcement({ id, ...members, maxOsVersion: members.osVersion === "" ? "16" : "" }));

/** Any blueprint: cycles, missing versions and requirements that are not there included. */
export const anyTree: fc.Arbitrary<BlueprintTree> = fc
  .record({
    artifacts: fc
      .uniqueArray(numbers, { maxLength: artifactsMax })
      .chain((chosen) => fc.tuple(...chosen.map(artifact))),
    enforcements: fc.tuple(enforcement(1), enforcement(2)),
    legacyProfilesViaDdm: fc.boolean(),
  })
  .map(({ artifacts, ...rest }) => aTree(artifacts, rest));

const time = fc.integer({ min: -100, max: 100 }).map((hours) => new Date(treeAt.getTime() + hours * hour));

const state = fc
  .record({
    status: fc.constantFrom(...targetArtifactStatuses),
    installedAt: fc.oneof(fc.constant(null), time),
    osVersionAtInstallTime: fc.oneof(fc.constant(null), osVersions),
    uniqueInstallIdentifier: fc.constantFrom("", "a command"),
    retryCount: fc.integer({ min: 0, max: 3 }),
    maxRetryCount: fc.integer({ min: 0, max: 3 }),
    retryAt: fc.oneof(fc.constant(null), time),
  })
  // A time without a number is never written.
  .map((members) => ({ ...members, retryAt: members.retryCount === 0 ? null : members.retryAt }));

/** What a target may be left with by any history, of artifacts that are in the tree and of others. */
function anyRows(tree: BlueprintTree | null): fc.Arbitrary<TargetArtifact[]> {
  const known = [...(tree?.artifacts.values() ?? [])].flatMap(({ id, type, versions }) =>
    versions.map(({ version }) => ({ number: Number(id.slice(-4)), version, type })),
  );
  const foreign = artifactTypes.map((type, index) => ({ number: 100 + index, version: 1, type }));
  return fc
    .subarray([...known, ...foreign])
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map(({ number, version, type }) =>
          state.map((members) => aRow(number, version, { type, ...members })),
        ),
      ),
    );
}

const capabilities = fc.constantFrom<unknown>(
  null,
  "hostile",
  { "supported-payloads": { "status-items": ["device.model.family", 7] } },
  {
    "supported-payloads": {
      "status-items": ["device.model.family", "test.string-value"],
      declarations: { configurations: ["com.apple.configuration.softwareupdate.enforcement.specific"] },
    },
  },
);

/** Any target of a tree. */
export function anyTarget(tree: BlueprintTree | null): fc.Arbitrary<TargetFacts> {
  return fc.record({
    channel: channels,
    platform: fc.constantFrom("macOS", "macOS", "iOS", "iPadOS", "tvOS"),
    osVersion: osVersions,
    serialNumber: fc.constantFrom("C02ABC123DEF", "ZZZ000111222", "", "A", "B", "C"),
    tagIds: tagIds.map((ids) => new Set(ids)),
    isAwaitingConfiguration: fc.constantFrom(false, false, true),
    createdAt: time,
    licences: fc.constantFrom(new Set<string>(), new Set(["361309726"])),
    clientCapabilities: capabilities,
    artifacts: anyRows(tree),
    isUserEnrollment: fc.boolean(),
    isDeclarative: fc.boolean(),
    declarationsToken: fc.constantFrom("", "stale"),
    pendingVersionIds: fc.constant(new Set()),
  });
}

/** Any tree, or none, with any target of it. */
export const anyTreeAndTarget: fc.Arbitrary<{ tree: BlueprintTree | null; target: TargetFacts }> = fc
  .oneof({ weight: 9, arbitrary: anyTree }, fc.constant(null))
  .chain((tree) => anyTarget(tree).map((target) => ({ tree, target })));
