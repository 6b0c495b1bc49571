/** Runs a target in a thread and watches it: an input that never returns or takes all memory is a finding like any other. */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { sharedHeaderBytes, type WorkerNews, type WorkerOrder } from "./worker-order.ts";
import { inputBytesMax } from "./target.ts";

export type FuzzResult =
  | Extract<WorkerNews, { kind: "done" }>
  | { readonly kind: "finding"; readonly problem: string; readonly input: Uint8Array; readonly runs: number };

/** Several times what the slowest decoder needs for the largest input, on a machine that has other things to do. */
const silenceSecondsMax = 15;
const memoryMegabytesMax = 1_024;
const watchMilliseconds = 500;

/** Fuzzes until the time is over or something is found. */
export async function fuzz(order: Omit<WorkerOrder, "shared">): Promise<FuzzResult> {
  const shared = new SharedArrayBuffer(sharedHeaderBytes + inputBytesMax);
  const counters = new Int32Array(shared, 0, 2);
  const present = (): Uint8Array =>
    new Uint8Array(shared, sharedHeaderBytes, Atomics.load(counters, 1)).slice();
  const worker = new Worker(fileURLToPath(new URL("./fuzz-worker.ts", import.meta.url)), {
    workerData: { ...order, shared } satisfies WorkerOrder,
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytesMax },
  });
  const finding = (problem: string, input: Uint8Array): FuzzResult => ({
    kind: "finding",
    problem,
    input,
    runs: Atomics.load(counters, 0),
  });
  let watch: NodeJS.Timeout | undefined;
  try {
    return await new Promise<FuzzResult>((done, fail) => {
      worker.on("message", (news: WorkerNews) => {
        if (news.kind === "done") done(news);
        if (news.kind === "finding") done(finding(news.problem, news.input));
        if (news.kind === "started") {
          watch = watchSilence(counters, () =>
            done(finding(`did not return within ${silenceSecondsMax} seconds`, present())),
          );
        }
      });
      worker.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ERR_WORKER_OUT_OF_MEMORY")
          done(finding(`took all memory: ${error.message}`, present()));
        else fail(error);
      });
      worker.on("exit", () => fail(new Error("The fuzzing thread ended without a result")));
    });
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

function watchSilence(counters: Int32Array, silent: () => void): NodeJS.Timeout {
  let last = { runs: -1, at: performance.now() };
  return setInterval(() => {
    const runs = Atomics.load(counters, 0);
    if (runs !== last.runs) last = { runs, at: performance.now() };
    else if (performance.now() - last.at > silenceSecondsMax * 1000) silent();
  }, watchMilliseconds);
}
