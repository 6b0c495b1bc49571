/**
 * Numbers that only the database knows, asked for at most so often: however many scrape, however large the tables,
 * the queries take a small part of one connection and nobody on the device path waits for them.
 */
import type { Reader } from "../db/database.ts";
import type { Logger } from "../log.ts";
import type { OperationSource } from "../operation.ts";

/** Shortest time between two rounds of queries. */
export const aggregatesSecondsMin = 30;
/** A round is repeated only after this many times as long as it took: 5 % of one connection at most. */
export const aggregatesRestFactor = 20;
/** Longest time a scrape waits for a round; then it gets the numbers of the last one. */
export const aggregatesWaitSecondsMax = 5;

/** One number, with the labels it is told under. */
export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** A gauge whose samples one query answers. */
export type AggregateFamily = {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly read: (reader: Reader, at: Date) => Promise<readonly Sample[]>;
};

export type Aggregates = {
  /** Samples by family, not older than they need to be; empty until the first round has succeeded. */
  readonly read: () => Promise<ReadonlyMap<AggregateFamily, readonly Sample[]>>;
  /** Age of those samples; null before the first round. */
  readonly ageSeconds: () => number | null;
};

type Round = {
  readonly at: Date;
  readonly seconds: number;
  readonly samples: ReadonlyMap<AggregateFamily, readonly Sample[]>;
};

/** Makes the cache of the families. */
export function createAggregates(
  { database, clock, log }: OperationSource,
  families: readonly AggregateFamily[],
): Aggregates {
  let last: Round | null = null;
  let running: Promise<void> | null = null;
  const ageSeconds = (): number | null => last && (clock.now().getTime() - last.at.getTime()) / 1000;
  const isFresh = (): boolean =>
    last !== null &&
    (ageSeconds() ?? 0) < Math.max(aggregatesSecondsMin, last.seconds * aggregatesRestFactor);
  const refresh = async (): Promise<void> => {
    const started = performance.now();
    const at = clock.now();
    const samples = await readAll(database, families, { at, log });
    last = { at, seconds: (performance.now() - started) / 1000, samples };
  };
  return {
    read: async () => {
      if (!isFresh()) {
        running ??= refresh().finally(() => {
          running = null;
        });
        await atMost(running, aggregatesWaitSecondsMax);
      }
      return last?.samples ?? new Map();
    },
    ageSeconds,
  };
}

/** One query after the other; a family that cannot be read is left out of this round. */
async function readAll(
  reader: Reader,
  families: readonly AggregateFamily[],
  { at, log }: { readonly at: Date; readonly log: Logger },
): Promise<Round["samples"]> {
  const samples = new Map<AggregateFamily, readonly Sample[]>();
  for (const family of families) {
    try {
      samples.set(family, await family.read(reader, at));
    } catch (error) {
      // A missing family is what alerts of absence are for; the others must not go with it.
      log.warn({ err: error, family: family.name }, "Cannot read a metric");
    }
  }
  return samples;
}

async function atMost(work: Promise<void>, seconds: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, seconds * 1000);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
