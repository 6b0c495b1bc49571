/** Where the database of this test run is; filled by the global set-up and read by every worker. */
import type pg from "pg";

declare module "vitest" {
  interface ProvidedContext {
    databaseConnection: { connection: pg.ClientConfig; template: string };
  }
}

/** The same server, another database. */
export function withDatabase(connection: pg.ClientConfig, database: string): pg.ClientConfig {
  if (connection.connectionString === undefined) return { ...connection, database };
  const url = new URL(connection.connectionString);
  url.pathname = `/${database}`;
  return { connectionString: url.href };
}
