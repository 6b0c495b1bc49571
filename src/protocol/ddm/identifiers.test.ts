import { describe, expect, test } from "vitest";
import { identifierPrefix } from "../profile/identifier.ts";
import {
  artifactPaths,
  blueprintDeclarationSuffixes,
  decodeArtifactIdentifier,
  decodeDeclarationIdentifier,
  encodeArtifactIdentifier,
  encodeBlueprintIdentifier,
} from "./identifiers.ts";

const prefix = identifierPrefix("mdm.example.com");
const artifactId = "7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d11";

describe("identifiers of declarations", () => {
  test("begin with the reversed host name", () => {
    expect(encodeBlueprintIdentifier(prefix, 7, "activation")).toBe("com.example.mdm.blueprint.7.activation");
    expect(encodeArtifactIdentifier("zentral", { path: "declaration", artifactId })).toBe(
      `zentral.declaration.${artifactId}`,
    );
  });

  test.each(blueprintDeclarationSuffixes)("%s of a blueprint is read as it was made", (declaration) => {
    expect(
      decodeDeclarationIdentifier(prefix, encodeBlueprintIdentifier(prefix, 12, declaration)),
    ).toStrictEqual({ kind: "blueprint", declaration, blueprintId: 12 });
  });

  test.each(artifactPaths)("%s of an artifact is read as it was made", (path) => {
    const identifier = encodeArtifactIdentifier(prefix, { path, artifactId: artifactId.toUpperCase() });
    expect(decodeArtifactIdentifier(prefix, identifier)).toStrictEqual({ path, artifactId });
    expect(decodeDeclarationIdentifier(prefix, identifier)).toStrictEqual({
      kind: "artifact",
      path,
      artifactId,
    });
  });

  test("are told apart by their end before what they contain, whatever stands before", () => {
    expect(decodeDeclarationIdentifier(prefix, "x.declaration.activation")).toStrictEqual({
      kind: "blueprint",
      declaration: "activation",
      blueprintId: null,
    });
    expect(decodeDeclarationIdentifier(prefix, `x.data-asset.declaration.${artifactId}`)).toMatchObject({
      path: "declaration",
      artifactId: null,
    });
    expect(decodeDeclarationIdentifier(prefix, "a.cert-asset.b.data-asset.c")).toMatchObject({
      path: "cert-asset",
    });
  });

  test.each([
    ["of another server", `org.example.declaration.${artifactId}`],
    ["with a part too many", `${prefix}.declaration.${artifactId}.more`],
    ["without hyphens", `${prefix}.declaration.${artifactId.replaceAll("-", "")}`],
    ["that is no UUID", `${prefix}.declaration.7`],
  ])("an artifact %s is none, and the kind is still told", (_, identifier) => {
    expect(decodeArtifactIdentifier(prefix, identifier)).toBeNull();
    expect(decodeDeclarationIdentifier(prefix, identifier)).toStrictEqual({
      kind: "artifact",
      path: "declaration",
      artifactId: null,
    });
  });

  test.each(["", "x", prefix, `${prefix}.package.${artifactId}`, "a".repeat(500)])(
    "%s is of no kind",
    (identifier) => {
      expect(decodeDeclarationIdentifier(prefix, identifier)).toBeNull();
      expect(decodeArtifactIdentifier(prefix, identifier)).toBeNull();
    },
  );

  test("a prefix is compared whole", () => {
    const near = encodeArtifactIdentifier("com.example.mdmx", { path: "declaration", artifactId });
    expect(decodeArtifactIdentifier(prefix, near)).toBeNull();
  });
});
