import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { appleSchemaFolder } from "./tools/apple-schema.ts";
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
      expect(files).toHaveLength(3);
    });
  },
);
