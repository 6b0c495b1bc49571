/** Databases for the bench: one a fleet, on the server of DATABASE_URL or on an embedded one that keeps its promises. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "#platform/db/embedded-postgres.ts";
import type { Logger } from "#platform/log.ts";

/** What the figures depend on, as the server itself tells it. */
export type DatabaseFacts = {
  readonly version: string;
  readonly isEmbedded: boolean;
  /** fsync, synchronous_commit and the like, by name. */
  readonly settings: Readonly<Record<string, string>>;
};

export type BenchDatabases = {
  readonly facts: DatabaseFacts;
  /** Makes an empty database. */
  readonly create: () => Promise<BenchDatabase>;
  /** Drops what is still there; to be called any number of times. */
  readonly close: () => Promise<void>;
};

export type BenchDatabase = {
  readonly connection: pg.ClientConfig;
  /** For DATABASE_URL of the server's process. */
  readonly url: string;
  readonly drop: () => Promise<void>;
};

const settingsShown = [
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "shared_buffers",
  "max_wal_size",
] as const;

/** Opens the server of `databaseUrl`, or starts one in a folder of its own below `folder`. */
export async function openDatabases(options: {
  readonly databaseUrl: string | null;
  readonly folder: string;
  readonly log: Logger;
}): Promise<BenchDatabases> {
  const server = await startServer(options);
  const admin = new pg.Client(server.connection);
  await admin.connect();
  const made = new Set<string>();
  const drop = async (name: string): Promise<void> => {
    await admin.query(`drop database if exists ${name} with (force)`);
    made.delete(name);
  };
  const close = async (): Promise<void> => {
    for (const name of made) await drop(name);
    await admin.end();
    await server.stop();
  };
  let closing: Promise<void> | null = null;
  return {
    facts: { ...(await readFacts(admin)), isEmbedded: options.databaseUrl === null },
    create: async () => {
      const name = `pomona_bench_${process.pid}_${randomBytes(4).toString("hex")}`;
      made.add(name);
      await admin.query(`create database ${name}`);
      const connection = inDatabase(server.connection, name);
      return { connection, url: urlOf(connection), drop: () => drop(name) };
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function startServer({
  databaseUrl,
  folder,
  log,
}: {
  readonly databaseUrl: string | null;
  readonly folder: string;
  readonly log: Logger;
}): Promise<{ readonly connection: pg.ClientConfig; readonly stop: () => Promise<void> }> {
  if (databaseUrl !== null) {
    return { connection: { connectionString: databaseUrl }, stop: async () => undefined };
  }
  const dataFolder = mkdtempSync(join(folder, "pomona-bench-"));
  chmodSync(dataFolder, 0o711);
  const server = await startEmbeddedPostgres({ dataFolder, log });
  return {
    connection: server.connection as pg.ClientConfig,
    stop: async () => {
      await server.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

async function readFacts(admin: pg.Client): Promise<Omit<DatabaseFacts, "isEmbedded">> {
  const { rows } = await admin.query<{ name: string; value: string }>(
    "select name, current_setting(name) as value from pg_settings where name = any($1)",
    [["server_version", ...settingsShown]],
  );
  const { server_version: version = "unknown", ...settings } = Object.fromEntries(
    rows.map(({ name, value }) => [name, value]),
  );
  return { version, settings };
}

function inDatabase(connection: pg.ClientConfig, database: string): pg.ClientConfig {
  if (connection.connectionString === undefined) return { ...connection, database };
  const url = new URL(connection.connectionString);
  url.pathname = `/${database}`;
  return { connectionString: url.href };
}

function urlOf(connection: pg.ClientConfig): string {
  if (connection.connectionString !== undefined) return connection.connectionString;
  const { host = "", user = "", password = "", database = "" } = connection;
  const query = new URLSearchParams({ host, user, password: String(password) });
  return `postgresql:///${database}?${query.toString()}`;
}

/** Where temporary files go when nobody says. */
export const temporaryFolder = tmpdir();
