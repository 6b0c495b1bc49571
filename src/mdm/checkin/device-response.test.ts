import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Platform } from "#protocol/mdm/platform.ts";
import * as responses from "./device-response.ts";

test.each([
  ["iOS", "17.0", 403],
  ["iOS", "17", 403],
  ["iOS", "16.7.12", 401],
  ["iPadOS", "17.0.1", 403],
  ["iPadOS", "16.9", 401],
  ["tvOS", "17.0", 403],
  ["tvOS", "16.6", 401],
  ["macOS", "14.0", 403],
  ["macOS", "26.1", 403],
  ["macOS", "13.7.8", 401],
  ["macOS", "9.0", 401],
  ["macOS", "", 401],
  ["macOS", "not a version", 401],
] as const)("%s %s is told to leave with %i", (platform: Platform, osVersion, status) => {
  expect(responses.tellDeviceToUnenroll({ platform, osVersion }).status).toBe(status);
});

test("the 403 is Apple's document", () => {
  const { headers, body } = responses.tellDeviceToUnenroll({ platform: "iOS", osVersion: "18.0" });
  expect(headers).toEqual({ "content-type": "application/json" });
  expect(JSON.parse((body as Buffer | string).toString())).toEqual({
    code: "com.apple.unrecognized.device",
    description: expect.any(String),
  });
});

test("refusals are 400 without a reason, and nothing else makes a device leave", () => {
  expect(responses.badRequestResponse).toMatchObject({ status: 400, body: "Bad Request" });
  expect(responses.emptyResponse).toEqual({ status: 200 });
  const fixed = Object.values(responses).filter((value) => typeof value === "object");
  for (const { status } of fixed) expect([401, 403]).not.toContain(status);
});

test("no other file of the device doors says 401 or 403", () => {
  const folder = import.meta.dirname;
  const files = readdirSync(folder).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && name !== "device-response.ts",
  );
  expect(files.length).toBeGreaterThan(10);
  for (const name of files) expect(readFileSync(join(folder, name), "utf8")).not.toMatch(/\b40[13]\b/);
});
