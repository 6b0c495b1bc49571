import { describe, expect, test } from "vitest";
import type { ArtifactId, ArtifactType } from "#mdm/artifacts/artifact.ts";
import type { VersionArtifact } from "#mdm/artifacts/artifact-version.ts";
import { declarationReferencePaths } from "#protocol/apple-schema/declaration-references.ts";
import type { JsonObject } from "#protocol/mdm/json.ts";
import {
  type KnownTargets,
  type LinkableArtifact,
  type ReferencePaths,
  linkReferences,
  readReferences,
} from "./declaration-links.ts";

const uuid = (digit: number): string => `0d2f3c34-2d8c-4f6e-b6fd-00000000000${digit}`;
const artifact = (type: ArtifactType, more: Partial<LinkableArtifact> = {}): LinkableArtifact => ({
  id: uuid(1) as ArtifactId,
  name: "Target",
  type,
  channel: "Device",
  platforms: ["macOS", "iOS"],
  declarationTypes: [],
  ...more,
});
const from: VersionArtifact = {
  id: uuid(9) as ArtifactId,
  name: "From",
  type: "Configuration",
  channel: "Device",
  platforms: ["macOS"],
};
const nothing: KnownTargets = { artifacts: new Map(), identifiers: new Map(), packageIds: new Set() };
const knowing = (target: LinkableArtifact): KnownTargets => ({
  ...nothing,
  artifacts: new Map([[uuid(1), target]]),
});
const pathsTo = (...assetTypes: string[]): ReferencePaths => ({
  references: [{ path: ["Ref"], assetTypes }],
  manifests: [["ManifestURL"]],
});

function link(payload: JsonObject, known: KnownTargets, paths: ReferencePaths) {
  const linked = linkReferences(readReferences(payload, paths), known, from);
  return "code" in linked ? linked.detail : linked;
}

describe("references are read", () => {
  test("at the places of Apple's schema, through lists", () => {
    const paths = declarationReferencePaths("com.apple.activation.simple");
    if (paths === null) throw new Error("Apple's schema has simple activations");
    const payload = { StandardConfigurations: ["a", `ztl:${uuid(1)}`, 7], Predicate: "b" };
    expect(readReferences(payload, paths).artifacts).toEqual([
      { key: ["StandardConfigurations", "0"], text: "a", wantedTypes: ["com.apple.configuration.*"] },
      {
        key: ["StandardConfigurations", "1"],
        text: `ztl:${uuid(1)}`,
        wantedTypes: ["com.apple.configuration.*"],
      },
    ]);
  });

  test("of accounts, by asset type", () => {
    const paths = declarationReferencePaths("com.apple.configuration.account.mail");
    if (paths === null) throw new Error("Apple's schema has mail accounts");
    const payload = { UserIdentityAssetReference: "who", IncomingServer: { HostName: "ztl:not here" } };
    expect(readReferences(payload, paths).artifacts).toEqual([
      { key: ["UserIdentityAssetReference"], text: "who", wantedTypes: ["com.apple.asset.useridentity"] },
    ]);
  });

  test("never from values of another shape", () => {
    const paths: ReferencePaths = {
      references: [{ path: ["A", "*", "B"], assetTypes: ["x"] }],
      manifests: [["M"]],
    };
    for (const A of [null, 1, "s", { 0: { B: "s" } }, [null, "s", [], { B: {} }]] as const) {
      expect(readReferences({ A, M: 4 } as unknown as JsonObject, paths)).toEqual({
        artifacts: [],
        packages: [],
      });
    }
    expect(readReferences({}, { ...paths, manifests: [["constructor", "name"]] }).packages).toEqual([]);
  });

  test("of manifests: packages of this server, and no other URL", () => {
    const paths = pathsTo();
    expect(readReferences({ ManifestURL: "https://example.com/a.plist" }, paths).packages).toEqual([]);
    expect(readReferences({ ManifestURL: `ztl:${uuid(2)}` }, paths).packages).toEqual([
      { key: ["ManifestURL"], text: `ztl:${uuid(2)}` },
    ]);
  });
});

describe("references are linked", () => {
  const ref: JsonObject = { Ref: `ztl:${uuid(1)}` };
  const linked = { artifacts: [{ key: ["Ref"], artifactId: uuid(1) }], packages: [] };

  test.each([
    ["Certificate Asset", ["com.apple.asset.credential.acme"]],
    ["Certificate Asset", ["com.apple.asset.credential.scep"]],
    ["Certificate Asset", ["com.apple.asset.credential.identity", "com.apple.asset.credential.scep"]],
    ["Data Asset", ["com.apple.asset.data"]],
    ["Configuration", ["com.apple.configuration.*"]],
    ["Configuration (manual)", ["com.apple.configuration.*"]],
    ["Profile", ["com.apple.configuration.*"]],
  ] as const)("to a %s where %j is wanted", (type, types) => {
    expect(link(ref, knowing(artifact(type)), pathsTo(...types))).toEqual(linked);
  });

  test("to an asset that has declarations of the wanted type", () => {
    const asset = artifact("Asset", { declarationTypes: ["com.apple.asset.useridentity"] });
    expect(link(ref, knowing(asset), pathsTo("com.apple.asset.useridentity"))).toEqual(linked);
    expect(link(ref, knowing(asset), pathsTo("com.apple.asset.data"))).toBe(
      `Incompatible zentral artifact: ${uuid(1)}`,
    );
  });

  test("with a UUID in upper case", () => {
    const payload = { Ref: `ztl:${uuid(1).toUpperCase()}` };
    expect(link(payload, knowing(artifact("Data Asset")), pathsTo("com.apple.asset.data"))).toEqual(linked);
  });

  test("by the identifier of another declaration", () => {
    const found = { type: "com.apple.asset.useridentity", artifact: artifact("Asset") };
    const known = { ...nothing, identifiers: new Map([["who", found]]) };
    expect(link({ Ref: "who" }, known, pathsTo("com.apple.asset.useridentity"))).toEqual(linked);
    expect(link({ Ref: "who" }, known, pathsTo("com.apple.asset.*"))).toEqual(linked);
    expect(link({ Ref: "who" }, known, pathsTo("com.apple.asset.data"))).toBe(
      "Incompatible custom artifact: who",
    );
    expect(link({ Ref: "nobody" }, known, pathsTo("com.apple.asset.data"))).toBe(
      "Unknown custom artifact: nobody",
    );
  });

  test("to packages", () => {
    const known = { ...nothing, packageIds: new Set([uuid(2)]) };
    expect(link({ ManifestURL: `ztl:${uuid(2)}` }, known, pathsTo())).toEqual({
      artifacts: [],
      packages: [{ key: ["ManifestURL"], packageId: uuid(2) }],
    });
    expect(link({ ManifestURL: `ztl:${uuid(3)}` }, known, pathsTo())).toBe(
      `Unknown zentral package: ${uuid(3)}`,
    );
    expect(link({ ManifestURL: "ztl:nope" }, known, pathsTo())).toBe("Unknown zentral package: nope");
  });

  test.each([
    ["nothing", nothing, `Unknown zentral artifact: ${uuid(1)}`],
    [
      "no declaration",
      knowing(artifact("Enterprise App")),
      `Zentral artifact is not a declaration: ${uuid(1)}`,
    ],
    ["another kind", knowing(artifact("Activation")), `Incompatible zentral artifact: ${uuid(1)}`],
    [
      "another channel",
      knowing(artifact("Data Asset", { channel: "User" })),
      "Referenced artifact Target on a different channel.",
    ],
    [
      "fewer platforms",
      knowing(artifact("Data Asset", { platforms: ["iOS"] })),
      "Referenced artifact Target not available for all platforms.",
    ],
  ])("never to %s: %s", (_, known, detail) => {
    expect(link(ref, known, pathsTo("com.apple.asset.data"))).toBe(detail);
  });

  test("no more than a thousand", () => {
    const payload = { Refs: Array.from({ length: 1_001 }, () => `ztl:${uuid(1)}`) };
    const paths = {
      references: [{ path: ["Refs", "*"], assetTypes: ["com.apple.asset.data"] }],
      manifests: [],
    };
    expect(link(payload, knowing(artifact("Data Asset")), paths)).toBe(
      "Payload has more than 1000 references",
    );
  });
});
