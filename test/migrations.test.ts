import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { DatabaseFromFuture, migrate, readMigrations } from "#platform/db/migrate.ts";
import { describeSchema } from "./tools/describe-schema.ts";
import { dropDatabase } from "./tools/drop-database.ts";
import { withDatabase } from "./tools/test-world.ts";

const folder = join(import.meta.dirname, "..", "migrations");
const migrations = readMigrations(folder);
const at = new Date("2026-11-21T12:00:00Z");

describe("migrations", () => {
  const name = `pomona_migrations_${randomBytes(6).toString("hex")}`;
  let admin: pg.Client;
  let pool: pg.Pool;

  beforeAll(async () => {
    const { connection } = inject("databaseConnection");
    admin = new pg.Client(connection);
    await admin.connect();
    await admin.query(`create database ${name}`);
    pool = new pg.Pool(withDatabase(connection, name));
    await Promise.all([migrate(pool, migrations, at), migrate(pool, migrations, at)]);
  });

  afterAll(async () => {
    await pool.end();
    await dropDatabase(admin, name);
    await admin.end();
  });

  test("two processes that start at once run each migration once", async () => {
    const { rows } = await pool.query<{ name: string }>("select name from migrations order by name");
    expect(rows.map((row) => row.name)).toEqual(migrations.map((migration) => migration.name));
  });

  test("a second run finds nothing to do", async () => {
    expect(await migrate(pool, migrations, at)).toEqual([]);
  });

  test("all of them together make what schema.sql says (else: npm run schema)", async () => {
    expect(await describeSchema(pool)).toBe(readFileSync(join(folder, "..", "schema.sql"), "utf8"));
  });

  test("a migration that fails leaves nothing behind and names itself", async () => {
    const broken = {
      name: "9998_broken",
      text: "create table half (id int); select nonsense",
      isBreaking: false,
    };
    await expect(migrate(pool, [...migrations, broken], at)).rejects.toThrow("9998_broken");
    const { rows } = await pool.query("select to_regclass('half') as half");
    expect(rows).toEqual([{ half: null }]);
  });

  test("a release refuses a database with a breaking migration it does not know, and lives with a harmless one", async () => {
    const harmless = { name: "9998_harmless", text: "select 1", isBreaking: false };
    await migrate(pool, [...migrations, harmless], at);
    expect(await migrate(pool, migrations, at)).toEqual([]);

    const breaking = { name: "9999_breaking", text: "--! breaking\nselect 1", isBreaking: true };
    await migrate(pool, [...migrations, harmless, breaking], at);
    await expect(migrate(pool, migrations, at)).rejects.toThrow(DatabaseFromFuture);
  });
});
