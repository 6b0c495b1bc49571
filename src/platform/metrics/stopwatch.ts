/** Times the stages of a request: a reading of the clock at each boundary, and one observation a stage at the end. */

export type Laps<Stage extends string> = {
  /** Ends a stage that began with the request or with the lap before; a stage may come several times. */
  readonly lap: (stage: Stage) => void;
  /** Reports the time of each stage that was seen. */
  readonly finish: () => void;
};

export type Stopwatch<Stage extends string> = { readonly start: () => Laps<Stage> };

/** Gets the seconds of one stage of one request. */
export type ObserveStage<Stage extends string> = (stage: Stage, seconds: number) => void;

/** Makes a stopwatch that reports to `observe`. */
export function createStopwatch<Stage extends string>(observe: ObserveStage<Stage>): Stopwatch<Stage> {
  return {
    start: () => {
      const spent = new Map<Stage, number>();
      let last = performance.now();
      return {
        lap: (stage) => {
          const now = performance.now();
          spent.set(stage, (spent.get(stage) ?? 0) + now - last);
          last = now;
        },
        finish: () => {
          for (const [stage, milliseconds] of spent) observe(stage, milliseconds / 1000);
          spent.clear();
        },
      };
    },
  };
}

const noLaps = { lap: () => undefined, finish: () => undefined };

/** The stopwatch of a server without metrics: it costs nothing. */
export const noStopwatch: Stopwatch<string> = { start: () => noLaps };
