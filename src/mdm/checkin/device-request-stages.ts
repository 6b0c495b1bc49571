/**
 * Stages of a device request: where its time goes, as metrics tell it.
 * Measured inside the route, so neither TLS nor the transport of the body is part of any.
 * A stage that throws is not told; the request as a whole is, by the door.
 */
import type { Laps, Stopwatch } from "#platform/metrics/stopwatch.ts";

/** Proof of the identity; decoding of the body; the database, with waiting for a turn at it; the answer's bytes. */
export type DeviceStage = "cms" | "parse" | "database" | "encode";

export type StageDeps = {
  readonly stopwatchOf: (door: "checkin" | "connect") => Stopwatch<DeviceStage>;
};

/** Dependencies of one request: the stopwatch runs. */
export type Timed<Deps> = Deps & { readonly laps: Laps<DeviceStage> };

/** Answers a request and reports its stages, however it ends. */
export async function answerTimed<Deps extends object, Answer>(
  stopwatch: Stopwatch<DeviceStage>,
  deps: Deps,
  answer: (deps: Timed<Deps>) => Promise<Answer>,
): Promise<Answer> {
  const laps = stopwatch.start();
  try {
    return await answer({ ...deps, laps });
  } finally {
    laps.finish();
  }
}
