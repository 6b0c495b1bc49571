/** Work for later. A job is a batch, never one per device; its payload holds ids, never state. */
import type { Operation } from "../operation.ts";

/** A request to run a job, written with the transaction that asks for it. */
export type JobRequest = {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Jobs of one key that have not started yet become one, which runs when the first of them would have. */
  readonly key?: string;
  readonly runAt?: Date;
};

/** A job of a slice. Every job is idempotent: it may run twice. */
export type JobDefinition = {
  readonly name: string;
  /** A `cron` pattern (UTC, five fields) for jobs that also run by the clock. */
  readonly schedule?: string;
  readonly run: (payload: Readonly<Record<string, unknown>>, run: JobRun) => Promise<void>;
};

/** How a job touches the world: as many operations as it needs, each in a transaction of its own. */
export type JobRun = {
  readonly operate: <T>(work: (operation: Operation) => Promise<T>) => Promise<T>;
  /** Aborted when the process stops; long jobs end at the next safe point. */
  readonly signal: AbortSignal;
};
