/**
 * Group commit: operations that share transactions. Each is durable before its caller goes on, none sees another's
 * failure, and a hundred of them cost one commit instead of a hundred (anchors 3.5, item 6).
 *
 * Operations of one key run in the order they came and never at the same time: a key is served by one lane, and a lane
 * runs one transaction at a time. So no two transactions of this process lock rows of the same key. Those of one
 * transaction run by ascending key: others who lock rows of many keys in this order never wait in a circle with it.
 */
import { createHash } from "node:crypto";
import { isTransient } from "./db/database.ts";
import { eventRow, insertEventRows } from "./events/event-store.ts";
import { insertJobs } from "./jobs/job-store.ts";
import {
  type Actor,
  beginOperation,
  type OpenOperation,
  operate,
  type Operation,
  type OperationSource,
} from "./operation.ts";

/** Transactions at a time; each holds a connection of the pool. */
export const groupLanes = 4;
/** Most operations of one transaction: their row locks are held until the slowest of them is done. */
export const groupOperationsMax = 64;
/** Most operations waiting in one lane; beyond it callers are refused at once instead of piling up. */
export const groupWaitingMax = 5_000;

/** Too many operations wait: the database is slower than what comes in. */
export class GroupOverloaded extends Error {
  constructor() {
    super(`More than ${groupWaitingMax} operations wait for the database`);
    this.name = "GroupOverloaded";
  }
}

export type OperationGroup = {
  /** Runs an operation in a shared transaction; resolves when that transaction is committed. */
  readonly operate: <T>(key: string, actor: Actor, run: (operation: Operation) => Promise<T>) => Promise<T>;
  /** Transactions committed so far, for tests and metrics. */
  readonly commitCount: () => number;
};

type Waiting = {
  readonly key: string;
  readonly actor: Actor;
  readonly run: (operation: Operation) => Promise<unknown>;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
};

type Settled =
  | { readonly waiting: Waiting; readonly result: unknown }
  | { readonly waiting: Waiting; readonly error: unknown };

/** Makes the group of a process. */
export function createOperationGroup(source: OperationSource): OperationGroup {
  const counter = { commits: 0 };
  const lanes = Array.from({ length: groupLanes }, () => new Lane(source, counter));
  return {
    operate: (key, actor, run) => laneOf(lanes, key).add({ key, actor }, run),
    commitCount: () => counter.commits,
  };
}

function laneOf(lanes: readonly Lane[], key: string): Lane {
  const lane = lanes[createHash("sha1").update(key).digest().readUInt32BE() % lanes.length];
  if (lane === undefined) throw new Error("There is no lane");
  return lane;
}

class Lane {
  readonly #source: OperationSource;
  readonly #counter: { commits: number };
  readonly #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(source: OperationSource, counter: { commits: number }) {
    this.#source = source;
    this.#counter = counter;
  }

  add<T>(
    { key, actor }: Pick<Waiting, "key" | "actor">,
    run: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    if (this.#waiting.length >= groupWaitingMax) return Promise.reject(new GroupOverloaded());
    return new Promise<T>((resolve, reject) => {
      // The result that `run` gives is the one this promise was made for.
      this.#waiting.push({ key, actor, run, resolve: resolve as Waiting["resolve"], reject });
      if (!this.#isRunning) void this.#drain();
    });
  }

  /** What arrives while a transaction is under way is in the next one: no timer, and no wait when there is no load. */
  async #drain(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = inOrderOfKeys(this.#waiting.splice(0, groupOperationsMax));
      if (batch.length === 1) await this.#runAlone(batch);
      else await this.#runTogether(batch);
    }
    this.#isRunning = false;
  }

  async #runAlone(batch: readonly Waiting[]): Promise<void> {
    for (const { actor, run, resolve, reject } of batch) {
      try {
        const result = await operate(this.#source, actor, run);
        this.#counter.commits++;
        resolve(result as never);
      } catch (error) {
        reject(error);
      }
    }
  }

  async #runTogether(batch: readonly Waiting[]): Promise<void> {
    let settled: Settled[];
    try {
      settled = await runBatch(this.#source, batch);
    } catch (error) {
      // The transaction as a whole failed, for a reason of one of them or of none: each gets one of its own. Should it
      // have been committed after all, they find their work done, as with any message that comes twice.
      this.#source.log.warn({ err: error, operations: batch.length }, "A shared transaction failed");
      return this.#runAlone(batch);
    }
    this.#counter.commits++;
    const again: Waiting[] = [];
    for (const each of settled) {
      if ("result" in each) each.waiting.resolve(each.result as never);
      else if (isTransient(each.error)) again.push(each.waiting);
      else each.waiting.reject(each.error);
    }
    await this.#runAlone(again);
  }
}

/** Sorting is stable, so that operations of one key stay in the order they came. */
function inOrderOfKeys(batch: readonly Waiting[]): readonly Waiting[] {
  return batch.toSorted((one, other) => {
    if (one.key === other.key) return 0;
    return one.key < other.key ? -1 : 1;
  });
}

/** Runs a batch in one transaction; operations that throw are rolled back to their own beginning. */
async function runBatch(source: OperationSource, batch: readonly Waiting[]): Promise<Settled[]> {
  return source.database.transaction(async (tx) => {
    const settled: Settled[] = [];
    const opened: OpenOperation[] = [];
    for (const waiting of batch) {
      const open = beginOperation(source, waiting.actor, tx);
      try {
        const result = await tx.savepoint(() => waiting.run(open.operation));
        settled.push({ waiting, result });
        opened.push(open);
      } catch (error) {
        settled.push({ waiting, error });
      }
    }
    const rows = opened.flatMap(({ operation, events }) =>
      events.map((event, index) => eventRow(event, { ...operation, index })),
    );
    if (rows.length > 0) await insertEventRows(tx, rows);
    const jobs = opened.flatMap((open) => open.jobs);
    if (jobs.length > 0) await insertJobs(tx, jobs);
    return settled;
  });
}
