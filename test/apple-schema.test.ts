import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { appleSchemaFolder, readAppleSchema } from "./tools/apple-schema.ts";
import { writeAppleSchemaFiles } from "./tools/apple-schema-files.ts";

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

    test("tables and page are all there", () => {
      expect(files).toHaveLength(6);
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

  /** Reads a schema of one command. */
  function read(command: string) {
    const own = mkdtempSync(join(tmpdir(), "pomona-apple-schema-"));
    onTestFinished(() => rmSync(own, { recursive: true }));
    for (const part of ["commands", "checkin"]) mkdirSync(join(own, "mdm", part), { recursive: true });
    const rows = ["commands", "checkin"].map(
      (part) => `| \`mdm/${part}/\` | 27.0 seed, all (\`test\`: 26.0). |`,
    );
    writeFileSync(join(own, "README.md"), rows.join("\n"));
    writeFileSync(join(own, "mdm", "commands", "test.yaml"), command);
    return readAppleSchema(own, "commands").messages["Test"];
  }

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
