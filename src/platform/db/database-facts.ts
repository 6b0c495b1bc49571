/** What a diagnosis asks of a database, without changing it. */
import type { Reader } from "./database.ts";
import { sql } from "./sql.ts";

export type DatabaseFacts = {
  /** Such as 170002 for 17.2. */
  readonly versionNumber: number;
  /** The clock of the database's machine. */
  readonly now: Date;
  /** Names of the migrations that ran; null before the first start. */
  readonly migrations: readonly string[] | null;
};

/** Reads version, clock and migrations. */
export async function readDatabaseFacts(reader: Reader): Promise<DatabaseFacts> {
  const facts = await reader.one<{ versionNumber: number; now: Date; isMigrated: boolean }>(sql`
    select current_setting('server_version_num')::integer as version_number, clock_timestamp() as now,
           to_regclass('migrations') is not null as is_migrated`);
  const { versionNumber, now, isMigrated } = facts;
  if (!isMigrated) return { versionNumber, now, migrations: null };
  const rows = await reader.many<{ name: string }>(sql`select name from migrations order by name`);
  return { versionNumber, now, migrations: rows.map(({ name }) => name) };
}
