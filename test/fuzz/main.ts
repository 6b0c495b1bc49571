/**
 * `npm run fuzz -- --target plist --seconds 600`: fuzzes by hand, for as long as one likes.
 *
 * `--seed N` repeats the choices of a run (keys are new in every process), `--save` keeps small discoveries in the
 * corpus, `--replay FILE` tries one input alone. A finding is written to a file and ends the run with status 1.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareWithOthers } from "./differential.ts";
import { fuzz, type FuzzResult } from "./fuzz.ts";
import { findTarget, targetNames } from "./targets.ts";
import { corpusFolder } from "./worker-order.ts";

/** The corpus stays small enough to be read by people and run at every start. */
const savedBytesMax = 4_096;

const { values } = parseArgs({
  options: {
    target: { type: "string" },
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    save: { type: "boolean", default: false },
    replay: { type: "string" },
  },
});
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

function keep(folder: string, input: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash("sha256").update(input).digest("hex").slice(0, 16));
  writeFileSync(path, input);
  return path;
}

function report(target: string, result: FuzzResult): void {
  if (result.kind === "finding") {
    const path = keep(mkdtempSync(join(tmpdir(), "pomona-fuzz-")), result.input);
    print(`${target}: FOUND after ${result.runs} inputs: ${result.problem}\n  input: ${path}`);
    process.exitCode = 1;
    return;
  }
  const { runs, parts, discoveries, accepted } = result;
  print(
    `${target}: ${runs} inputs, ${parts} parts reached, ${discoveries.length} discoveries, nothing found`,
  );
  for (const { program, compared, refused, disagreements } of compareWithOthers(target, accepted)) {
    print(
      `${target}: ${program} agrees on ${compared}, refuses ${refused}, disagrees on ${disagreements.length}`,
    );
    for (const { input, problem } of disagreements) {
      const path = keep(mkdtempSync(join(tmpdir(), "pomona-fuzz-")), input);
      print(`  ${problem}\n  input: ${path}`);
      process.exitCode = 1;
    }
  }
  if (!values.save) return;
  for (const input of discoveries) {
    if (input.length <= savedBytesMax) keep(join(corpusFolder, target), input);
  }
}

async function replay(name: string, file: string): Promise<void> {
  const target = await findTarget(name);
  print(`${name}: ${target.run(readFileSync(file)) ? "accepted" : "refused"}`);
}

const names = values.target === undefined ? targetNames : [values.target];
const seed = Number(values.seed);
if (values.replay !== undefined) {
  await replay(names[0] ?? "", values.replay);
} else {
  print(`Seed ${seed}`);
  for (const target of names) report(target, await fuzz({ target, seconds: Number(values.seconds), seed }));
}
