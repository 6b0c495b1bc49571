/**
 * When targets were last seen: gathered in memory and written at least every second with one statement, so that an
 * idle connect costs no write (decisions, "Idle connects"). A crash may lose that second.
 */
import { type Database, isTransient } from "#platform/db/database.ts";
import type { Logger } from "#platform/log.ts";
import { type Sighting, upsertSightings } from "./device-activity-store.ts";

/** Longest time a sighting waits. */
export const activityFlushSeconds = 1;
/** Most targets waiting; beyond it sightings of further targets are dropped: they will come again. */
export const activityTargetsMax = 50_000;
/** Most rows of one statement. */
const sightingsPerStatementMax = 5_000;
/** How often sightings are written again that waited in a circle with what devices do, whose order is another. */
const repeatsMax = 3;

export type DeviceActivity = {
  /** Notes that a target was seen; the last sighting of a target wins. */
  readonly record: (sighting: Sighting) => void;
  /** Writes what waits; tests and shutdown call it, a timer does otherwise. */
  readonly flush: () => Promise<void>;
  /** Stops the timer and writes what waits. */
  readonly close: () => Promise<void>;
};

/** Starts the buffer; it must be closed. */
export function createDeviceActivity(database: Database, log: Logger): DeviceActivity {
  let waiting = new Map<string, Sighting>();
  let flushing: Promise<void> = Promise.resolve();

  const write = async (part: readonly Sighting[], repeatsLeft = repeatsMax): Promise<void> => {
    try {
      await database.transaction((tx) => upsertSightings(tx, part));
    } catch (error) {
      if (repeatsLeft === 0 || !isTransient(error)) throw error;
      await write(part, repeatsLeft - 1);
    }
  };
  const writeAll = async (): Promise<void> => {
    const sightings = [...waiting.values()];
    waiting = new Map();
    for (let start = 0; start < sightings.length; start += sightingsPerStatementMax) {
      await write(sightings.slice(start, start + sightingsPerStatementMax));
    }
  };
  const flush = (): Promise<void> => {
    flushing = flushing.then(writeAll);
    const result = flushing;
    // What a failed flush held is lost like after a crash; the next sighting mends it.
    flushing = flushing.catch(() => undefined);
    return result;
  };
  const timer = setInterval(() => {
    if (waiting.size > 0) flush().catch((error) => log.error({ err: error }, "Cannot write device activity"));
  }, activityFlushSeconds * 1000);
  timer.unref();

  return {
    record: (sighting) => {
      const key = `${sighting.deviceId}/${sighting.deviceUserId ?? ""}`;
      if (waiting.size < activityTargetsMax || waiting.has(key)) waiting.set(key, sighting);
    },
    flush,
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}
