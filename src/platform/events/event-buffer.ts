/**
 * Events that must not cost a device a write: those of idle connects, and those of refused requests, whose
 * transaction rolled back. They share one transaction per flush; a crash may lose the last second of them
 * (decisions, "Idle connects"), results never pass through here.
 */
import type { Database } from "../db/database.ts";
import type { Logger } from "../log.ts";
import type { Actor } from "../operation.ts";
import type { DomainEvent } from "./event.ts";
import { type EventRow, eventRow, insertEventRows } from "./event-store.ts";

/** Longest time an event waits. */
export const eventFlushSeconds = 1;
/** Most events waiting; beyond it the oldest are dropped and counted, so that a dead database cannot eat memory. */
export const eventsWaitingMax = 20_000;
/** Most events of one statement. */
const eventsPerStatementMax = 1_000;

export type EventBuffer = {
  readonly add: (event: DomainEvent, origin: { readonly actor: Actor; readonly at: Date }) => void;
  /** Writes what waits; tests and shutdown call it, a timer does otherwise. */
  readonly flush: () => Promise<void>;
  /** Events given up because the database could not take them, for now or ever. */
  readonly droppedCount: () => number;
  /** Events not written yet. */
  readonly waitingCount: () => number;
  /** Stops the timer and writes what waits. */
  readonly close: () => Promise<void>;
};

/** Starts a buffer; it must be closed. */
export function createEventBuffer(database: Database, log: Logger): EventBuffer {
  let waiting: EventRow[] = [];
  let dropped = 0;
  let flushing: Promise<void> = Promise.resolve();

  /** One event that can never be stored must not keep the others waiting for ever. */
  const writeRows = async (rows: readonly EventRow[]): Promise<void> => {
    try {
      await database.transaction((tx) => insertEventRows(tx, rows));
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      if (rows.length === 1) {
        dropped++;
        log.error({ err: error, type: rows[0]?.["type"] }, "An event cannot be stored");
        return;
      }
      const middle = rows.length >> 1;
      await writeRows(rows.slice(0, middle));
      await writeRows(rows.slice(middle));
    }
  };
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const rows = waiting.slice(0, eventsPerStatementMax);
      await writeRows(rows);
      // Where some of these were dropped meanwhile, as many of the next oldest go in their place.
      waiting = waiting.slice(rows.length);
    }
  };
  const flush = (): Promise<void> => {
    flushing = flushing.then(writeAll);
    const result = flushing;
    // The next flush tries again with the same rows.
    flushing = flushing.catch(() => undefined);
    return result;
  };
  const timer = setInterval(() => {
    if (waiting.length > 0)
      flush().catch((error) => log.error({ err: error }, "Cannot write buffered events"));
  }, eventFlushSeconds * 1000);
  timer.unref();

  return {
    add: (event, { actor, at }) => {
      if (waiting.length >= eventsWaitingMax) {
        waiting.shift();
        dropped++;
      }
      waiting.push(eventRow(event, { actor, at, index: 0 }));
    },
    flush,
    droppedCount: () => dropped,
    waitingCount: () => waiting.length,
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}

/** Whether the data is at fault: PostgreSQL's classes 22 and 54, or JSON nested deeper than the stack. */
function isUnstorable(error: unknown): boolean {
  if (error instanceof RangeError) return true;
  return error instanceof Error && "code" in error && /^(22|54)/.test(String(error.code));
}
