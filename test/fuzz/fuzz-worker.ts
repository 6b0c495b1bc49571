/**
 * The thread that fuzzes. It writes down every input before it tries it, in memory it shares with the thread that
 * watches: an input that never returns, or takes all memory, is known all the same.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { repository } from "../tools/source-tree.ts";
import { startCoverage } from "./coverage.ts";
import { createRandom, type Random } from "./random.ts";
import { byteMutators } from "./mutate-bytes.ts";
import { type FuzzTarget, inputBytesMax, splitRecipe, withRecipe } from "./target.ts";
import { findTarget } from "./targets.ts";
import { corpusFolder, sharedHeaderBytes, type WorkerNews, type WorkerOrder } from "./worker-order.ts";

const batchSize = 64;
/** Mostly one: every further change is likelier to undo what made an input worth changing. */
const changeCounts = [1, 1, 1, 2, 3, 5];
const acceptedMax = 400;
/** A decoder has no business to be this slow with a small input, on any machine; see {@link isSlow}. */
const inputMillisecondsMax = 1_000;

class Finding extends Error {
  readonly input: Buffer;
  constructor(input: Buffer, problem: string) {
    super(problem);
    this.input = input;
  }
}

function tryInput(target: FuzzTarget, input: Buffer, order: WorkerOrder): boolean {
  const counters = new Int32Array(order.shared, 0, 2);
  new Uint8Array(order.shared).set(input, sharedHeaderBytes);
  Atomics.store(counters, 1, input.length);
  Atomics.add(counters, 0, 1);
  const start = performance.now();
  try {
    const isAccepted = target.run(input);
    if (performance.now() - start > inputMillisecondsMax && isSlow(target, input)) {
      throw new Error(`took more than ${inputMillisecondsMax} ms, three times`);
    }
    return isAccepted;
  } catch (error) {
    throw new Finding(input, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** Twice more: once may be the machine's fault. */
function isSlow(target: FuzzTarget, input: Buffer): boolean {
  return [1, 2].every(() => {
    const start = performance.now();
    target.run(input);
    return performance.now() - start > inputMillisecondsMax;
  });
}

function mutate(target: FuzzTarget, corpus: readonly Buffer[], random: Random): Buffer {
  // The latest discoveries are the least explored.
  const recent = corpus.slice(-Math.ceil(corpus.length / 4));
  const { recipe, payload } = splitRecipe(random.pick(random.below(3) === 0 ? recent : corpus));
  let changed = payload;
  for (let count = random.pick(changeCounts); count > 0; count -= 1) {
    const other = splitRecipe(random.pick(corpus)).payload;
    const isStructural = target.mutators.length > 0 && random.below(3) > 0;
    const mutator = random.pick(isStructural ? target.mutators : byteMutators);
    changed = mutator(changed, { random, other, words: target.words }) ?? changed;
    if (changed.length > inputBytesMax - 16) changed = changed.subarray(0, inputBytesMax - 16);
  }
  return withRecipe(recipe, changed);
}

function readCorpus(name: string): Buffer[] {
  const folder = join(corpusFolder, name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}

function fuzz(order: WorkerOrder, target: FuzzTarget): WorkerNews {
  const random = createRandom(order.seed);
  const coverage = startCoverage(pathToFileURL(join(repository, "src")).href);
  const corpus = [...target.seeds, ...readCorpus(target.name)];
  const discoveries: Buffer[] = [];
  const accepted: Buffer[] = [];
  let runs = 0;
  const tryOne = (input: Buffer): void => {
    runs += 1;
    if (!tryInput(target, input, order)) return;
    if (accepted.length < acceptedMax) accepted.push(input);
    else if (random.below(runs) < acceptedMax) accepted[random.below(acceptedMax)] = input;
  };
  for (const input of corpus) tryOne(input);
  const reached = new Set(coverage.take());
  const reachesNew = (): boolean => coverage.take().some((part) => !reached.has(part));
  const deadline = performance.now() + order.seconds * 1000;
  while (performance.now() < deadline) {
    const batch = Array.from({ length: batchSize }, () => mutate(target, corpus, random));
    for (const input of batch) tryOne(input);
    if (!reachesNew()) continue;
    // Counting costs more than running, so which of them it was is found out only now.
    for (const input of batch) {
      tryOne(input);
      const fresh = coverage.take().filter((part) => !reached.has(part));
      if (fresh.length === 0) continue;
      for (const part of fresh) reached.add(part);
      corpus.push(input);
      discoveries.push(input);
    }
  }
  coverage.close();
  return { kind: "done", runs, parts: reached.size, discoveries, accepted };
}

async function main(): Promise<void> {
  const order = workerData as WorkerOrder;
  const tell = (news: WorkerNews): void => parentPort?.postMessage(news);
  const target = await findTarget(order.target);
  tell({ kind: "started" });
  try {
    tell(fuzz(order, target));
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    tell({ kind: "finding", problem: error.message, input: error.input });
  }
}

await main();
