/** The requests whose answers are being made, also those whose clients went away meanwhile. */
import type { FastifyInstance, RouteOptions } from "fastify";

export type RunningRequests = {
  readonly count: () => number;
  /** Resolves when none is running any more, or after a time. */
  readonly settled: (secondsMax: number) => Promise<void>;
};

/**
 * Watches the routes that are added from now on. Node and the framework know connections: a handler whose connection is
 * gone runs on without their knowing, with a transaction of the database in its hands.
 */
export function watchRunningRequests(app: FastifyInstance): RunningRequests {
  const running = new Set<Promise<unknown>>();
  const watch = <Self, Given extends unknown[]>(work: (this: Self, ...given: Given) => unknown) =>
    function watched(this: Self, ...given: Given): unknown {
      const answer = work.apply(this, given);
      if (!(answer instanceof Promise)) return answer;
      running.add(answer);
      const forget = (): void => void running.delete(answer);
      answer.then(forget, forget);
      return answer;
    };
  app.addHook("onRoute", (route: RouteOptions) => {
    // What is wrapped takes and answers what it took and answered before.
    route.handler = watch(route.handler) as typeof route.handler;
    if (typeof route.onRequest === "function") {
      route.onRequest = watch(route.onRequest) as typeof route.onRequest;
    }
  });
  return { count: () => running.size, settled: (secondsMax) => settle(running, secondsMax) };
}

async function settle(running: ReadonlySet<Promise<unknown>>, secondsMax: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((done) => {
    timer = setTimeout(done, secondsMax * 1000);
  });
  const allEnded = async (): Promise<void> => {
    // One ends, and the framework begins the next part of its request.
    while (running.size > 0) await Promise.allSettled(running);
  };
  await Promise.race([allEnded(), limit]);
  clearTimeout(timer);
}
