/** Migrations: numbered SQL files, forward only, under an advisory lock, refusing a database from the future. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";

/** Any constant: two starting processes must take the same lock. */
const advisoryLockKey = 7_031_966;

export type Migration = { readonly name: string; readonly text: string; readonly isBreaking: boolean };

/** The database has a migration that this release does not know and cannot live with. */
export class DatabaseFromFuture extends Error {
  constructor(name: string) {
    super(`The database was migrated by a later release ("${name}"); start that release instead`);
    this.name = "DatabaseFromFuture";
  }
}

/** Reads the migrations of a folder, in their order. The first line `--! breaking` marks what old code cannot survive. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      return { name: name.slice(0, -".sql".length), text, isBreaking: text.startsWith("--! breaking") };
    });
}

/**
 * Brings the database up to date; each migration is one transaction.
 *
 * @returns The names of the migrations that ran.
 * @throws {DatabaseFromFuture} when a breaking migration is there that `migrations` does not hold.
 */
export async function migrate(pool: pg.Pool, migrations: readonly Migration[], at: Date): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [advisoryLockKey]);
    await client.query(`create table if not exists migrations (
      name text primary key, is_breaking boolean not null, ran_at timestamptz not null)`);
    const done = await client.query<{ name: string; is_breaking: boolean }>(
      "select name, is_breaking from migrations",
    );
    refuseFuture(done.rows, migrations);
    const doneNames = new Set(done.rows.map((row) => row.name));
    const missing = migrations.filter((migration) => !doneNames.has(migration.name));
    for (const migration of missing) await runMigration(client, migration, at);
    return missing.map((migration) => migration.name);
  } finally {
    // A connection that cannot even unlock is closed, which unlocks too.
    const unlocked = await client.query("select pg_advisory_unlock($1)", [advisoryLockKey]).catch(() => null);
    client.release(unlocked === null);
  }
}

function refuseFuture(
  done: readonly { name: string; is_breaking: boolean }[],
  known: readonly Migration[],
): void {
  const knownNames = new Set(known.map((migration) => migration.name));
  const future = done.find((row) => row.is_breaking && !knownNames.has(row.name));
  if (future !== undefined) throw new DatabaseFromFuture(future.name);
}

async function runMigration(client: pg.PoolClient, migration: Migration, at: Date): Promise<void> {
  try {
    await client.query("begin");
    await client.query(migration.text);
    await client.query("insert into migrations (name, is_breaking, ran_at) values ($1, $2, $3)", [
      migration.name,
      migration.isBreaking,
      at,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw new Error(`Cannot run migration "${migration.name}"`, { cause: error });
  }
}
