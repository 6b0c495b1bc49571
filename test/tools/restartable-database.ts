/** A PostgreSQL that a test stops and starts under a server: the embedded one, durable, in a folder of its own. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { pino } from "pino";
import { systemClock } from "../../src/platform/clock.ts";
import { type Database, openDatabase } from "../../src/platform/db/database.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/platform/db/embedded-postgres.ts";
import type { StopMode } from "../../src/platform/db/postgres-keeper.ts";
import { operate } from "../../src/platform/operation.ts";
import type { ServedDatabase } from "./served-process.ts";
import { isRunning } from "./pomona-process.ts";
import { testActor } from "./test-database.ts";
import { waitFor } from "../../src/sandbox/simulate/wait.ts";

export type RestartableDatabase = ServedDatabase & {
  readonly database: Database;
  /** Stops it and waits until it is gone. */
  readonly stop: (mode: StopMode) => Promise<void>;
  /** Starts it again, and waits until it answers. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Makes a cluster with an empty database and starts it; the caller closes it. */
export async function startRestartableDatabase(): Promise<RestartableDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "pomona-restart-"));
  // PostgreSQL's own user must pass through.
  chmodSync(folder, 0o711);
  const log = pino({ level: "silent" });
  const launch = (): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ dataFolder: folder, log });
  let server = await launch();
  const connection = server.connection as pg.ClientConfig;
  const database = openDatabase({ connection, log });
  const source = { database, clock: systemClock, log };
  return {
    connection,
    database,
    testOperation: (run, actor = testActor) => operate(source, actor, run),
    stop: async (mode) => {
      const { postmasterPid, stop } = server;
      await stop(mode);
      await waitFor("PostgreSQL to be gone", 60, () =>
        isRunning(postmasterPid, (path) => readFileSync(path, "utf8")) ? null : true,
      );
    },
    start: async () => {
      server = await launch();
    },
    close: async () => {
      await database.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
