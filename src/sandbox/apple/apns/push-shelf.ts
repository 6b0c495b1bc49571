/**
 * What the fake push service knows of tokens: who waits for them, and the one push it keeps for each token nobody
 * waits for. Apple's service likewise keeps only the newest, until it expires.
 */

/** A push as the service accepted it. */
export type AcceptedPush = {
  readonly tokenHex: string;
  readonly topic: string;
  readonly pushMagic: string;
  readonly priority: number;
  readonly expiresAt: Date;
  readonly receivedAt: Date;
};

export type PushListener = (push: AcceptedPush) => void;

/** Most tokens for which a push is kept; the oldest goes first. */
const keptTokensMax = 200_000;

export class PushShelf {
  readonly #listeners = new Map<string, Set<PushListener>>();
  readonly #kept = new Map<string, AcceptedPush>();

  /** Hands the push to whoever waits for its token, or keeps it instead of an older one. */
  deliver(push: AcceptedPush): void {
    const listeners = this.#listeners.get(push.tokenHex);
    if (listeners === undefined) {
      this.#kept.delete(push.tokenHex);
      this.#kept.set(push.tokenHex, push);
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > keptTokensMax && oldest !== undefined) this.#kept.delete(oldest);
      return;
    }
    for (const listener of listeners) listener(push);
  }

  /** Calls the listener for each push from now on, and at once for one that was kept and has not expired. */
  subscribe(tokenHex: string, listener: PushListener): () => void {
    const listeners = this.#listeners.get(tokenHex) ?? new Set();
    this.#listeners.set(tokenHex, listeners.add(listener));
    const kept = this.#kept.get(tokenHex);
    this.#kept.delete(tokenHex);
    if (kept !== undefined && kept.expiresAt > new Date()) listener(kept);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(tokenHex) === listeners)
        this.#listeners.delete(tokenHex);
    };
  }

  /** Forgets what was kept for a token, as Apple does when a device gives it up. */
  drop(tokenHex: string): void {
    this.#kept.delete(tokenHex);
  }
}
