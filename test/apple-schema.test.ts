import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { MessageSchema, SchemaKey } from "#protocol/apple-schema/schema.ts";
import { appleSchemaFolder, readAppleSchema, type SchemaPart } from "./tools/apple-schema.ts";
import { writeAppleSchemaFiles } from "./tools/apple-schema-files.ts";
import { mergeSchemas } from "./tools/apple-schema-merge.ts";

const repository = join(import.meta.dirname, "..");
const folder = appleSchemaFolder();

if (folder === null && process.env["CI"] === "true") throw new Error("Apple's schema is absent");

describe.skipIf(folder === null)(
  "what is generated from Apple's schema (needs ../shared/apple-schema)",
  () => {
    const files = folder === null ? [] : writeAppleSchemaFiles(folder);

    test.each(files)("$path is what the schema says (else: npm run apple-schema)", ({ path, text }) => {
      expect(text).toBe(readFileSync(join(repository, path), "utf8"));
    });

    test("tables and pages are all there", () => {
      expect(files).toHaveLength(8);
    });
  },
);

describe("the generator", () => {
  const onEveryPlatform = ["iOS", "macOS", "tvOS", "visionOS", "watchOS"].map(
    (platform) => `    ${platform}: {introduced: '9.0'}`,
  );
  const message = (keys: string) =>
    [
      "payload:",
      "  requesttype: Test",
      "  supportedOS:",
      ...onEveryPlatform,
      `payloadkeys: ${keys}`,
      "",
    ].join("\n");

  /** Reads a schema of one file. */
  function read(document: string, part: SchemaPart = "commands", path = "mdm/commands/test.yaml") {
    const own = mkdtempSync(join(tmpdir(), "pomona-apple-schema-"));
    onTestFinished(() => rmSync(own, { recursive: true }));
    const kinds = ["activations", "assets", "configurations", "management"];
    const folders = ["mdm/commands", ...kinds.map((kind) => `declarative/declarations/${kind}`)];
    for (const folder of folders) mkdirSync(join(own, folder), { recursive: true });
    writeFileSync(join(own, "README.md"), "| `mdm/commands/` | 27.0 seed, all (`test`: 26.0). |");
    writeFileSync(join(own, path), document);
    return readAppleSchema(own, part).messages["Test"];
  }

  function readDeclaration(support: string, keys: string) {
    const platforms = ["iOS", "macOS", "tvOS", "visionOS", "watchOS"].map(
      (platform) => `    ${platform}: ${platform === "iOS" ? support : "{introduced: n/a}"}`,
    );
    const head = ["payload:", "  declarationtype: Test", "  apply: multiple", "  supportedOS:", ...platforms];
    const document = [...head, `payloadkeys: ${keys}`, ""].join("\n");
    return read(document, "declarations", "declarative/declarations/configurations/test.yaml");
  }

  test("turns the scopes and enrollments that a declaration allows into conditions", () => {
    const allowed = "allowed-enrollments: [supervised, local], allowed-scopes: [system]";
    const support = `{introduced: '17.0', ${allowed}, sharedipad: {allowed-scopes: [user]}}`;
    expect(
      readDeclaration(support, "[{key: A, type: <string>, assettypes: [com.apple.asset.data]}]"),
    ).toEqual({
      release: "2026 (1548d42)",
      apply: "multiple",
      on: {
        iOS: {
          introduced: "17.0",
          devicechannel: true,
          userchannel: false,
          supervised: true,
          userenrollment: "forbidden",
          sharedipad: { devicechannel: false, userchannel: true },
        },
        macOS: null,
        tvOS: null,
        visionOS: null,
        watchOS: null,
      },
      keys: [{ key: "A", type: "string", assetTypes: ["com.apple.asset.data"] }],
    });
  });

  test("cuts keys of a declaration that are inside themselves", () => {
    const keys = "&keys [{key: A, type: <dictionary>, subkeys: *keys}]";
    const cut = { key: "A", type: "dictionary" };
    expect(readDeclaration("{introduced: '17.0'}", keys)?.keys).toEqual([{ ...cut, keys: [cut] }]);
  });

  test("merges what has one name: a key is required where all require it", () => {
    const schema = (keys: readonly SchemaKey[], introduced: string): MessageSchema => ({
      release: "26.0",
      on: { macOS: { introduced, userchannel: introduced === "10.7" }, iOS: null },
      keys,
    });
    const a = schema([{ key: "A", type: "string", required: true, values: ["a"] }], "10.12.4");
    const b = schema(
      [
        { key: "A", type: "string", values: ["b"] },
        { key: "B", type: "data", required: true },
      ],
      "10.7",
    );
    expect(
      mergeSchemas([
        ["Test", a],
        ["Test", b],
        ["Other", a],
      ]),
    ).toEqual({
      Test: {
        release: "26.0",
        on: { macOS: { introduced: "10.7" }, iOS: null },
        keys: [
          { key: "A", type: "string", values: ["a", "b"] },
          { key: "B", type: "data" },
        ],
      },
      Other: a,
    });
  });

  test("reads facts, and the release of the file", () => {
    const schema = read(message("[{key: PIN, type: <string>, presence: required, content: Prose.}]"));
    expect(schema).toMatchObject({ release: "26.0", keys: [{ key: "PIN", type: "string", required: true }] });
  });

  test.each([
    ["keys that refer to themselves", "&keys [{key: A, type: <dictionary>, subkeys: *keys}]"],
    ["an attribute it does not know", "[{key: A, type: <string>, obligation: total}]"],
    ["a type it does not know", "[{key: A, type: <float>}]"],
    ["a version that is a number", "[{key: A, type: <string>, supportedOS: {iOS: {introduced: 9.0}}}]"],
    [
      "an access right it does not know",
      "[{key: A, type: <string>, supportedOS: {iOS: {accessrights: AllowAll}}}]",
    ],
  ])("stops at %s", (_, keys) => {
    expect(() => read(message(keys))).toThrow("Cannot read test.yaml");
  });
});
