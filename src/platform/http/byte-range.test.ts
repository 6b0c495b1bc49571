import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideRange } from "./byte-range.ts";

const file = { size: 10, entityTag: '"abc"' };
const decide = (range: string | undefined, ifRange?: string) => decideRange({ range, ifRange }, file);
const part = (start: number, end: number) => ({ kind: "part", range: { start, end } });

describe("a range", () => {
  test.each([
    ["bytes=0-0", part(0, 0)],
    ["bytes=3-5", part(3, 5)],
    ["bytes=3-", part(3, 9)],
    ["bytes=3-99", part(3, 9)],
    ["bytes=-4", part(6, 9)],
    ["bytes=-99", part(0, 9)],
    ["Bytes = 3 - 5", part(3, 5)],
  ])("%s is a part", (range, decision) => expect(decide(range)).toEqual(decision));

  test.each(["bytes=10-", "bytes=10-12", "bytes=-0"])("%s has no byte of the file", (range) => {
    expect(decide(range)).toEqual({ kind: "unsatisfiable" });
  });

  test.each([
    undefined,
    "",
    "bytes=",
    "bytes=-",
    "bytes=5-3",
    "bytes=0-1,3-4",
    "bytes=a-b",
    "bytes=-1-2",
    "items=0-1",
    `bytes=${"9".repeat(16)}-`,
  ])("%s is the whole", (range) => expect(decide(range)).toEqual({ kind: "whole" }));

  test("of a file without bytes cannot be had", () => {
    for (const range of ["bytes=0-", "bytes=-1"]) {
      expect(decideRange({ range, ifRange: undefined }, { ...file, size: 0 }).kind).toBe("unsatisfiable");
    }
  });

  test("always lies in the file, whatever is asked", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d*-\d*$/));
    fc.assert(
      fc.property(text, fc.nat(100), (range, size) => {
        const decision = decideRange({ range, ifRange: undefined }, { ...file, size });
        if (decision.kind !== "part") return;
        const { start, end } = decision.range;
        expect(0 <= start && start <= end && end < size).toBe(true);
      }),
    );
  });
});

describe("If-Range", () => {
  test("with the file's tag keeps the part", () => expect(decide("bytes=3-5", '"abc"')).toEqual(part(3, 5)));

  test.each(['"abd"', 'W/"abc"', "Sun, 22 Nov 2026 07:00:00 GMT", ""])("%s asks for the whole", (ifRange) => {
    expect(decide("bytes=3-5", ifRange)).toEqual({ kind: "whole" });
  });
});
