import { describe, expect, test } from "vitest";
import {
  formatFindings,
  freeBytesMin,
  freeBytesWarning,
  judgeBaseUrl,
  judgeClocks,
  judgeDatabaseVersion,
  judgeDisk,
  judgeMigrations,
  judgeValidity,
  ok,
  warn,
} from "./finding.ts";

const at = new Date("2026-11-21T12:00:00Z");
const after = (days: number): Date => new Date(at.getTime() + days * 86_400_000);

describe("what doctor says", () => {
  test.each([
    ["of a certificate with a year left", -1, 365, "ok", "valid until 2027-11-21"],
    ["of one in its last month", -1, 29.5, "warn", "in 29 days"],
    ["of one on its last day", -1, 0.5, "warn", "in 0 days"],
    ["of one that has just ended", -365, 0, "fail", "expired on 2026-11-21"],
    ["of one that begins later", 1, 365, "fail", "is not valid before"],
  ] as const)("%s", (_, from, to, level, text) => {
    const dates = { name: "It", notBefore: after(from), notAfter: after(to) };
    const finding = judgeValidity("push", dates, { at, renewal: "Renew it" });
    expect(finding.level).toBe(level);
    expect(finding.detail).toContain(text);
  });

  test.each([
    [null, "warn"],
    ["http://localhost:8080", "warn"],
    ["https://127.0.0.1", "warn"],
    ["https://mdm.example.com", "ok"],
  ])("of the base URL %s: %s", (url, level) => {
    expect(judgeBaseUrl(url === null ? null : new URL(url)).level).toBe(level);
  });

  test.each([
    [0, "ok"],
    [60, "ok"],
    [61, "fail"],
    [-61, "fail"],
  ])("of clocks that differ by %d seconds: %s", (seconds, level) => {
    expect(judgeClocks(at, new Date(at.getTime() + seconds * 1000)).level).toBe(level);
  });

  test.each([
    [freeBytesWarning, "ok"],
    [freeBytesWarning - 1, "warn"],
    [freeBytesMin - 1, "fail"],
  ])("of %d free bytes: %s", (bytes, level) => {
    expect(judgeDisk(bytes).level).toBe(level);
  });

  test.each([
    [null, "warn", "is empty"],
    [["a", "b"], "ok", "All 2"],
    [["a"], "warn", "1 have not run"],
    [["a", "b", "z"], "warn", '"z"'],
  ])("of the migrations %j: %s", (ran, level, text) => {
    const finding = judgeMigrations(ran, ["a", "b"]);
    expect(finding.level).toBe(level);
    expect(finding.detail).toContain(text);
  });

  test.each([
    [150_000, "ok"],
    [180_004, "ok"],
    [140_020, "fail"],
  ])("of database version %d: %s", (version, level) => {
    expect(judgeDatabaseVersion(version).level).toBe(level);
  });

  test("is a line each, with advice below and the counts at the end", () => {
    expect(formatFindings([ok("disk", "Fine"), warn("address", "None", "Set it")])).toEqual([
      "ok    disk     Fine",
      "warn  address  None",
      "               → Set it",
      "1 ok, 1 to look at, 0 to mend",
    ]);
  });
});
