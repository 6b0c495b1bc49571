import { expect, test } from "vitest";
import type { ArtifactId } from "./artifact.ts";
import { type ArtifactNeed, findArtifactCycle } from "./artifact-cycle.ts";

const id = (name: string): ArtifactId => name.toLowerCase() as ArtifactId;
const needs = (...pairs: string[]): ArtifactNeed[] =>
  pairs.map((pair) => ({ from: id(pair[0] ?? ""), to: id(pair[1] ?? ""), fromName: pair[0] ?? "" }));

test.each<[string[], string[] | null]>([
  [[], null],
  [["AB", "BC", "AC"], null],
  [["AA"], ["A", "A"]],
  [
    ["AB", "BA"],
    ["A", "B", "A"],
  ],
  [
    ["AB", "BC", "CA", "AC"],
    ["A", "C", "A"],
  ],
  [["AB", "BC", "CB"], null],
])("of the needs %j the cycle is %j", (pairs, cycle) => {
  expect(findArtifactCycle(id("A"), needs(...pairs))).toEqual(cycle);
});

test("a graph of many ways is walked once", () => {
  const layers = Array.from({ length: 40 }, (_, layer) =>
    [0, 1].flatMap((left) => [0, 1].map((right) => [`${layer}.${left}`, `${layer + 1}.${right}`] as const)),
  ).flat();
  const all = layers.map(([from, to]) => ({ from: id(from), to: id(to), fromName: from }));
  expect(findArtifactCycle(id("0.0"), all)).toBeNull();
});
