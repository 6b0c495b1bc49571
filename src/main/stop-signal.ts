/** When the process is asked to end: by a signal, or by the end of the program that started it. */

/**
 * Within this time signals are the same one: a terminal's reaches us directly and through the programs that started us,
 * npm and the start guard, which take their time on a busy machine.
 */
const sameSignalMilliseconds = 3_000;

/** Resolves at the first signal to stop; a later one ends the process without waiting. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    let firstAt: number | null = null;
    const stop = (signal: NodeJS.Signals): void => {
      if (firstAt === null) {
        firstAt = performance.now();
        done(signal);
      } else if (performance.now() - firstAt > sameSignalMilliseconds) {
        process.exit(1);
      }
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
    // The start guard was killed, which reaches nobody else by itself.
    process.once("disconnect", () => {
      if (firstAt === null) stop("SIGTERM");
    });
    process.channel?.unref();
  });
}
