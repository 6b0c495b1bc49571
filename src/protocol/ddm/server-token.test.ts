import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseOsVersion } from "../mdm/os-version.ts";
import {
  countReinstallIntervals,
  encodeServerToken,
  parseServerToken,
  type ServerTokenFacts,
  versionIdOfServerToken,
} from "./server-token.ts";

const versionId = "7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d11";
const facts: ServerTokenFacts = {
  versionId,
  reinstallOnOsUpdate: "No",
  osVersion: parseOsVersion("13.1"),
  reinstallIndex: null,
  retryCount: 0,
};

describe("a server token", () => {
  test.each<[string, Partial<ServerTokenFacts>]>([
    ["", {}],
    [".ov-13.1.0.ri-0.rc-2", { reinstallOnOsUpdate: "Patch", reinstallIndex: 0, retryCount: 2 }],
    [
      ".ov-15.2.rc-1",
      { reinstallOnOsUpdate: "Minor", osVersion: parseOsVersion("15.2.1 (a)"), retryCount: 1 },
    ],
    [".ri-1", { reinstallIndex: 1 }],
    [".ov-13", { reinstallOnOsUpdate: "Major" }],
    [".ov-0.0.0", { reinstallOnOsUpdate: "Patch", osVersion: parseOsVersion(null) }],
  ])("is the version and %s", (suffix, different) => {
    expect(encodeServerToken({ ...facts, ...different })).toBe(`${versionId}${suffix}`);
  });

  test("is parsed as it was made", () => {
    const made = fc.record({
      versionId: fc.uuid(),
      reinstallOnOsUpdate: fc.constantFrom(
        "No" as const,
        "Major" as const,
        "Minor" as const,
        "Patch" as const,
      ),
      osVersion: fc.constantFrom(...["13.1", "15.2.1", "26"].map((text) => parseOsVersion(text))),
      reinstallIndex: fc.option(fc.nat(1000)),
      retryCount: fc.nat(20),
    });
    fc.assert(
      fc.property(made, (each) => {
        const parsed = parseServerToken(encodeServerToken(each));
        expect(parsed).toMatchObject({
          versionId: each.versionId,
          reinstallIndex: each.reinstallIndex,
          retryCount: each.retryCount,
        });
        expect(parsed?.osVersion === null).toBe(each.reinstallOnOsUpdate === "No");
      }),
    );
  });

  test.each([
    "",
    "yolo",
    "0ed215547af3061ce18ea6cf7a69dac4a3d52f3f",
    `${versionId}.`,
    `${versionId}.rc-2.ri-0`,
    `${versionId}.rc-x`,
    `${versionId}.ov-13.1.0.4`,
    `${versionId}\n`,
    `${versionId}.rc-${"1".repeat(200)}`,
    "7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d1-",
  ])("is not %j", (token) => {
    expect(parseServerToken(token)).toBeNull();
  });

  test("tells its version whatever follows, and none without a UUID", () => {
    expect(versionIdOfServerToken(`${versionId.toUpperCase()}.something-new`)).toBe(versionId);
    expect(versionIdOfServerToken(`${versionId}.rc-1`)).toBe(versionId);
    expect(versionIdOfServerToken("0ed215547af3061ce18ea6cf7a69dac4a3d52f3f")).toBeNull();
    expect(versionIdOfServerToken(".")).toBeNull();
  });
});

describe("the intervals of a reinstallation", () => {
  const createdAt = new Date("2026-01-01T12:00:00Z");
  const after = (days: number): Date => new Date(createdAt.getTime() + days * 86_400_000);

  test.each([
    [89.99, 0],
    [90, 1],
    [91, 1],
    [180, 2],
    [-5, 0],
  ])("of 90 days: after %d days there were %d", (days, count) => {
    expect(countReinstallIntervals(createdAt, after(days), 90)).toBe(count);
  });

  test("are not counted without an interval", () => {
    expect(countReinstallIntervals(createdAt, after(10), 0)).toBeNull();
  });
});
