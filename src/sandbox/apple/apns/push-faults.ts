/** Faults to order: what the fake push service does to the next requests instead of serving them. */
import type { PushRefusal } from "./push-request.ts";

/**
 * `answer`: this answer. `goaway`: GOAWAY that leaves the request out, or with an error code. `refuse_stream`: RST_STREAM
 * with REFUSED_STREAM. `reset`: the connection breaks. `stall`: no answer ever.
 */
export type PushFault =
  | ({ readonly kind: "answer" } & PushRefusal)
  | { readonly kind: "goaway"; readonly errorCode?: number }
  | { readonly kind: "refuse_stream" }
  | { readonly kind: "reset" }
  | { readonly kind: "stall" };

/** Which requests a fault is for; without a token, any. */
export type FaultOrder = { readonly count?: number; readonly tokenHex?: string };

type OpenOrder = { readonly fault: PushFault; readonly tokenHex: string | null; left: number };

/** The orders that are still open, oldest first. */
export class FaultOrders {
  #orders: OpenOrder[] = [];

  add(fault: PushFault, { count = 1, tokenHex }: FaultOrder = {}): void {
    this.#orders.push({ fault, tokenHex: tokenHex ?? null, left: count });
  }

  /** The fault for a request to this token, or null; counts it as done. */
  take(tokenHex: string): PushFault | null {
    const order = this.#orders.find((open) => open.tokenHex === null || open.tokenHex === tokenHex);
    if (order === undefined) return null;
    order.left--;
    this.#orders = this.#orders.filter(({ left }) => left > 0);
    return order.fault;
  }

  clear(): void {
    this.#orders = [];
  }
}
