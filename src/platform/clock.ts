/** The only place of the server that reads the clock; operations get one reading as `at`. */
export type Clock = { readonly now: () => Date };

/** The machine's clock, UTC. */
export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is moved; tests set the time instead of waiting for it. */
export type MovableClock = Clock & {
  readonly set: (at: Date) => void;
  readonly advance: (seconds: number) => void;
};

/** Makes a clock that shows `start` until {@link MovableClock.set} or `advance` moves it. */
export function movableClock(start: Date): MovableClock {
  let current = start;
  return {
    now: () => current,
    set: (at) => {
      current = at;
    },
    advance: (seconds) => {
      current = new Date(current.getTime() + seconds * 1000);
    },
  };
}

/** The time some seconds after another. */
export function secondsAfter(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}
