/** Keeps the embedded database running while its owner lives. */
import type pg from "pg";
import type { Logger } from "../log.ts";

const restorePauseMilliseconds = 500;

/** PostgreSQL's words for how it ends: what is open is rolled back and everything written, or nothing more is done. */
export type StopMode = "fast" | "immediate";

export type KeeperDeps = {
  /** The postmaster that runs, or one that is started. */
  readonly bringUp: () => Promise<number>;
  /** Null while another process, or the former connection of ours, has the ownership. */
  readonly claim: () => Promise<pg.Client | null>;
  /** Ends a postmaster and waits until it is gone. */
  readonly end: (postmasterPid: number, mode: StopMode) => Promise<void>;
};

/** Sees the end of the server by that of the connection that owns it, and brings it up again. */
export class PostgresKeeper {
  postmasterPid = 0;
  readonly #log: Logger;
  readonly #deps: KeeperDeps;
  #ownership: pg.Client | null = null;
  #isStopping = false;
  #restoring: Promise<void> = Promise.resolve();

  constructor(log: Logger, deps: KeeperDeps) {
    this.#log = log;
    this.#deps = deps;
  }

  /** From now on this one is kept running, and its ownership held. */
  keep(postmasterPid: number, ownership: pg.Client): void {
    this.postmasterPid = postmasterPid;
    this.#ownership = ownership;
    ownership.once("end", () => {
      if (!this.#isStopping) this.#restoring = this.#restore();
    });
  }

  /** Ends the server for good, even while it is being brought up again. */
  async stop(mode: StopMode = "fast"): Promise<void> {
    this.#isStopping = true;
    await this.#restoring;
    // It may be gone already, and the server with it.
    await this.#ownership?.end().catch(() => undefined);
    await this.#deps.end(this.postmasterPid, mode);
  }

  async #restore(): Promise<void> {
    const { postmasterPid } = this;
    this.#log.error({ postmasterPid }, "The embedded PostgreSQL ended by itself and is started again");
    while (!this.#isStopping) {
      try {
        const pid = await this.#deps.bringUp();
        const ownership = await this.#deps.claim();
        if (ownership !== null) {
          this.keep(pid, ownership);
          return;
        }
      } catch (error) {
        // Still ending, still in recovery, or out of disk: it is tried until it works or we are stopped.
        this.#log.warn({ err: error }, "The embedded PostgreSQL does not start yet");
      }
      await new Promise((done) => setTimeout(done, restorePauseMilliseconds));
    }
  }
}
