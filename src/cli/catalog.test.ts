import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repository } from "../../test/tools/source-tree.ts";
import { type ApiCommand, type ApiDocument, readCatalog } from "./catalog.ts";
import { buildRequest } from "./request.ts";

const document = JSON.parse(readFileSync(join(repository, "openapi.json"), "utf8")) as ApiDocument;
const catalog = readCatalog(document);

function commandNamed(name: string): ApiCommand {
  const found = catalog.find(({ resource, verb }) => `${resource} ${verb}` === name);
  if (found === undefined) throw new Error(`No command "${name}"`);
  return found;
}

const noFile = (path: string): string => {
  throw new Error(`no file "${path}"`);
};

describe("commands of the client", () => {
  test("are one for each operation of the API that takes tokens, each under a name of its own", () => {
    const operations = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .filter(({ security = [{ token: [] }] }) => security.some((way) => "token" in way));
    expect(operations.map(({ operationId }) => operationId)).not.toContain("logIn");
    expect(catalog).toHaveLength(operations.length);
    const names = catalog.map(({ resource, verb }) => `${resource} ${verb}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)* [a-z]+(-[a-z]+)*$/);
  });

  test("have no flag that the client itself uses, and none twice", () => {
    for (const { flags } of catalog) {
      const names = flags.map(({ flag }) => flag);
      expect(names.filter((name) => ["json", "all", "data", "output", "help"].includes(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test.each([
    ["GET", "/api/mdm/devices/", "devices list"],
    ["GET", "/api/mdm/devices/{id}/", "devices show"],
    ["POST", "/api/mdm/devices/{id}/lock/", "devices lock"],
    ["GET", "/api/mdm/devices/commands/", "device-commands list"],
    ["DELETE", "/api/mdm/devices/commands/{uuid}/", "device-commands delete"],
    ["PUT", "/api/mdm/push_certificates/{id}/certificate/", "push-certificates upload-certificate"],
    ["PUT", "/api/mdm/ota_enrollments/{id}/", "ota-enrollments update"],
    ["GET", "/api/events/", "events list"],
    ["GET", "/api/accounts/users/", "account-users list"],
    ["PUT", "/api/accounts/roles/{id}/", "account-roles update"],
    ["GET", "/api/task_result/{uuid}/", "task-result show"],
  ])("%s %s is %s", (method, path, name) => {
    expect(commandNamed(name)).toMatchObject({ method, path });
  });
});

test("what is listed and made at one path below an object has two names", () => {
  const responses = { 200: { content: { "application/json": { schema: { type: "array" } } } } };
  const methods = { get: { operationId: "a", responses }, post: { operationId: "b", responses } };
  const made = readCatalog({ paths: { "/api/mdm/devices/{id}/commands/": methods } });
  expect(made.map(({ verb }) => verb)).toEqual(["commands", "create-command"]);
});

describe("a request", () => {
  const build = (name: string, flags: Record<string, string>, data: string | null = null) =>
    buildRequest(commandNamed(name), { parameters: ["12"], flags, data }, noFile);

  test("has parameters in its path and filters in its query", () => {
    expect(build("devices lock", { pin: "012345" })).toEqual({
      method: "POST",
      target: "/api/mdm/devices/12/lock/",
      body: '{"pin":"012345"}',
    });
    const { target, body } = build("devices list", { tags: "1,2", "serial-number": "C02 &", limit: "3" });
    expect(target).toBe("/api/mdm/devices/?serial_number=C02+%26&tags=1&tags=2&limit=3");
    expect(body).toBeNull();
  });

  test("cannot leave its path", () => {
    const input = { parameters: ["../../users/1?x=#"], flags: {}, data: null };
    expect(buildRequest(commandNamed("devices show"), input, noFile).target).toBe(
      "/api/mdm/devices/..%2F..%2Fusers%2F1%3Fx%3D%23/",
    );
  });

  test("takes its input whole, with flags laid over it", () => {
    const { body } = build("tags update", { color: "00ff00" }, '{"name":"A","color":"ff0000"}');
    expect(JSON.parse(body ?? "")).toEqual({ name: "A", color: "00ff00" });
    expect(JSON.parse(build("devices erase", { "preserve-data-plan": "true" }).body ?? "")).toEqual({
      preserve_data_plan: true,
    });
  });

  test("reads values from files", () => {
    const input = { parameters: ["1"], flags: { certificate: "@cert.pem", password: "@@home" }, data: null };
    const command = commandNamed("push-certificates upload-certificate");
    const { body } = buildRequest(command, input, (path) => `content of ${path}`);
    expect(JSON.parse(body ?? "")).toEqual({ certificate: "content of cert.pem", password: "@home" });
  });

  test.each([
    ["devices list", { limit: "many" }, null, "--limit must be a number"],
    ["ota-enrollments create", { "enrollment-secret": "{" }, null, "--enrollment-secret is not JSON"],
    ["meta-business-units create", { "api-enrollment-enabled": "yes" }, null, "must be true or false"],
    ["tags create", {}, "[]", "--data must be a JSON object"],
    ["tags create", {}, "{", "--data is not JSON"],
  ])("%s %j %j is refused: %s", (name, flags, data, message) => {
    expect(() => build(name, flags as Record<string, string>, data)).toThrow(message);
  });
});
