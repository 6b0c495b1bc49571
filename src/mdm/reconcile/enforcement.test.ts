import { describe, expect, test } from "vitest";
import { anEnforcement, aTarget, aTree } from "../../../test/tools/blueprint-trees.ts";
import type { TreeEnforcement } from "./blueprint-tree.ts";
import { buildEnforcement, chooseEnforcement, findEnforcementTie, enforcementType } from "./enforcement.ts";
import { buildManifest } from "./manifest.ts";
import { treeContext } from "../../../test/tools/blueprint-trees.ts";
import type { TargetFacts } from "./target-facts.ts";

const clientCapabilities = {
  "supported-payloads": { declarations: { configurations: [enforcementType] } },
};
const target = (overrides: Partial<TargetFacts> = {}) => aTarget({ clientCapabilities, ...overrides });
const build = (enforcement: Partial<TreeEnforcement>, facts: Partial<TargetFacts> = {}) =>
  buildEnforcement(target(facts), aTree([], { enforcements: [anEnforcement(enforcement)] }), "zentral");

describe("an enforcement of a fixed version", () => {
  test.each([
    ["", "46e9bd884ed69f3596a19af1c3dd7debad77e998"],
    ["23B74", "70f599a2446b04819b674530433c1f1322947ddb"],
  ])("with build %j has the ServerToken of the specification", (buildVersion, serverToken) => {
    expect(build({ buildVersion })).toEqual({
      enforcementId: 1,
      identifier: "zentral.blueprint.1.softwareupdate-enforcement-specific",
      serverToken,
      payload: {
        TargetOSVersion: "14.1",
        TargetLocalDateTime: "2023-11-09T09:30:00",
        DetailsURL: "https://www.example.com",
        ...(buildVersion === "" ? {} : { TargetBuildVersion: buildVersion }),
      },
    });
  });

  test("without details there is no member for them", () => {
    expect(build({ detailsUrl: "" })).toHaveProperty("payload", {
      TargetOSVersion: "14.1",
      TargetLocalDateTime: "2023-11-09T09:30:00",
    });
  });
});

test.each<[string, Partial<TreeEnforcement>, Partial<TargetFacts>, string]>([
  ["on the user channel", {}, { channel: "User" }, "user_channel"],
  ["for a device that has reported nothing", {}, { clientCapabilities: null }, "not_supported"],
  ["for a device whose report is no object", {}, { clientCapabilities: "x" }, "not_supported"],
  ["for another platform", {}, { platform: "iOS" }, "none_applies"],
  ["for other tags", { tagIds: [1] }, {}, "none_applies"],
  ["without a deadline", { localDatetime: null }, {}, "incomplete"],
  [
    "of the latest version without a delay",
    { osVersion: "", maxOsVersion: "16", localTime: "09:30:00" },
    {},
    "incomplete",
  ],
  [
    "of the latest version without a time",
    { osVersion: "", maxOsVersion: "16", delayDays: 7 },
    {},
    "incomplete",
  ],
  [
    "of the latest version, which nobody knows",
    { osVersion: "", maxOsVersion: "16", delayDays: 7, localTime: "09:30:00" },
    {},
    "no_feed",
  ],
])("there is none %s, neither in the activation nor in the manifest", (_, enforcement, facts, kind) => {
  expect(build(enforcement, facts)).toHaveProperty("kind", kind);
  const tree = aTree([], { enforcements: [anEnforcement(enforcement)] });
  const manifest = buildManifest(target(facts), tree, treeContext);
  expect(manifest).toMatchObject({ enforcement: null, noEnforcement: { kind } });
  const subscriptions = ["zentral.blueprint.1.management-status-subscriptions"];
  expect(manifest.activation.configurations).toEqual(subscriptions);
  expect(manifest.entries.map(({ identifier }) => identifier)).toEqual([
    "zentral.blueprint.1.activation",
    ...subscriptions,
  ]);
});

describe("of several", () => {
  const choose = (enforcements: readonly Partial<TreeEnforcement>[], tagIds: readonly number[]) =>
    chooseEnforcement(enforcements.map(anEnforcement), { platform: "macOS", tagIds: new Set(tagIds) })?.id ??
    null;
  const none = { id: 1, tagIds: [] };
  const one = { id: 2, tagIds: [1, 9] };
  const two = { id: 3, tagIds: [1, 2] };

  test("the one with most tags of the device is chosen", () => {
    expect(choose([none, one, two], [1, 2])).toBe(3);
    expect(choose([two, one, none], [1, 2])).toBe(3);
    expect(choose([none, one], [1, 2])).toBe(2);
  });

  test("one without tags stands in for no match, and the first of several does", () => {
    expect(choose([none, one, two], [])).toBe(1);
    expect(
      choose(
        [
          { id: 5, tagIds: [] },
          { id: 4, tagIds: [] },
        ],
        [1],
      ),
    ).toBe(4);
    expect(choose([one, two], [])).toBeNull();
  });

  test("one without tags never displaces a match", () => {
    expect(
      choose(
        [
          { id: 1, tagIds: [1] },
          { id: 2, tagIds: [] },
        ],
        [1],
      ),
    ).toBe(1);
  });

  test("a tie is told by the names of those that have as many matches as the chosen one", () => {
    const tie = (enforcements: readonly Partial<TreeEnforcement>[], facts = {}) =>
      findEnforcementTie(enforcements.map(anEnforcement), target({ tagIds: new Set([1, 2]), ...facts }));
    const [first, second] = [
      { id: 2, name: "First", tagIds: [2] },
      { id: 3, name: "Second", tagIds: [1] },
    ];
    expect(tie([second, { id: 1, name: "None", tagIds: [] }, first])).toEqual(["First", "Second"]);
    expect(tie([first, second, { id: 4, name: "Both", tagIds: [1, 2] }])).toEqual([]);
    expect(tie([first, second], { tagIds: new Set([1]) })).toEqual([]);
    expect(tie([first, { ...second, platforms: ["iOS"] }])).toEqual([]);
    // Which of two without tags stands in is nothing a device's tags could have decided.
    expect(
      tie([
        { id: 5, tagIds: [] },
        { id: 6, tagIds: [] },
      ]),
    ).toEqual([]);
    expect(tie([first, second], { clientCapabilities: null })).toEqual([]);
  });

  test("of equal matches the first one stays", () => {
    expect(
      choose(
        [
          { id: 1, tagIds: [1] },
          { id: 2, tagIds: [2] },
        ],
        [1, 2],
      ),
    ).toBe(1);
  });
});
