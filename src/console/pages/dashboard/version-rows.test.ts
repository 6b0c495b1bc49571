import { expect, test } from "vitest";
import { barsMax, percent, versionRows } from "./version-rows.ts";

const row = (os_version: string, count: number, platform = "macOS") => ({ platform, os_version, count });

test("versions are those of one platform, newest first by number", () => {
  const counts = [row("9.1", 1), row("26.1", 5), row("15.6", 3), row("26.1", 4, "iOS")];
  expect(versionRows(counts, "macOS", "others").map(({ version }) => version)).toEqual([
    "26.1",
    "15.6",
    "9.1",
  ]);
});

test("what hardly anybody has is summed", () => {
  const counts = Array.from({ length: barsMax + 2 }, (_, index) => row(`1.${index}`, index + 1));
  const rows = versionRows(counts, "macOS", "others");
  expect(rows.length).toBe(barsMax);
  expect(rows.at(-1)).toEqual({ version: "others", count: 1 + 2 + 3 });
});

test("shares are whole percents, and of nothing there is none", () => {
  expect(percent(1, 3)).toBe("33 %");
  expect(percent(0, 0)).toBe("–");
});
