/** How often one client, or the holder of one capability, may ask. */
import { LRUCache } from "lru-cache";

export type RequestRate = {
  /** Requests that may come at once. */
  readonly burst: number;
  /** Requests that may come in each minute from then on. */
  readonly perMinute: number;
};

/** Counts a request; answers after how many seconds the next may come, 0 for one that may come now. */
export type CountRequest = (request: { readonly key: string; readonly at: Date }) => number;

/** Keys that are counted; what has been quiet for longest is forgotten first. */
export const countedKeysMax = 10_000;

/**
 * Makes a counter, in the memory of this process. A request that is refused is not counted, so that whoever waits
 * as told is let in.
 */
export function createRequestRate({ burst, perMinute }: RequestRate): CountRequest {
  const counts = new LRUCache<string, { readonly left: number; readonly at: number }>({
    max: countedKeysMax,
  });
  const perMillisecond = perMinute / 60_000;
  return ({ key, at }) => {
    const known = counts.get(key) ?? { left: burst, at: at.getTime() };
    const passed = Math.max(0, at.getTime() - known.at);
    const left = Math.min(burst, known.left + passed * perMillisecond);
    if (left < 1) return Math.ceil((1 - left) / perMillisecond / 1000);
    counts.set(key, { left: left - 1, at: at.getTime() });
    return 0;
  };
}
