/** The API document: committed, complete, and sound where a program can tell (OpenAPI 3.1). */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { describeApi } from "../src/api.ts";
import { repository } from "./tools/source-tree.ts";

type Json = Readonly<Record<string, unknown>>;
type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Json;
};
type Response = { readonly $ref?: string; readonly description?: string; readonly content?: Content };
type Content = Readonly<Record<string, { readonly schema: Json }>>;
type Operation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security?: readonly Json[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
  readonly "x-permissions"?: readonly string[];
};
type Document = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly security: readonly Json[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Json>>;
};

const committed = readFileSync(join(repository, "openapi.json"), "utf8");
const document = JSON.parse(committed) as Document;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

describe("openapi.json", () => {
  test("is what `pomona openapi` prints; `npm run openapi` writes it", () => {
    const command = [join(repository, "bin", "pomona.js"), "openapi"];
    expect(execFileSync(process.execPath, command, { maxBuffer: 64 * 1024 * 1024, encoding: "utf8" })).toBe(
      committed,
    );
  });

  test("has every endpoint of the table, with its permissions, and no other", () => {
    const described = operations.map(({ path, method, operation }) => [
      `${method.toUpperCase()} ${path}`,
      operation.operationId,
      operation["x-permissions"] ?? [],
    ]);
    const table = describeApi().map(({ method, path, operationId, access }) => {
      const permissions = typeof access === "string" ? [access] : "special" in access ? [] : access;
      return [`${method} ${path.replace(/:(\w+)/g, "{$1}")}`, operationId, permissions];
    });
    expect(described).toHaveLength(table.length);
    expect(new Set(described)).toEqual(new Set(table));
  });

  test("names its version, its tags and its security scheme", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({
      title: "Pomona",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    const tags = document.tags.map(({ name }) => name);
    expect(tags.filter((name) => !/^[a-z][a-z ]*$/.test(name))).toEqual([]);
    expect(new Set(operations.flatMap(({ operation }) => operation.tags))).toEqual(new Set(tags));
    const schemes = Object.keys(document.components["securitySchemes"] ?? {});
    const used = [document.security, ...operations.map(({ operation }) => operation.security ?? [])].flat();
    expect(
      used.flatMap((requirement) => Object.keys(requirement)).filter((name) => !schemes.includes(name)),
    ).toEqual([]);
  });

  test("declares each parameter of a path once, and no parameter that the path has not", () => {
    for (const { path, operation } of operations) {
      const { parameters = [], operationId } = operation;
      const inPath = parameters.filter((parameter) => parameter.in === "path");
      const templates = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      expect(inPath.map(({ name }) => name).toSorted(), operationId).toEqual(templates.toSorted());
      expect(
        inPath.every(({ required }) => required === true),
        operationId,
      ).toBe(true);
      const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(new Set(keys).size, operationId).toBe(keys.length);
    }
  });

  test("gives operations names of their own, and responses a description", () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { operation } of operations) {
      expect(operation.summary.length, operation.operationId).toBeGreaterThan(0);
      const answers = Object.entries(operation.responses);
      expect(
        answers.filter(([status]) => /^2\d\d$/.test(status)),
        operation.operationId,
      ).toHaveLength(1);
      for (const [status, response] of answers) {
        expect(status).toMatch(/^[1-5]\d\d$/);
        expect(response.$ref ?? response.description, operation.operationId).toMatch(/./);
      }
    }
  });

  test("refers only to what it holds", () => {
    const references = [...committed.matchAll(/"\$ref": "([^"]*)"/g)].map(([, reference = ""]) => reference);
    expect(references.length).toBeGreaterThan(0);
    for (const reference of new Set(references)) {
      const [root, ...names] = reference.split("/");
      expect(root).toBe("#");
      const found = names.reduce<unknown>((place, name) => (place as Json | undefined)?.[name], document);
      expect(found, reference).toBeTypeOf("object");
    }
  });

  test("holds schemas of JSON Schema 2020-12", () => {
    const ajv = new Ajv2020({ strictSchema: true, strictTypes: false, validateFormats: false });
    // Words of our own; OpenAPI allows such extensions in schemas.
    const words = [...committed.matchAll(/"(x-[a-z-]+)":/g)].map(([, word = ""]) => word);
    ajv.addVocabulary([...new Set(words)]);
    const schemas = operations.flatMap(({ operation }) => [
      ...(operation.parameters ?? []).map(({ schema }) => schema),
      ...[operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
        Object.values(part?.content ?? {}).map(({ schema }) => schema),
      ),
    ]);
    expect(schemas.length).toBeGreaterThan(operations.length);
    for (const schema of schemas) expect(() => ajv.compile(schema), JSON.stringify(schema)).not.toThrow();
  });
});
