import { describe, expect, test } from "vitest";
import { compareOsVersions, isOsVersionAtLeast, parseOsVersion, unknownOsVersion } from "./os-version.ts";

describe("an OS version", () => {
  test.each([
    ["26", [26, 0, 0], ""],
    ["10.15.7", [10, 15, 7], ""],
    ["13.3.1 (a)", [13, 3, 1], "(a)"],
    [" 13.3 ", [13, 3, 0], ""],
    ["1.2.3.4", [1, 2, 3, 4], ""],
  ])("%j is parsed", (text, numbers, supplement) => {
    expect(parseOsVersion(text)).toEqual({ numbers, supplement });
  });

  test("takes a supplement reported apart", () => {
    expect(parseOsVersion("13.3.1", "(c)").supplement).toBe("(c)");
    expect(parseOsVersion("13.3.1 (a)", "").supplement).toBe("(a)");
    expect(parseOsVersion("13.3.1", null).supplement).toBe("");
  });

  test.each([null, "", "yolo", "13.", "13..1", "-1", "13.x", "1e3", "9".repeat(100), "1.".repeat(40)])(
    "that reads %j is unknown",
    (text) => {
      expect(parseOsVersion(text)).toEqual(unknownOsVersion);
    },
  );

  test("is ordered by number, then by supplement", () => {
    const ordered = ["yolo", "9.3.5", "10.12", "10.12.6", "13.3", "13.3.1", "13.3.1 (a)", "13.3.1 (c)", "26"];
    const parsed = ordered.map((text) => parseOsVersion(text));
    for (const [index, version] of parsed.entries()) {
      for (const [other, otherVersion] of parsed.entries()) {
        expect(Math.sign(compareOsVersions(version, otherVersion))).toBe(Math.sign(index - other));
      }
    }
  });

  test("reaches a minimum, or does not", () => {
    expect(isOsVersionAtLeast(parseOsVersion("13.1"), "13.1")).toBe(true);
    expect(isOsVersionAtLeast(parseOsVersion("13.1 (a)"), "13.1")).toBe(true);
    expect(isOsVersionAtLeast(parseOsVersion("13.0.9"), "13.1")).toBe(false);
    expect(isOsVersionAtLeast(unknownOsVersion, "1")).toBe(false);
  });
});
