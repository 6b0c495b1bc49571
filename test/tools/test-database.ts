/** A database of its own for each test file, cloned from the migrated template. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, expect, inject } from "vitest";
import { type MovableClock, movableClock } from "../../src/platform/clock.ts";
import { type Database, openDatabase, type Tx } from "../../src/platform/db/database.ts";
import { sql } from "../../src/platform/db/sql.ts";
import { type Actor, type Operation, operate } from "../../src/platform/operation.ts";
import type { Logger } from "../../src/platform/log.ts";
import { dropDatabase } from "./drop-database.ts";
import { withDatabase } from "./test-world.ts";

/** When every test begins, unless it moves the clock. */
export const testStart = new Date("2026-11-21T12:00:00.000Z");

/** A superuser-like actor for operations that tests run by hand. */
export const testActor: Actor = {
  kind: "operator",
  id: "test",
  name: "test",
  account: null,
  requestId: "00000000-0000-4000-8000-000000000000",
  request: null,
};

export type TestDatabase = {
  readonly database: Database;
  readonly clock: MovableClock;
  readonly log: Logger;
  /** What `operate`, the HTTP server and the loops are given. */
  readonly source: { readonly database: Database; readonly clock: MovableClock; readonly log: Logger };
  /** How to connect to this very database, for processes that a test starts. */
  readonly connection: pg.ClientConfig;
  /** Runs one write operation, as {@link testActor} unless told otherwise. */
  readonly testOperation: <T>(run: (op: Operation) => Promise<T>, actor?: Actor) => Promise<T>;
};

/** Creates a cloned database; the caller drops it. `useTestDatabase` does both. */
export async function createTestDatabase(): Promise<TestDatabase & { readonly drop: () => Promise<void> }> {
  const { connection, template } = inject("databaseConnection");
  const name = `pomona_test_${process.pid}_${randomBytes(6).toString("hex")}`;
  await onServer(connection, (client) => client.query(`create database ${name} template ${template}`));
  const log = pino({ level: process.env["POMONA_TEST_LOG"] ?? "silent" });
  const own = withDatabase(connection, name);
  const database = openDatabase({ connection: own, log });
  const clock = movableClock(testStart);
  const source = { database, clock, log };
  return {
    database,
    clock,
    log,
    source,
    connection: own,
    testOperation: (run, actor = testActor) => operate(source, actor, run),
    drop: async () => {
      await database.close();
      await onServer(connection, (client) => dropDatabase(client, name));
    },
  };
}

/**
 * Runs `first` in a transaction, begins `second` inside it, and ends it once `second` waits for a lock of it: the two are
 * at work at once for certain. Answers what `second` does.
 */
export async function runDuring<T>(
  { database, testOperation }: TestDatabase,
  first: (op: Operation) => Promise<unknown>,
  second: () => Promise<T>,
): Promise<T> {
  const { waiting } = await testOperation(async (op) => {
    await first(op);
    const begun = second();
    await untilSomebodyWaits(database);
    return { waiting: begun };
  });
  return waiting;
}

/**
 * Runs `first` in a transaction, begins `second` after its first statement, and goes on with it once `second` waits for a
 * lock of it: should `first` come to wait for `second` then, they wait in a circle. Answers what `second` does.
 */
export async function runInterrupted<T>(
  { database, testOperation }: TestDatabase,
  first: (op: Operation) => Promise<unknown>,
  second: () => Promise<T>,
): Promise<T> {
  const { begun } = await testOperation(async (op) => {
    let waiting: Promise<T> | null = null;
    await first({
      ...op,
      tx: afterFirstStatement(op.tx, async () => {
        waiting = second();
        await untilSomebodyWaits(database);
      }),
    });
    return { begun: waiting as Promise<T> | null };
  });
  if (begun === null) throw new Error("The first operation sent no statement");
  return begun;
}

/** The transaction, with something that happens between its first statement and what follows. */
function afterFirstStatement(tx: Tx, happen: () => Promise<void>): Tx {
  let isFirst = true;
  const watched = <Statement, Result>(send: (statement: Statement) => Promise<Result>) => {
    return async (statement: Statement): Promise<Result> => {
      const result = await send(statement);
      if (isFirst) {
        isFirst = false;
        await happen();
      }
      return result;
    };
  };
  // The types of rows are lost on the way; what comes is what came.
  return {
    ...tx,
    run: watched(tx.run),
    many: watched(tx.many) as Tx["many"],
    maybe: watched(tx.maybe) as Tx["maybe"],
    one: watched(tx.one) as Tx["one"],
  };
}

/** Waits until one session of this database waits for the lock of another. */
async function untilSomebodyWaits(database: Database): Promise<void> {
  const countWaiting = () =>
    database.one<{ count: number }>(sql`
      select count(*)::integer as count from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`);
  await expect.poll(countWaiting).toEqual({ count: 1 });
}

/** Gives the test file a database of its own. The members are usable inside hooks and tests, not before. */
export function useTestDatabase(): TestDatabase {
  let world: Awaited<ReturnType<typeof createTestDatabase>> | undefined;
  beforeAll(async () => {
    world = await createTestDatabase();
  });
  afterAll(async () => world?.drop());
  return new Proxy({} as TestDatabase, {
    get: (_, name) => {
      if (world === undefined) throw new Error("The test database exists only inside hooks and tests");
      return world[name as keyof TestDatabase];
    },
  });
}

async function onServer(
  connection: pg.ClientConfig,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
