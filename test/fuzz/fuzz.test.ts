/**
 * Fuzzes every target for FUZZ_SECONDS (3 unless told otherwise; the first of CI's two passes asks for a minute). The
 * seed is FUZZ_SEED, the same unless told otherwise: a change is judged by what it did, and not by a throw of dice.
 * New seeds are for `npm run fuzz`.
 */
import { describe, expect, test } from "vitest";
import { findProgram } from "../tools/programs.ts";
import { compareWithOthers } from "./differential.ts";
import { fuzz, type FuzzResult } from "./fuzz.ts";
import { targetNames } from "./targets.ts";

const seconds = Number(process.env["FUZZ_SECONDS"] ?? "3");
const seed = Number(process.env["FUZZ_SEED"] ?? "1");
/** The other programs compare within this; OpenSSL is started once for each input. */
const comparisonSecondsMax = 120;

/** A finding as text that repeats it: `npm run fuzz -- --target … --replay FILE` with these bytes. */
function describeFinding(result: FuzzResult): string {
  if (result.kind === "done") return "nothing";
  return `${result.problem}\nseed ${seed}, input (base64): ${Buffer.from(result.input).toString("base64")}`;
}

describe.each(targetNames)("the %s target", (target) => {
  test(
    "refuses by code or keeps its promises, and agrees with other programs",
    async () => {
      const result = await fuzz({ target, seconds, seed });
      expect(describeFinding(result)).toBe("nothing");
      if (result.kind !== "done") return;
      expect(result.runs).toBeGreaterThan(result.discoveries.length);
      expect(result.accepted.length).toBeGreaterThan(0);
      expect(result.parts).toBeGreaterThan(0);
      for (const { program, disagreements, compared } of compareWithOthers(target, result.accepted)) {
        const inputs = disagreements.map(({ input }) => Buffer.from(input).toString("base64"));
        expect({ program, inputs }).toEqual({ program, inputs: [] });
        expect(compared).toBeGreaterThan(0);
      }
    },
    (seconds + comparisonSecondsMax) * 1000,
  );
});

test("the programs to compare with are there in CI", () => {
  const missing = ["python3", "openssl"].filter((program) => findProgram(program) === null);
  if (process.env["CI"] === "true") expect(missing).toEqual([]);
});
