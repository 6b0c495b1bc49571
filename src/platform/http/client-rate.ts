/** How often one client may ask at a door that is open to everybody. */
import { LRUCache } from "lru-cache";
import { clientNetwork } from "../client-network.ts";

export type ClientRate = {
  /** Requests that may come at once. */
  readonly burst: number;
  /** Requests that may come in each minute from then on. */
  readonly perMinute: number;
};

/** Counts a request; answers after how many seconds the next may come, 0 for one that may come now. */
export type CountRequest = (request: { readonly ip: string; readonly at: Date }) => number;

/** Clients that are counted; whoever has been quiet for longest is forgotten first. */
export const countedClientsMax = 10_000;

/**
 * Makes a counter, in the memory of this process. A request that is refused is not counted, so that a client who waits
 * as told is let in.
 */
export function createClientRate({ burst, perMinute }: ClientRate): CountRequest {
  const clients = new LRUCache<string, { readonly left: number; readonly at: number }>({
    max: countedClientsMax,
  });
  const perMillisecond = perMinute / 60_000;
  return ({ ip, at }) => {
    const client = clientNetwork(ip);
    const known = clients.get(client) ?? { left: burst, at: at.getTime() };
    const passed = Math.max(0, at.getTime() - known.at);
    const left = Math.min(burst, known.left + passed * perMillisecond);
    if (left < 1) return Math.ceil((1 - left) / perMillisecond / 1000);
    clients.set(client, { left: left - 1, at: at.getTime() });
    return 0;
  };
}
