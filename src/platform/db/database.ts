/** The database: a pool, reads, and transactions. Stores get a {@link Reader} or a {@link Tx}; the types differ. */
import pg from "pg";
import type { Logger } from "../log.ts";
import { type Sql, toStatement } from "./sql.ts";

/** Reads. Rows have camelCase members, made from the columns' snake_case names. */
export type Reader = {
  readonly many: <Row>(piece: Sql) => Promise<Row[]>;
  /** One row or null; more than one is a defect. */
  readonly maybe: <Row>(piece: Sql) => Promise<Row | null>;
  /** Exactly one row; anything else is a defect. */
  readonly one: <Row>(piece: Sql) => Promise<Row>;
};

/** An open transaction: reads as above, and writes. */
export type Tx = Reader & {
  readonly isTransaction: true;
  /** Runs a statement and answers how many rows it touched. */
  readonly run: (piece: Sql) => Promise<number>;
  /** Runs the function in a savepoint: a throw undoes what it did, and the transaction goes on. */
  readonly savepoint: <T>(run: () => Promise<T>) => Promise<T>;
};

export type Database = Reader & {
  /** Runs the function in one transaction; a throw rolls everything back. */
  readonly transaction: <T>(run: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Statements sent so far, without BEGIN and COMMIT: what the budgets of the device path count. */
  readonly statementCount: () => number;
  /** The same database with a count of its own, which is part of this one's: what the device path sends. */
  readonly counted: () => Database;
  /** The pool itself, for the job runner and migrations. */
  readonly pool: pg.Pool;
  readonly close: () => Promise<void>;
};

export type DatabaseOptions = {
  readonly connection: pg.PoolConfig;
  readonly log: Logger;
  /** Most connections of this process; the device path never waits for the console's. */
  readonly connectionsMax?: number;
};

/** Default pool size: twice the cores of a small server, far below PostgreSQL's default limit of 100. */
export const connectionsMaxDefault = 16;
/** How long close waits for connections to end; one to a machine that is gone never does. */
const closeSecondsMax = 5;

/** Opens the pool; no connection is made before the first statement. */
export function openDatabase({
  connection,
  log,
  connectionsMax = connectionsMaxDefault,
}: DatabaseOptions): Database {
  const pool = new pg.Pool({ ...connection, max: connectionsMax });
  const open = new Set<Promise<void>>();
  // Without listeners a broken connection would end the process.
  pool.on("error", (error) => log.warn(breakFacts(error), "An idle database connection broke"));
  pool.on("connect", (client) => {
    client.on("error", (error) => log.warn(breakFacts(error), "A database connection broke"));
    const ended = new Promise<void>((done) => client.on("end", done));
    open.add(ended);
    void ended.then(() => open.delete(ended));
  });
  return countedDatabase(pool, { parent: null, close: () => closePool(pool, open) });
}

/** The error itself carries the whole connection, which says nothing and fills the log. */
function breakFacts(error: Error): Readonly<Record<string, unknown>> {
  return { reason: error.message, code: (error as NodeJS.ErrnoException).code ?? null };
}

/** The pool says that it ended when its connections were only told to; a server that stops then would break them. */
async function closePool(pool: pg.Pool, open: ReadonlySet<Promise<void>>): Promise<void> {
  await pool.end();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((done) => {
    timer = setTimeout(done, closeSecondsMax * 1000);
  });
  await Promise.race([Promise.all(open), limit]);
  clearTimeout(timer);
}

function countedDatabase(
  pool: pg.Pool,
  { parent, close }: { readonly parent: Counter | null; readonly close: () => Promise<void> },
): Database {
  let statements = 0;
  const counter: Counter = {
    add: () => {
      statements++;
      parent?.add();
    },
  };
  return {
    ...reader((statement) => pool.query(statement), counter),
    transaction: (run) => transaction(pool, counter, run),
    statementCount: () => statements,
    counted: () => countedDatabase(pool, { parent: counter, close }),
    pool,
    close,
  };
}

type Counter = { readonly add: () => void };
type Query = (statement: pg.QueryArrayConfig) => Promise<pg.QueryArrayResult>;

function reader(query: Query, counter: Counter): Reader {
  const many = async <Row>(piece: Sql): Promise<Row[]> => {
    counter.add();
    return rows<Row>(await query({ ...toStatement(piece), rowMode: "array" }));
  };
  const maybe = async <Row>(piece: Sql): Promise<Row | null> => {
    const found = await many<Row>(piece);
    if (found.length > 1) throw new Error(`Expected at most one row, got ${found.length}`);
    return found[0] ?? null;
  };
  const one = async <Row>(piece: Sql): Promise<Row> => {
    const found = await maybe<Row>(piece);
    if (found === null) throw new Error("Expected one row, got none");
    return found;
  };
  return { many, maybe, one };
}

function rows<Row>(result: pg.QueryArrayResult): Row[] {
  const names = result.fields.map((field) => camelCase(field.name));
  return result.rows.map((values) => {
    const row: Record<string, unknown> = {};
    for (const [index, name] of names.entries()) row[name] = values[index];
    return row as Row;
  });
}

const camelNames = new Map<string, string>();

function camelCase(column: string): string {
  let name = camelNames.get(column);
  if (name === undefined) {
    name = column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    camelNames.set(column, name);
  }
  return name;
}

async function transaction<T>(pool: pg.Pool, counter: Counter, run: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isOpen = true;
  const query: Query = (statement) => {
    if (!isOpen) throw new Error("A statement was sent after the end of its transaction");
    return client.query(statement);
  };
  const tx: Tx = {
    ...reader(query, counter),
    isTransaction: true,
    run: async (piece) => {
      counter.add();
      return (await query({ ...toStatement(piece), rowMode: "array" })).rowCount ?? 0;
    },
    savepoint: (run) => savepoint(client, run),
  };
  let failure: unknown;
  try {
    await client.query("begin");
    const result = await run(tx);
    isOpen = false;
    await client.query("commit");
    return result;
  } catch (error) {
    isOpen = false;
    failure = error;
    throw error;
  } finally {
    await finish(client, failure);
  }
}

async function savepoint<T>(client: pg.PoolClient, run: () => Promise<T>): Promise<T> {
  await client.query("savepoint one");
  try {
    const result = await run();
    await client.query("release savepoint one");
    return result;
  } catch (error) {
    await client.query("rollback to savepoint one");
    throw error;
  }
}

/** Gives the connection back, or destroys it when it cannot even roll back. */
async function finish(client: pg.PoolClient, failure: unknown): Promise<void> {
  if (failure === undefined) {
    client.release();
    return;
  }
  try {
    await client.query("rollback");
    client.release();
  } catch (rollbackError) {
    // The first failure is what the caller must see; this connection is of no further use.
    client.release(rollbackError instanceof Error ? rollbackError : true);
  }
}

/** The PostgreSQL error code and constraint of a failed statement, or null for any other error. */
export function constraintViolation(
  error: unknown,
): { readonly code: string; readonly constraint: string } | null {
  if (!(error instanceof pg.DatabaseError)) return null;
  return error.code !== undefined && error.code.startsWith("23")
    ? { code: error.code, constraint: error.constraint ?? "" }
    : null;
}

/** Whether the same work may well succeed the next time: a deadlock or a serialization failure. */
export function isTransient(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === "40P01" || error.code === "40001");
}

/** Whether a statement gave up waiting for a lock, because a `lock_timeout` told it to. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "55P03";
}
