/** `npm run schema`: runs the migrations on a fresh embedded database and writes schema.sql. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { systemClock } from "#platform/clock.ts";
import { openDatabase } from "#platform/db/database.ts";
import { startEmbeddedPostgres } from "#platform/db/embedded-postgres.ts";
import { migrate, readMigrations } from "#platform/db/migrate.ts";
import { describeSchema } from "./describe-schema.ts";

const log = pino({ level: "silent" });
const folder = mkdtempSync(join(tmpdir(), "pomona-schema-"));
chmodSync(folder, 0o711);
const server = await startEmbeddedPostgres({ dataFolder: folder, log });
const database = openDatabase({ connection: server.connection, log });
await migrate(database.pool, readMigrations("migrations"), systemClock.now());
writeFileSync("schema.sql", await describeSchema(database.pool));
await database.close();
await server.stop();
rmSync(folder, { recursive: true, force: true });
