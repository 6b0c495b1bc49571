import { describe, expect, test } from "vitest";
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import {
  type DeclarationSource,
  type StoredDeclaration,
  declarationDepthMax,
  readDeclarationSource,
  refuseDeclaration,
} from "./declaration.ts";

const good = {
  Type: "com.apple.configuration.passcode.settings",
  Identifier: "com.example.passcode",
  ServerToken: "one",
  Payload: { MinimumLength: 12 },
};
const isTypeKnown = (type: string): boolean => type === good.Type;
const read = (input: unknown) => readDeclarationSource(input, isTypeKnown);
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe("a source", () => {
  test("is an object with the four members, others left out", () => {
    expect(read({ ...good, Note: "x" })).toEqual(good);
  });

  test("may be the JSON text of one", () => {
    expect(read(JSON.stringify(good))).toEqual(good);
  });

  test("may hold an escaped backslash before what looks like an escape", () => {
    const text = String.raw`\u0000`;
    expect(read(JSON.stringify({ ...good, Payload: { Text: text } }))).toMatchObject({
      Payload: { Text: text },
    });
  });

  test.each([
    ["{", "Invalid JSON data"],
    ["", "Invalid JSON data"],
    [JSON.stringify({ ...good, Identifier: "a\0" }), "Invalid JSON data"],
    [JSON.stringify({ ...good, Identifier: "\ud800" }), "Invalid JSON data"],
    [null, "This field may not be null."],
    ["[]", "Declaration is not a dictionary"],
    ["null", "Declaration is not a dictionary"],
    [5, "Declaration is not a dictionary"],
    [[good], "Declaration is not a dictionary"],
    [{}, "Missing Identifier"],
    [{ ...good, Identifier: "" }, "Invalid Identifier"],
    [{ ...good, Identifier: 1 }, "Invalid Identifier"],
    [{ ...good, Identifier: null }, "Invalid Identifier"],
    [{ ...good, Identifier: "x".repeat(513) }, "Invalid Identifier"],
    [{ ...good, ServerToken: undefined }, "Missing ServerToken"],
    [{ ...good, ServerToken: "" }, "Invalid ServerToken"],
    [{ ...good, Type: undefined }, "Missing Type"],
    [{ ...good, Type: "com.example.other" }, "Unknown Type"],
    [{ ...good, Type: 7 }, "Unknown Type"],
    [{ ...good, Payload: undefined }, "Missing Payload"],
    [{ ...good, Payload: [] }, "Payload is not a dictionary"],
    [{ ...good, Payload: "{}" }, "Payload is not a dictionary"],
    [{ ...good, Payload: { a: nested(declarationDepthMax) } }, "Payload is nested deeper than 64 levels"],
    [{ ...good, Payload: { a: "x".repeat(1_000_000) } }, "Payload has more than 1000000 characters"],
  ])("like %j is refused: %s", (input, detail) => {
    expect(read(input)).toMatchObject({ kind: "invalid", field: "source", detail });
  });

  test("that is nested without end is refused, not run into the ground", () => {
    const text = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(read(text)).toMatchObject({ field: "source" });
  });

  test("does not reach a prototype", () => {
    const source = read(`{"__proto__": {"x": 1}, ${JSON.stringify(good).slice(1)}`);
    expect(Object.getPrototypeOf(source)).toBe(Object.prototype);
  });
});

describe("a declaration", () => {
  const artifact = { id: "a" as ArtifactId, type: "Configuration" as ArtifactType };
  const stored = (more: Partial<StoredDeclaration>): StoredDeclaration => ({
    versionId: "v" as ArtifactVersionId,
    artifactId: artifact.id,
    version: 1,
    type: good.Type,
    identifier: good.Identifier,
    serverToken: "another",
    payload: { MinimumLength: 8 },
    ...more,
  });
  const elsewhere = { artifactId: "b" as ArtifactId };
  const refuse = (others: readonly StoredDeclaration[], source: DeclarationSource = good) =>
    refuseDeclaration(source, artifact, others)?.detail ?? null;

  test.each([
    ["Activation", "com.apple.activation.simple"],
    ["Asset", "com.apple.asset.useridentity"],
    ["Configuration", "com.apple.configuration.passcode.settings"],
    ["Configuration (manual)", "com.apple.configuration.passcode.settings"],
  ] as const)("of a %s begins with its prefix", (type, Type) => {
    expect(refuseDeclaration({ ...good, Type }, { id: artifact.id, type }, [])).toBeNull();
    const other = { ...good, Type: "com.apple.management.properties" };
    expect(refuseDeclaration(other, { id: artifact.id, type }, [])?.detail).toBe(
      `Invalid declaration Type for ${type}`,
    );
  });

  test.each([
    ["nothing", [], null],
    ["an older version of the same artifact", [stored({})], null],
    ["another type", [stored({ type: "x" })], "A declaration with a different Type exists for this artifact"],
    [
      "another identifier",
      [stored({ identifier: "x" })],
      "A declaration with a different Identifier exists for this artifact",
    ],
    [
      "the same identifier elsewhere",
      [stored(elsewhere)],
      "A declaration with this Identifier already exists",
    ],
    [
      "the same token elsewhere",
      [stored({ ...elsewhere, identifier: "x", serverToken: "one" })],
      "A declaration with this ServerToken already exists",
    ],
    [
      "the same token",
      [stored({ serverToken: "one" })],
      "A declaration with this ServerToken already exists",
    ],
    [
      "the same payload in the latest",
      [stored({ payload: { MinimumLength: 12 }, version: 3 }), stored({ version: 2 })],
      "The latest declaration of this artifact has the same Payload",
    ],
    [
      "the same payload in an older one",
      [stored({ payload: { MinimumLength: 12 } }), stored({ version: 2 })],
      null,
    ],
    ["the same payload elsewhere", [stored({ ...elsewhere, identifier: "x", payload: good.Payload })], null],
  ])("beside %s: %s", (_, others, detail) => {
    expect(refuse(others)).toBe(detail);
  });

  test("with its members in another order is the same", () => {
    const others = [stored({ payload: { b: 1, a: { d: 2, c: 3 } } })];
    expect(refuse(others, { ...good, Payload: { a: { c: 3, d: 2 }, b: 1 } })).toContain("same Payload");
    expect(refuse(others, { ...good, Payload: { a: { c: 3, d: 2 }, b: true } })).toBeNull();
  });
});
