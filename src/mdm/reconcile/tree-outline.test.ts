import { expect, test } from "vitest";
import {
  anArtifact,
  artifactId,
  aScope,
  aTarget,
  aTree,
  treeContext,
  versionId,
} from "../../../test/tools/blueprint-trees.ts";
import { createBlueprintTrees } from "./blueprint-tree-operations.ts";
import { outlineTree } from "./tree-outline.ts";

const configurations = (count: number) =>
  Array.from({ length: count }, (_, number) => anArtifact(number + 1, { type: "Configuration" }));

test("an outline has nothing of what is for everybody, however much that is", () => {
  const { declaredVersionIds, ...rest } = outlineTree(aTree(configurations(500)));
  expect(declaredVersionIds.size).toBe(500);
  expect(Object.values(rest)).toEqual(Object.values(rest).map(() => []));
});

test("an outline has what tells targets apart, each once", () => {
  const tagged = aScope({ excludedTagIds: [7, 3] });
  const sharded = aScope({ defaultShard: 10 });
  const tree = aTree([
    anArtifact(1, { type: "Enterprise App", versions: [{}, {}] }),
    anArtifact(2, { type: "Configuration", requires: [1], link: tagged, reinstallInterval: 30 }),
    anArtifact(3, {
      type: "Configuration",
      references: [1],
      versions: [{ scope: tagged }],
      reinstallInterval: 30,
    }),
    anArtifact(4, { type: "Configuration", link: sharded, versions: [{ adamId: "361309726" }] }),
    anArtifact(5, { type: "Enterprise App", versions: [{ scope: sharded }] }),
  ]);
  expect(outlineTree(tree)).toEqual({
    enforcements: [],
    excludingTagIds: [3, 7],
    shardedItems: [
      { key: artifactId(4), scope: sharded },
      { key: versionId(5, 1), scope: sharded },
    ],
    declaredVersionIds: new Set([versionId(2, 1), versionId(3, 1), versionId(4, 1)]),
    awaitedArtifactIds: [artifactId(1)],
    awaitedVersionIds: [versionId(1, 2), versionId(1, 1)],
    adamIds: ["361309726"],
    reinstallIntervals: [30],
  });
});

test("targets that cannot be told apart share one manifest and its text", () => {
  const trees = createBlueprintTrees();
  const tree = aTree(configurations(20));
  const [one, other] = ["A", "B"].map((serialNumber) =>
    trees.findManifest(aTarget({ serialNumber, tagIds: new Set([serialNumber.length]) }), tree, treeContext),
  );
  expect(other).toBe(one);
  expect(JSON.parse(one?.json ?? "")).toMatchObject({ DeclarationsToken: one?.token });
  expect(trees.findManifest(aTarget({ osVersion: "14.1" }), tree, treeContext)).not.toBe(one);
  expect(trees.outline(tree)).toBe(trees.outline(tree));
});
