/** Starts the database of a test run once: the embedded one, or the server that DATABASE_URL names. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { pino } from "pino";
import type { TestProject } from "vitest/node";
import { systemClock } from "../../src/platform/clock.ts";
import { openDatabase } from "../../src/platform/db/database.ts";
import { startEmbeddedPostgres } from "../../src/platform/db/embedded-postgres.ts";
import { migrate, readMigrations } from "../../src/platform/db/migrate.ts";
import { migrateJobs } from "../../src/platform/jobs/job-runner.ts";
import { withDatabase } from "./test-world.ts";

const migrationsFolder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "migrations");
const log = pino({ level: "silent" });

/** Durability is tested where it is the subject; everywhere else it would only cost time. */
const fastSettings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"];

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const template = `pomona_test_template_${process.pid}`;
  const admin = new pg.Client(server.connection);
  await admin.connect();
  await admin.query(`drop database if exists ${template}`);
  await admin.query(`create database ${template}`);
  const database = openDatabase({ connection: withDatabase(server.connection, template), log });
  await migrate(database.pool, readMigrations(migrationsFolder), systemClock.now());
  await migrateJobs({ database, clock: systemClock, log });
  await database.close();
  project.provide("databaseConnection", { connection: server.connection, template });
  return async () => {
    await admin.query(`drop database if exists ${template}`);
    await admin.end();
    await server.stop();
  };
}

async function startServer(): Promise<{ connection: pg.ClientConfig; stop: () => Promise<void> }> {
  const url = process.env["DATABASE_URL"];
  if (url !== undefined && url !== "") {
    return { connection: { connectionString: url }, stop: async () => undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), "pomona-test-"));
  chmodSync(folder, 0o711);
  const server = await startEmbeddedPostgres({ dataFolder: folder, log, settings: fastSettings });
  return {
    connection: server.connection as pg.ClientConfig,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
