import { describe, expect, test } from "vitest";
import {
  aScope,
  anArtifact,
  artifactId,
  aTarget,
  aTree,
  macScope,
} from "../../../test/tools/blueprint-trees.ts";
import type { TreeArtifact } from "./blueprint-tree.ts";
import type { ScopeFacts } from "./target-facts.ts";
import { walkTree } from "./walk-tree.ts";

function walk(artifacts: readonly TreeArtifact[], facts: Partial<ScopeFacts> = {}) {
  const walked = walkTree(aTree(artifacts), { ...aTarget(), ...facts });
  return [...walked.values()].map((one) => {
    const number = Number(one.artifact.id.slice(-4));
    return one.scope === "in" ? [number, one.version.version] : [number, one.reason.kind];
  });
}

describe("order", () => {
  test("what is required or referred to comes first, else the order of links decides", () => {
    const artifacts = [
      anArtifact(4, { requires: [2] }),
      anArtifact(3),
      anArtifact(2, { references: [1], link: null, type: "Configuration" }),
      anArtifact(1, { link: null, type: "Asset" }),
    ];
    expect(walk(artifacts)).toEqual([
      [3, 1],
      [1, 1],
      [2, 1],
      [4, 1],
    ]);
  });

  test("what is not linked is ordered by name, then id, wherever the tree found it", () => {
    const others = [
      anArtifact(5, { link: null, name: "b" }),
      anArtifact(7, { link: null, name: "a" }),
      anArtifact(6, { link: null, name: "a" }),
    ];
    const root = anArtifact(1, { requires: [5, 6, 7] });
    const expected = [6, 7, 5, 1];
    expect(walk([root, ...others]).map(([number]) => number)).toEqual(expected);
    expect(walk([root, ...others.toReversed()]).map(([number]) => number)).toEqual(expected);
  });

  test("a chain of 5,000 requirements is walked", () => {
    const chain = Array.from({ length: 5_000 }, (_, index) =>
      anArtifact(index, {
        requires: index === 0 ? [] : [index - 1],
        link: index === 4_999 ? aScope() : null,
      }),
    );
    expect(walk(chain).every(([, version]) => version === 1)).toBe(true);
  });
});

describe("roots", () => {
  test("a requirement is pulled in though its own link leaves the device out", () => {
    const artifacts = [
      anArtifact(1, { link: aScope({ excludedTagIds: [9] }) }),
      anArtifact(2, { requires: [1] }),
    ];
    const facts = { tagIds: new Set([9]) };
    expect(walk(artifacts, facts)).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(walk(artifacts.slice(0, 1), facts)).toEqual([[1, "excluded_tag"]]);
  });

  test("in Setup Assistant only what is flagged is a root, and what it requires comes along", () => {
    const artifacts = [
      anArtifact(1),
      anArtifact(2, { link: null }),
      anArtifact(3, { type: "Enterprise App", installDuringSetupAssistant: true, requires: [2] }),
    ];
    expect(walk(artifacts, { isAwaitingConfiguration: true })).toEqual([
      [1, "setup_assistant"],
      [2, 1],
      [3, 1],
    ]);
  });

  test("what only artifacts out of scope require is not pulled in", () => {
    const artifacts = [anArtifact(1, { link: null }), anArtifact(2, { requires: [1], link: macScope("99") })];
    expect(walk(artifacts)).toEqual([
      [1, "not_required"],
      [2, "os_too_old"],
    ]);
  });

  test("each channel has its own", () => {
    const artifacts = [anArtifact(1, { channel: "User" }), anArtifact(2), anArtifact(3, { requires: [1] })];
    expect(walk(artifacts)).toEqual([
      [1, "channel"],
      [2, 1],
      [3, "requires_out_of_scope"],
    ]);
    expect(walk(artifacts, { channel: "User" })).toEqual([
      [1, 1],
      [2, "channel"],
      [3, "channel"],
    ]);
  });
});

describe("versions", () => {
  const split = anArtifact(1, {
    versions: [
      { version: 2, scope: macScope("13.1.0") },
      { version: 1, scope: macScope("", "13.1.0") },
    ],
  });

  test.each([
    ["", 1],
    ["13.0.9", 1],
    ["13.1.0", 2],
  ])("a device with OS %j gets version %i", (osVersion, version) => {
    expect(walk([split], { osVersion })).toEqual([[1, version]]);
  });

  test("between the maximum of one and the minimum of the next there is none, and the highest one tells why", () => {
    const gap = anArtifact(1, {
      versions: [
        { version: 2, scope: macScope("14") },
        { version: 1, scope: macScope("", "13") },
      ],
    });
    const walked = walkTree(aTree([gap, anArtifact(2, { requires: [1] })]), aTarget({ osVersion: "13.5" }));
    expect(walked.get(artifactId(1))).toMatchObject({
      scope: "out",
      reason: {
        kind: "no_version",
        version: 2,
        because: { kind: "os_too_old", osVersion: "13.5", minimum: "14" },
      },
    });
    expect(walked.get(artifactId(2))).toMatchObject({
      reason: { kind: "requires_out_of_scope", artifactId: artifactId(1) },
    });
  });

  test("an artifact without versions is out of scope", () => {
    expect(walk([anArtifact(1, { versions: [] })])).toEqual([[1, "no_version"]]);
  });
});

describe("cycles", () => {
  test("what is in one and what needs it is left undecided, and the rest is walked", () => {
    const artifacts = [
      anArtifact(1, { requires: [2] }),
      anArtifact(2, { requires: [3] }),
      anArtifact(3, { references: [1] }),
      anArtifact(4, { requires: [3] }),
      anArtifact(5, { requires: [5] }),
      anArtifact(6),
    ];
    expect(walk(artifacts)).toEqual([
      [6, 1],
      [1, "in_a_cycle"],
      [2, "in_a_cycle"],
      [3, "in_a_cycle"],
      [4, "requires_a_cycle"],
      [5, "in_a_cycle"],
    ]);
  });

  test("a cycle that nothing in scope reaches is out of scope", () => {
    const link = macScope("99");
    const artifacts = [anArtifact(1, { requires: [2], link }), anArtifact(2, { requires: [1], link: null })];
    expect(walk(artifacts)).toEqual([
      [1, "os_too_old"],
      [2, "not_required"],
    ]);
  });
});
