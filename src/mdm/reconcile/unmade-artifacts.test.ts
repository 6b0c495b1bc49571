/** What the server could not make for a target holds up nothing else, and is not promised again before its time. */
import { describe, expect, test } from "vitest";
import {
  aRow,
  aTarget,
  aTree,
  anArtifact,
  artifactId,
  treeAt,
  treeContext,
  versionId,
} from "../../../test/tools/blueprint-trees.ts";
import { buildManifest } from "./manifest.ts";
import { manifestClass } from "./manifest-class.ts";
import { outlineTree } from "./tree-outline.ts";
import { isUnmade, type TargetArtifact } from "./target-artifact.ts";
import { decideTargetArtifactChanges } from "./target-artifact-changes.ts";

const later = new Date(treeAt.getTime() + 300_000);
const type = "Configuration";

const unmade = (version: number, retryAt: Date | null): TargetArtifact =>
  aRow(1, version, {
    type,
    status: "Failed",
    extraInfo: { reason: "variables_unavailable", variables: ["$REALM_USER.EMAIL"] },
    installedAt: null,
    uniqueInstallIdentifier: "",
    retryCount: 1,
    retryAt,
  });

const tree = aTree([
  anArtifact(1, { type, versions: [{ version: 2 }, { version: 1 }] }),
  anArtifact(2, { type, requires: [1] }),
  anArtifact(3, { type }),
]);

const declared = (artifacts: readonly TargetArtifact[], at = treeAt): (string | undefined)[] =>
  buildManifest(aTarget({ artifacts }), tree, { ...treeContext, at }).entries.flatMap(({ artifact }) =>
    artifact === null ? [] : [artifact.versionId],
  );

describe("a version that could not be made", () => {
  test("is not declared until its retry, and what needs it waits", () => {
    expect(declared([])).toEqual(expect.arrayContaining([versionId(1, 2), versionId(2, 1), versionId(3, 1)]));
    expect(declared([unmade(2, later)])).toEqual([versionId(3, 1)]);
    expect(declared([unmade(2, null)])).toEqual([versionId(3, 1)]);
    expect(declared([unmade(2, later)], later)).toContain(versionId(1, 2));
  });

  test("leaves the version there that the target has", () => {
    expect(declared([unmade(2, later), aRow(1, 1, { type })])).toEqual(
      expect.arrayContaining([versionId(1, 1), versionId(2, 1)]),
    );
  });

  test("tells its targets apart from others", () => {
    const classes = [[], [unmade(2, later)], [unmade(2, later), aRow(1, 1, { type })]].map((artifacts) =>
      manifestClass(aTarget({ artifacts }), outlineTree(tree), treeAt),
    );
    expect(new Set(classes).size).toBe(3);
  });

  test("is not what a device calls failed", () => {
    const reported = { active: false, valid: "invalid", reasons: [{ code: "Error.X" }] };
    expect(isUnmade({ status: "Failed", extraInfo: reported })).toBe(false);
    expect(isUnmade({ status: "Failed", extraInfo: { error_chain: [] } })).toBe(false);
    expect(declared([aRow(1, 2, { type, status: "Failed", extraInfo: reported })])).toContain(
      versionId(1, 2),
    );
  });
});

describe("a report that does not mention it", () => {
  const decide = (rows: readonly TargetArtifact[], present: readonly number[]) =>
    decideTargetArtifactChanges(
      {
        rows,
        results: present.map((version) => ({
          versionId: versionId(1, version),
          status: "Installed" as const,
          extraInfo: {},
          uniqueInstallIdentifier: "token",
        })),
        subjects: present.map((version) => ({
          artifactId: artifactId(1),
          artifactName: "Artifact 1",
          artifactType: type,
          versionId: versionId(1, version),
          version,
        })),
        exhaustiveTypes: [type],
      },
      { at: treeAt, osVersion: "15.2" },
    ).deleted.map((row) => row.versionId);

  test("leaves it, also beside the version before", () => {
    expect(decide([unmade(2, later)], [])).toEqual([]);
    expect(decide([unmade(2, later)], [1])).toEqual([]);
  });

  test("of a later version takes it away", () => {
    expect(decide([unmade(2, later)], [3])).toEqual([versionId(1, 2)]);
  });
});
