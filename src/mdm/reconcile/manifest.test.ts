import { describe, expect, test } from "vitest";
import {
  anArtifact,
  anEnforcement,
  aRow,
  aTarget,
  aTree,
  treeAt,
  treeContext,
  versionId,
} from "../../../test/tools/blueprint-trees.ts";
import { activationToken, declarationsToken } from "#protocol/ddm/tokens.ts";
import type { BlueprintTree, TreeArtifact } from "./blueprint-tree.ts";
import { findDeclarationsUnavailable, listDdmManagedTypes } from "./delivery.ts";
import { enforcementType } from "./enforcement.ts";
import { buildManifest, findNextTokenTime, listDeclarations } from "./manifest.ts";
import type { TargetFacts } from "./target-facts.ts";

const day = 24 * 60 * 60 * 1000;
const build = (
  artifacts: readonly TreeArtifact[],
  target: Partial<TargetFacts> = {},
  overrides: Partial<BlueprintTree> = {},
) => buildManifest(aTarget(target), aTree(artifacts, overrides), treeContext);
const numbersOf = ({ entries }: ReturnType<typeof build>) =>
  entries.flatMap(({ artifact }) => (artifact === null ? [] : [Number(artifact.id.slice(-4))]));
const tokenOf = (artifact: TreeArtifact, target: Partial<TargetFacts>) =>
  build([artifact], target).entries.at(-1)?.serverToken;
const configuration = (number: number, sketch: Parameters<typeof anArtifact>[1] = {}) =>
  anArtifact(number, { type: "Configuration", ...sketch });

test("an empty blueprint has an activation of the default subscriptions, with their known tokens", () => {
  const subscriptions = "zentral.blueprint.1.management-status-subscriptions";
  const serverToken = "0ed215547af3061ce18ea6cf7a69dac4a3d52f3f";
  const manifest = build([]);
  expect(manifest.entries).toEqual([
    {
      section: "Activations",
      identifier: "zentral.blueprint.1.activation",
      serverToken: activationToken([subscriptions]),
      artifact: null,
    },
    { section: "Configurations", identifier: subscriptions, serverToken, artifact: null },
  ]);
  expect(manifest.token).toBe(
    declarationsToken({
      Activations: listDeclarations(manifest.entries).Activations,
      Assets: [],
      Configurations: [{ Identifier: subscriptions, ServerToken: serverToken }],
      Management: [],
    }),
  );
});

test("each type has its section and its identifier, and what goes by command has none", () => {
  const artifacts = [
    anArtifact(1, { type: "Activation" }),
    anArtifact(2, { type: "Asset" }),
    anArtifact(3, { type: "Certificate Asset" }),
    anArtifact(4, { type: "Configuration" }),
    anArtifact(5, { type: "Configuration (manual)" }),
    anArtifact(6, { type: "Data Asset" }),
    anArtifact(7, { type: "Enterprise App" }),
    anArtifact(8, { type: "Profile" }),
    anArtifact(9, { type: "Provisioning Profile" }),
    anArtifact(10, { type: "Store App" }),
  ];
  const manifest = build(artifacts, {}, { legacyProfilesViaDdm: true });
  const short = manifest.entries.map(({ section, identifier }) => `${section} ${identifier.slice(8, -10)}`);
  const id = (number: number) => `a0000000-0000-4000-8000-${String(number).padStart(12, "0")}`.slice(0, -10);
  expect(short.slice(2)).toEqual([
    `Activations declaration.${id(1)}`,
    `Assets declaration.${id(2)}`,
    `Assets cert-asset.${id(3)}`,
    `Configurations declaration.${id(4)}`,
    `Configurations declaration.${id(5)}`,
    `Assets data-asset.${id(6)}`,
    `Configurations legacy-profile.${id(8)}`,
  ]);
  expect(manifest.activation.configurations.map((identifier) => identifier.slice(8, 20))).toEqual([
    "blueprint.1.",
    "declaration.",
    "legacy-profi",
  ]);
  expect(numbersOf(build(artifacts))).not.toContain(8);
});

test("an enforcement stands behind the subscriptions, and is activated", () => {
  const clientCapabilities = {
    "supported-payloads": { declarations: { configurations: [enforcementType] } },
  };
  const manifest = build([configuration(1)], { clientCapabilities }, { enforcements: [anEnforcement()] });
  expect(manifest.entries[2]).toEqual({
    section: "Configurations",
    identifier: "zentral.blueprint.1.softwareupdate-enforcement-specific",
    serverToken: "46e9bd884ed69f3596a19af1c3dd7debad77e998",
    artifact: null,
  });
  expect(manifest.activation.configurations).toContain(manifest.enforcement?.identifier);
});

describe("what declarations wait for", () => {
  const app = anArtifact(1, { type: "Enterprise App" });
  const artifacts = [app, configuration(2, { requires: [1] }), configuration(3, { requires: [2] })];

  test("a required app that is not there keeps its dependents out of the manifest and of the activation", () => {
    const manifest = build(artifacts);
    expect(numbersOf(manifest)).toEqual([]);
    expect(manifest.activation.configurations.length).toBe(1);
  });

  test("any version of the app on the device lets them in", () => {
    const present = aRow(1, 9, { type: "Enterprise App", status: "Acknowledged" });
    expect(numbersOf(build(artifacts, { artifacts: [present] }))).toEqual([2, 3]);
    const failed = aRow(1, 1, { type: "Enterprise App", status: "Failed" });
    expect(numbersOf(build(artifacts, { artifacts: [failed] }))).toEqual([]);
  });

  test("a configuration and the asset it refers to are declared together", () => {
    const asset = anArtifact(4, { type: "Data Asset", link: null });
    expect(numbersOf(build([configuration(5, { references: [4] }), asset]))).toEqual([4, 5]);
  });

  test("without its licence a managed app is left out, with the licence it is in", () => {
    const managed = configuration(1, { versions: [{ version: 1, adamId: "361309726" }] });
    expect(numbersOf(build([managed]))).toEqual([]);
    expect(numbersOf(build([managed], { licences: new Set(["361309726"]) }))).toEqual([1]);
  });
});

describe("server tokens", () => {
  const id = versionId(1, 1);
  const createdAt = new Date(treeAt.getTime() - 91 * day);

  test("a third failure with reinstallation on patches and by interval", () => {
    const artifact = configuration(1, { reinstallOnOsUpdate: "Patch", reinstallInterval: 90 });
    const failed = aRow(1, 1, { type: "Configuration", status: "Failed", retryCount: 2 });
    const facts = { osVersion: "13.1", createdAt: treeAt, artifacts: [failed] };
    expect(tokenOf(artifact, facts)).toBe(`${id}.ov-13.1.0.ri-0.rc-2`);
  });

  test.each([
    ["Minor", 0, 1, `${id}.ov-15.2.rc-1`],
    ["Major", 0, 0, `${id}.ov-15`],
    ["No", 90, 0, `${id}.ri-1`],
    ["No", 0, 0, id],
  ] as const)("on %s updates, every %i days, after %i retries: %s", (on, days, retryCount, token) => {
    const artifact = configuration(1, { reinstallOnOsUpdate: on, reinstallInterval: days });
    expect(tokenOf(artifact, { createdAt, artifacts: [aRow(1, 1, { retryCount })] })).toBe(token);
  });

  test("retries of another version do not count", () => {
    expect(tokenOf(configuration(1), { artifacts: [aRow(1, 2, { retryCount: 2 })] })).toBe(id);
  });

  test("the end of an interval is the next time a token changes", () => {
    const artifacts = [
      configuration(1, { reinstallInterval: 90 }),
      configuration(2, { reinstallInterval: 7 }),
    ];
    const tree = aTree(artifacts);
    const target = aTarget({ createdAt });
    const manifest = buildManifest(target, tree, treeContext);
    const next = findNextTokenTime(manifest, target, { tree, at: treeAt });
    expect(next).toEqual(new Date(createdAt.getTime() + 98 * day));
    const after = buildManifest(target, tree, {
      ...treeContext,
      at: new Date(createdAt.getTime() + 98 * day),
    });
    const before = buildManifest(target, tree, {
      ...treeContext,
      at: new Date(createdAt.getTime() + 98 * day - 1),
    });
    expect([before.token === manifest.token, after.token === manifest.token]).toEqual([true, false]);
  });
});

describe("who can have declarations", () => {
  test.each([
    ["macOS", "12.7.6", false, "13"],
    ["macOS", "13", false, null],
    ["tvOS", "15.9", false, "16"],
    ["tvOS", "16.0", true, null],
    ["iOS", "15.8", false, "16"],
    ["iOS", "15.0", true, null],
    ["iOS", "14.8", true, "15"],
    ["iPadOS", "16", false, null],
    ["iPadOS", "15.1", true, null],
    ["macOS", "", false, "13"],
  ] as const)("%s %s, user enrollment %s: needs %s", (platform, osVersion, isUserEnrollment, minimum) => {
    const facts = { platform, osVersion, isUserEnrollment, isAwaitingConfiguration: false };
    const expected = minimum === null ? null : { kind: "declarations_os", platform, osVersion, minimum };
    expect(findDeclarationsUnavailable(facts, true)).toEqual(expected);
  });

  test("nobody without a blueprint, and nobody in Setup Assistant", () => {
    expect(findDeclarationsUnavailable(aTarget(), false)).toEqual({ kind: "no_blueprint" });
    const waiting = aTarget({ isAwaitingConfiguration: true });
    expect(findDeclarationsUnavailable(waiting, true)).toEqual({ kind: "awaiting_configuration" });
  });

  test("profiles are theirs where the blueprint says so", () => {
    expect(listDdmManagedTypes(aTree([], { legacyProfilesViaDdm: true }))).toContain("Profile");
    expect(listDdmManagedTypes(aTree([]))).not.toContain("Profile");
    expect(listDdmManagedTypes(null)).toEqual([
      "Activation",
      "Asset",
      "Certificate Asset",
      "Configuration",
      "Configuration (manual)",
      "Data Asset",
    ]);
  });
});
