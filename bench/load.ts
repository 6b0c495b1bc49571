/** The load generator as its parent sees it: a process of its own, which is told what to do and reports what it saw. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Participant } from "./participants.ts";
import type { DeclarativeWorkload, Mode } from "./plan.ts";

/** Whom to ask, as whom. */
export type LoadTarget = {
  readonly baseUrl: string;
  readonly mode: Mode;
  readonly caPem: string | null;
  readonly participants: readonly Participant[];
};

/** A device that reports the result of a command. */
export type ReportOrder = { readonly deviceId: number; readonly uuid: string };

export type LoadJob =
  | {
      readonly kind: "idle";
      readonly connections: number;
      readonly seconds: number;
      /** False: each request has a connection, and a TLS handshake, of its own. */
      readonly keepsConnections: boolean;
    }
  | { readonly kind: "report"; readonly connections: number; readonly orders: readonly ReportOrder[] }
  | {
      readonly kind: "enrollment";
      readonly count: number;
      readonly atOnce: number;
      readonly token: string;
      readonly otaEnrollmentId: number;
      /** Makes devices that were never seen before. */
      readonly seed: string;
    }
  | {
      /** Every device synchronises its declarations until it is idle. */
      readonly kind: "converge";
      readonly connections: number;
    }
  | {
      /** Devices that have converged. */
      readonly kind: DeclarativeWorkload;
      readonly connections: number;
      readonly seconds: number;
    };

export type LoadResult = {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** What was not answered with 200, by what came instead. */
  readonly failures: Readonly<Record<string, number>>;
  /** Processor time of the generator itself: near `seconds`, it was the limit and not the server. */
  readonly generatorCpuSeconds: number;
};

export type FromParent =
  | { readonly type: "target"; readonly target: LoadTarget }
  | { readonly type: "prepare"; readonly job: LoadJob }
  | { readonly type: "go" };

export type FromLoad =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly result: LoadResult }
  | { readonly type: "failed"; readonly message: string };

export type LoadProcess = {
  /** Runs one job; `atStart` is called when everything that can be made beforehand is made. */
  readonly run: (job: LoadJob, atStart: () => Promise<void>) => Promise<LoadResult>;
  readonly close: () => Promise<void>;
};

/** Starts the process for a target. */
export async function startLoad(target: LoadTarget): Promise<LoadProcess> {
  const child = fork(join(import.meta.dirname, "load-process.ts"), {
    execArgv: ["--conditions=source"],
    serialization: "advanced",
  });
  const ask = (message: FromParent): Promise<FromLoad> => {
    const answer = nextMessage(child);
    child.send(message);
    return answer;
  };
  expectMessage(await ask({ type: "target", target }), "ready");
  return {
    run: async (job, atStart) => {
      expectMessage(await ask({ type: "prepare", job }), "ready");
      await atStart();
      return expectMessage(await ask({ type: "go" }), "done").result;
    },
    close: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.disconnect();
      await ended;
    },
  };
}

function nextMessage(child: ChildProcess): Promise<FromLoad> {
  return new Promise((done, fail) => {
    const ended = (code: number | null): void => fail(new Error(`The load generator ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      done(message as FromLoad); // The other end is ours.
    });
  });
}

function expectMessage<Type extends FromLoad["type"]>(
  message: FromLoad,
  type: Type,
): Extract<FromLoad, { readonly type: Type }> {
  if (message.type === "failed") throw new Error(`The load failed: ${message.message}`);
  if (message.type !== type) throw new Error(`Expected "${type}" from the load generator`);
  return message as Extract<FromLoad, { readonly type: Type }>; // Just compared.
}
