import { describe, expect, test } from "vitest";
import type { DeclarationStatus } from "#protocol/ddm/status-report.ts";
import { readDeclarationResults, statusOfDeclaration } from "./declaration-status.ts";

const versionId = "7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d11";

function aStatus(overrides: Partial<DeclarationStatus> = {}): DeclarationStatus {
  return {
    section: "configurations",
    identifier: "com.example.declaration.00000000-0000-4000-8000-000000000001",
    active: true,
    valid: "valid",
    serverToken: `${versionId}.ov-15.2.rc-1`,
    reasons: null,
    ...overrides,
  };
}

test.each([
  ["valid", true, "Installed"],
  ["valid", false, "Uninstalled"],
  ["unknown", true, "AwaitingConfirmation"],
  ["unknown", false, "Uninstalled"],
  ["invalid", true, "Failed"],
  ["invalid", false, "Failed"],
  ["something new", true, "Failed"],
])("%s and active %s is %s", (valid, active, status) => {
  expect(statusOfDeclaration({ valid, active })).toBe(status);
});

describe("the results of a report", () => {
  const read = (...declarations: readonly DeclarationStatus[]) =>
    readDeclarationResults("com.example", declarations);

  test("keep the version, the whole token and the reasons", () => {
    const reasons = [{ code: "Error.X" }];
    expect(read(aStatus({ valid: "invalid", reasons })).results).toEqual([
      {
        versionId,
        status: "Failed",
        extraInfo: { active: true, valid: "invalid", reasons },
        uniqueInstallIdentifier: `${versionId}.ov-15.2.rc-1`,
      },
    ]);
  });

  test("are the most present of several, whatever their order", () => {
    const [present, failed] = [aStatus(), aStatus({ valid: "invalid" })];
    for (const order of [
      [present, failed],
      [failed, present],
    ]) {
      const { results, duplicateCount } = read(...order);
      expect([results.map(({ status }) => status), duplicateCount]).toEqual([["Installed"], 1]);
    }
  });

  test.each([
    ["a declaration of the server's own", { identifier: "com.example.blueprint.1.activation" }],
    ["a declaration of another server", { identifier: "org.other.declaration.x" }],
    ["a token that names no version", { serverToken: "nonsense" }],
  ])("pass over %s", (_, overrides) => {
    expect(read(aStatus(overrides), aStatus()).results).toHaveLength(1);
  });
});
